/**
 * Writes `docs/security-rows.md`: every requirement of `test/security-rows.json` with the tests that bear its id. With `--check` it
 * writes nothing and fails when the page is out of date. A row without a test says which part of the product is still to bring it.
 *
 * An id in a name is all that is asked for, so a test with the wrong id covers a row that nothing shows: `--names` prints each row with the
 * names of its tests, to be read against its title. `--names DS-02` prints one.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";

interface Row {
  readonly id: string;
  readonly title: string;
  /** Why there is no test yet, or never. */
  readonly later?: string;
}

const root = new URL("../", import.meta.url);
const rows = JSON.parse(readFileSync(new URL("test/security-rows.json", root), "utf8")) as Row[];
const files = globSync("test/**/*.test.ts", { cwd: root.pathname }).toSorted();
const found = new Map<string, string[]>(rows.map((row) => [row.id, []]));
const namesOf = new Map<string, Set<string>>(rows.map((row) => [row.id, new Set()]));
for (const file of files) {
  const text = readFileSync(new URL(file, root), "utf8");
  const names = [...text.matchAll(/\b(?:it|test|describe|scenario|rule|row)\s*\(\s*(?:`([^`]*)`|"((?:[^"\\]|\\.)*)"|'([^']*)')/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
  const all = [...names, ...[...text.matchAll(/["'`]((?:[A-Z]{2,3}-\d{2}\b[^"'`\n]*))["'`]/g)].map((match) => match[1] ?? "")];
  for (const name of all) for (const id of name.match(/\b[A-Z]{2,3}-\d{2}\b/g) ?? []) namesOf.get(id)?.add(`${file}: ${name}`);
  for (const id of new Set(all.join("\n").match(/\b[A-Z]{2,3}-\d{2}\b/g) ?? [])) found.get(id)?.push(file);
}
const covered = rows.filter((row) => (found.get(row.id) ?? []).length > 0).length;
const line = ({ id, title, later }: Row): string => {
  const tests = (found.get(id) ?? []).map((file) => `[${file.replace(/^test\//, "").replace(/\.test\.ts$/, "")}](../${file})`);
  return `| ${id} | ${title} | ${tests.length > 0 ? tests.join(", ") : (later ?? "**no test yet**")} |`;
};
const page = `# Security requirements and their tests

Made by \`npm run security-rows\` from the names of the tests: ${covered} of ${rows.length} rows have at least one. A test bears the id of each row that
it shows, so that searching for an id finds it.

| row | what must hold | shown by |
| --- | --- | --- |
${rows.map(line).join("\n")}
`;
const printed = process.argv.indexOf("--names");
if (printed > 0) {
  const only = process.argv[printed + 1];
  for (const { id, title } of rows) if (only === undefined || only === id) console.log([`${id} ${title}`, ...(namesOf.get(id) ?? [])].join("\n  "));
  process.exit();
}
const target = new URL("docs/security-rows.md", root);
if (!process.argv.includes("--check")) writeFileSync(target, page);
else if (readFileSync(target, "utf8") !== page) {
  console.error("docs/security-rows.md is out of date: run `npm run security-rows`.");
  process.exitCode = 1;
}
console.log(`${covered} of ${rows.length} rows have a test; without one: ${rows.filter((row) => (found.get(row.id) ?? []).length === 0).map((row) => row.id).join(" ")}`);
