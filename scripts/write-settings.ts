/**
 * Writes `src/manager/coatcheck-options.ts` and `docs/settings.md` from the option table. With `--check` it writes nothing and
 * fails when either is out of date.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { OPTION_TABLE, SWITCHES, type OptionRow } from "../src/manager/option-table.ts";

interface Group {
  rows: OptionRow[];
  groups: Map<string, Group>;
}

function groupRows(rows: readonly OptionRow[]): Group {
  const root: Group = { rows: [], groups: new Map() };
  for (const row of rows) {
    const path = row.name.split(".").slice(0, -1);
    let group = root;
    for (const part of path) {
      let next = group.groups.get(part);
      if (next === undefined) group.groups.set(part, (next = { rows: [], groups: new Map() }));
      group = next;
    }
    group.rows.push(row);
  }
  return root;
}

function writeMembers(group: Group, indent: string, prefix = ""): string {
  const members = group.rows.map((row) => {
    const key = row.name.slice(row.name.lastIndexOf(".") + 1);
    const django = row.django === undefined ? "" : ` Django: ${row.django}.`;
    return `${indent}/** ${row.description} Default: ${row.default}.${django} */\n${indent}readonly ${key}?: ${row.type} | undefined;\n`;
  });
  for (const [key, inner] of group.groups) members.push(`${indent}readonly ${key}?: ${SWITCHES.has(prefix + key) ? "boolean | " : ""}{\n${writeMembers(inner, `${indent}  `, `${prefix}${key}.`)}${indent}} | undefined;\n`);
  return members.join("");
}

const TYPE_IMPORTS: Readonly<Record<string, string>> = {
  SessionStore: "../store/store.ts",
  CookieSessionStore: "./residence.ts",
  Duration: "../session/duration.ts",
  Codec: "../codec/codec.ts",
  SessionSchemaOption: "../session/session-schema.ts",
  Clock: "../clock.ts",
  TrustProxy: "./proxy.ts",
  FillRandom: "../crypto/random.ts",
  Users: "../store/users.ts",
  AuthBackend: "../store/auth-backend.ts",
  RevocationBus: "../store/revocation-bus.ts",
  PasswordHasher: "../store/password-hasher.ts",
};

function writeInterface(): string {
  const used = OPTION_TABLE.map((row) => row.type).join(" ");
  const imports = Object.entries(TYPE_IMPORTS)
    .filter(([name]) => new RegExp(`\\b${name}\\b`).test(used))
    .map(([name, from]) => `import type { ${name} } from "${from}";`)
    .join("\n");
  return `// Generated from option-table.ts by scripts/write-settings.ts. Change the table, then run \`npm run settings\`.\n${imports}\n\n/** What \`createCoatcheck\` accepts. Everything has a default. */\nexport interface CoatcheckOptions {\n${writeMembers(groupRows(OPTION_TABLE), "  ")}}\n`;
}

const cell = (text: string): string => text.replaceAll("|", "\\|");

function writeTable(): string {
  const rows = OPTION_TABLE.map((row) => `| \`${row.name}\` | ${cell(row.default)} | ${cell(row.description)} | ${row.django ?? "–"} |`);
  return `# Settings\n\nEvery option of \`createCoatcheck\`, made from the table that is checked at start. A duration is a number of seconds or a text such as\n\`"5m"\`, \`"12h"\`, \`"14d"\`.\n\n| option | default | what it does | Django's setting |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}

const outputs: readonly (readonly [string, string])[] = [
  ["src/manager/coatcheck-options.ts", writeInterface()],
  ["docs/settings.md", writeTable()],
];
const check = process.argv.includes("--check");
for (const [path, text] of outputs) {
  const url = new URL(`../${path}`, import.meta.url);
  if (!check) {
    mkdirSync(new URL(".", url), { recursive: true });
    writeFileSync(url, text);
  } else if (readFileSync(url, "utf8") !== text) {
    console.error(`${path} is out of date: run \`npm run settings\`.`);
    process.exitCode = 1;
  }
}
