/**
 * Writes `docs/errors.md` from `src/errors.ts`: codes and statuses from the classes, when and cure from their docstrings. With `--check` it
 * writes nothing and fails when the page is out of date.
 */
import { readFileSync, writeFileSync } from "node:fs";

interface ErrorRow {
  readonly code: string;
  readonly name: string;
  readonly status: string;
  readonly when: string;
  readonly cure: string;
}

const source = readFileSync(new URL("../src/errors.ts", import.meta.url), "utf8");
const problems: string[] = [];

/** Every class with its docstring and body. The base class has no code of its own. */
const classes = [...source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*?)\*\/\nexport class (\w+) extends CoatError \{\n([\s\S]*?)\n\}/g)];

const rows = classes.flatMap(([, docstring = "", name = "", body = ""]): ErrorRow[] => {
  const text = docstring.replaceAll(/^ *\*? ?/gm, "").trim();
  const [when = "", cure] = text.split(/^Cure: /m).map((part) => part.trim().replaceAll(/\s+/g, " "));
  const call = /super\(\s*(\w+|"COAT_\w+"),\s*([^,]+),/.exec(body);
  if (cure === undefined) problems.push(`${name} has no line "Cure: …" in its docstring.`);
  if (call === null) problems.push(`${name} does not hand its code and status to super().`);
  const [, code = "", status = ""] = call ?? [];
  // A code that the caller chooses is named by the parameter's type.
  const codes = [...(code.startsWith('"') ? code : body).matchAll(/"(COAT_\w+)"/g)].map((match) => match[1] as string);
  return [...new Set(codes)].map((each) => ({ code: each, name, status: (status.match(/\d{3}/g) ?? []).join(" or "), when, cure: cure ?? "" }));
});

const listed = [...(/export type CoatErrorCode =([\s\S]*?);/.exec(source)?.[1] ?? "").matchAll(/"(COAT_\w+)"/g)].map((match) => match[1] as string);
for (const code of listed) if (!rows.some((row) => row.code === code)) problems.push(`${code} belongs to no class.`);
for (const { code, name } of rows) if (!listed.includes(code)) problems.push(`${code} of ${name} is not in CoatErrorCode.`);

const cell = (text: string): string => text.replaceAll("|", "\\|");
const lines = rows.sort((one, other) => (one.code < other.code ? -1 : one.code > other.code ? 1 : 0)).map(({ code, name, status, when, cure }) => `| \`${code}\` | \`${name}\` | ${status} | ${cell(when)} | ${cell(cure)} |`);

const page = `# Errors

Every error that Coatcheck throws on purpose, made from \`src/errors.ts\`. Decide on \`error.code\`, which never changes (two copies of a package have two
classes of one name); \`error.status\` is what a client is answered when nobody handles it; \`error.message\` names the setting, key or row. No message holds a
token, a secret or a value. What is refused or lost *without* an error has [a word](guide/mistakes.md#every-word).

| code | class | status | when | cure |
| --- | --- | --- | --- | --- |
${lines.join("\n")}
`;

for (const problem of problems) console.error(`src/errors.ts: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
const url = new URL("../docs/errors.md", import.meta.url);
if (!process.argv.includes("--check")) writeFileSync(url, page);
else if (readFileSync(url, "utf8") !== page) {
  console.error("docs/errors.md is out of date: run `npm run errors`.");
  process.exitCode = 1;
}
