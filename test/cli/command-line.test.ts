import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { COMMANDS } from "../../src/cli/commands.ts";
import { EXIT } from "../../src/cli/failure.ts";
import { CHECK_RULES } from "../../src/coat/deployment-rules.ts";
import { makeFolder, runCli, runJson, spawnCli } from "../support/cli.ts";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const documentation = readFileSync(new URL("../../docs/cli.md", import.meta.url), "utf8");
const noise = "--disable-warning=ExperimentalWarning";

const config = (more = ""): string => `import { createCoatcheck } from "coatcheck";
  import { memoryStore } from "coatcheck/memory";
  ${more}
  export const cloakroom = createCoatcheck({ store: memoryStore(), production: false });`;

describe("the command line", () => {
  it("lists every command, and explains each", async () => {
    const { code, out } = await runCli(["--help"]);
    assert.equal(code, 0);
    for (const { name, summary } of COMMANDS) {
      assert.ok(out.includes(`  ${name} `) && out.includes(summary), name);
      const help = await runCli([name, "--help"]);
      assert.equal(help.code, 0);
      assert.ok(help.out.startsWith(`coatcheck ${name}`));
      for (const option of Object.keys(COMMANDS.find((command) => command.name === name)?.options ?? {})) assert.ok(help.out.includes(`--${option}`), `${name} --${option}`);
    }
  });

  it("says its version", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
    assert.deepEqual(await runCli(["--version"]), { code: 0, out: `${version}\n`, err: "" });
  });

  it("is documented: every command, every option, every finding, every exit code", () => {
    for (const { name, options } of COMMANDS) {
      assert.ok(documentation.includes(`## ${name}\n`), name);
      for (const option of Object.keys(options)) assert.ok(documentation.includes(`--${option}`), `${name} --${option}`);
    }
    for (const { id, setting, level, deployOnly, reason } of CHECK_RULES) assert.ok(documentation.includes(`| ${id} | ${level} | \`${setting}\` | ${deployOnly ? "`--deploy`" : ""} | ${reason} |\n`), id);
    for (const code of Object.values(EXIT)) assert.match(documentation, new RegExp(`^\\| ${code} \\|`, "m"));
  });

  it("shows how it is used, with exit code 2, when nothing is asked", async () => {
    const { code, out, err } = await runCli([]);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /^coatcheck COMMAND/);
  });

  it("refuses what it does not know, in one sentence, without repeating values", async () => {
    for (const words of [["constructor"], ["sessions", "list", "--hidden-words"], ["check", "--deploy=hidden words"], ["check", "--silence"], ["migrate", "hidden words"], ["store", "--limit", "hidden words"], ["doctor", "hidden words"], ["doctor", "javascript:hidden words"]]) {
      const { code, out, err } = await runCli(words, { cwd: makeFolder({ "coatcheck.config.mjs": config() }) });
      assert.equal(code, 2, words.join(" "));
      assert.match(err, /^coatcheck: [^\n]+\n$/);
      assert.ok(!(out + err).includes("hidden words"), err);
    }
  });

  it("answers with one JSON document when something is wrong, too", async () => {
    const { code, err, document } = await runJson<object>(["sessions", "list"]);
    assert.deepEqual([code, err], [2, ""]);
    assert.match(JSON.stringify(document), /^\{"error":\{"code":"USAGE","message":"There is no coatcheck\.config\.ts/);
  });

  it("keeps stacks for --verbose, and never shows a driver's own words", async () => {
    const cwd = makeFolder({ "coatcheck.config.mjs": config('const store = memoryStore(); store.scan = async () => { throw Object.assign(new RangeError("hidden words"), { code: "E_ODD" }); };').replace("{ store: memoryStore(),", "{ store,") });
    const plain = await runCli(["sessions", "list"], { cwd });
    assert.deepEqual([plain.code, plain.err], [1, "coatcheck: RangeError (E_ODD) was thrown; --verbose shows where.\n"]);
    const verbose = await runCli(["sessions", "list", "--verbose"], { cwd });
    assert.match(verbose.err, /\n {4}at .*coatcheck\.config\.mjs/);
  });
});

describe("the application's object", () => {
  it("is found by the usual names, as default or by name, also as a promise", async () => {
    const files: Readonly<Record<string, string>> = {
      "coatcheck.config.ts": config("const typed: number = 1; void typed;"),
      "coatcheck.config.js": config().replace("export const cloakroom =", "export default"),
      "coatcheck.config.mjs": config().replace("export const cloakroom =", "export default Promise.resolve(").replace(/;\s*$/, ");"),
    };
    for (const [name, text] of Object.entries(files)) {
      const { code, err } = await runCli(["sessions", "list"], { cwd: makeFolder({ [name]: text }) });
      assert.equal(code, 0, `${name}: ${err}`);
    }
    const named = await runCli(["sessions", "list", "--config", "app.mjs"], { cwd: makeFolder({ "app.mjs": config() }) });
    assert.equal(named.code, 0);
  });

  it("is missed in one sentence that names the cure", async () => {
    const cases: readonly [files: Record<string, string>, words: string[], expected: RegExp][] = [
      [{}, [], /--config FILE/],
      [{}, ["--config", "nowhere.mjs"], /no file "nowhere\.mjs"/],
      [{ "coatcheck.config.mjs": "export const shop = 1;" }, [], /exports no cloakroom: add `export const cloakroom/],
      [{ "coatcheck.config.mjs": 'throw new Error("hidden words")' }, [], /cannot be loaded \(Error\)/],
      [{ "coatcheck.config.mjs": 'import "not-installed-anywhere";' }, [], /cannot be loaded \(ERR_MODULE_NOT_FOUND\)/],
      [{ "coatcheck.config.mjs": config().replace("production: false", "producton: false") }, [], /producton: there is no such option/],
      [{ "coatcheck.config.mjs": config() }, ["--config", "coatcheck.config.mjs", "--store", "sqlite:x.db"], /either --config or --store/],
    ];
    for (const [files, words, expected] of cases) {
      const { code, out, err } = await runCli(["sessions", "list", ...words], { cwd: makeFolder(files) });
      assert.equal(code, 2, err);
      assert.match(err, expected);
      assert.ok(!(out + err).includes("hidden words"));
    }
  });
});

describe("the program", () => {
  it("keeps what the application prints out of its results, and ends although a timer is left", () => {
    const cwd = makeFolder({ "coatcheck.config.mjs": config('console.log("noise"); setInterval(() => undefined, 60_000);') });
    const { status, stdout, stderr } = spawnCli(["sessions", "list", "--json"], cwd);
    assert.equal(status, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { sessions: [], more: false });
    assert.equal(stderr, "noise\n");
  });

  it("stops its rounds at SIGTERM, with exit code 0", { skip: process.platform === "win32" && "no signals" }, async () => {
    const cwd = makeFolder({ "coatcheck.config.mjs": config() });
    const child = spawn(process.execPath, ["--conditions=coatcheck-source", noise, main, "clearsessions", "--loop", "3600"], { cwd, stdio: ["ignore", "pipe", "inherit"] });
    const [first] = (await once(child.stdout, "data")) as [Buffer];
    assert.match(first.toString(), /0 expired sessions were removed/);
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });

  it("has one command in a file, each in the list", () => {
    const files = globSync("*.ts", { cwd: fileURLToPath(new URL("../../src/cli/commands/", import.meta.url)) });
    assert.deepEqual(files.map((file) => file.replace(".ts", "")).sort(), COMMANDS.map(({ name }) => name).sort());
  });
});
