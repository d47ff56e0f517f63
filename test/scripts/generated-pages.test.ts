import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

interface Row {
  readonly id: string;
  readonly title: string;
  readonly later?: string;
}

const rows = JSON.parse(read("test/security-rows.json")) as Row[];
/** The page's rows: id, title, what shows it. */
const lines = new Map([...read("docs/security-rows.md").matchAll(/^\| ([A-Z]{2,3}-\d{2}) \| (.*) \| (.*) \|$/gm)].map((match) => [match[1] as string, { title: match[2] as string, shown: match[3] as string }]));

describe("docs/settings.md and the type of the options", () => {
  it("are what the option table makes of them (npm run settings writes them anew)", () => {
    const { status, stderr } = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", "scripts/write-settings.ts", "--check"], { cwd: fileURLToPath(root), encoding: "utf8" });
    assert.equal(status, 0, stderr);
  });
});

describe("docs/stores.md", () => {
  it("is what the stores' capabilities and facts make of it (npm run stores writes it anew)", () => {
    const { status, stderr } = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", "scripts/write-stores.ts", "--check"], { cwd: fileURLToPath(root), encoding: "utf8" });
    assert.equal(status, 0, stderr);
  });
});

describe("docs/errors.md", () => {
  it("is what the classes and their docstrings make of it (npm run errors writes it anew)", () => {
    const { status, stderr } = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", "scripts/write-errors.ts", "--check"], { cwd: fileURLToPath(root), encoding: "utf8" });
    assert.equal(status, 0, stderr);
  });
});

// A new test does not make the page wrong, only incomplete, so the page is not compared letter by letter.
describe("docs/security-rows.md (npm run security-rows writes it anew)", () => {
  it("has every requirement once, under its title", () => {
    assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length, "an id is given twice");
    assert.deepEqual([...lines].map(([id, { title }]) => `${id} ${title}`), rows.map(({ id, title }) => `${id} ${title}`));
  });

  it("names, for each, tests that bear its id, a reason, or that there is none yet", () => {
    for (const { id, later } of rows) {
      const { shown = "" } = lines.get(id) ?? {};
      const tests = [...shown.matchAll(/\]\(\.\.\/(test\/[^)]+)\)/g)].map((match) => match[1] as string);
      for (const test of tests) assert.match(read(test), new RegExp(`\\b${id}\\b`), `${test} shows nothing of ${id}`);
      if (tests.length === 0) assert.ok(shown === later || shown === "**no test yet**", `${id} says "${shown}"`);
    }
  });
});
