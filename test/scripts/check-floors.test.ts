import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../scripts/check-floors.ts", import.meta.url));
const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** What the check says about a source tree of these files. */
function check(files: Readonly<Record<string, string>>): { status: number | null; text: string } {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-floors-"));
  folders.push(folder);
  for (const [name, code] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, "src", name)), { recursive: true });
    writeFileSync(join(folder, "src", name), code);
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", script, "src"], { cwd: folder, encoding: "utf8" });
  return { status, text: stdout + stderr };
}

const ground = { "errors.ts": "export const e = 1;\n", "cookie/parse.ts": 'import { e } from "../errors.ts";\nexport const c = e;\n' };

describe("the floors check", () => {
  it("passes a tree that keeps to the floors", () => {
    const { status, text } = check({ ...ground, "session/session.ts": 'import { c } from "../cookie/parse.ts";\nexport const s = c;\n' });
    assert.equal(status, 0, text);
  });

  it("does not pass an empty tree", () => {
    assert.equal(check({}).status, 1);
  });

  const sins: readonly [name: string, files: Readonly<Record<string, string>>, expected: RegExp][] = [
    ["an upward import", { "cookie/a.ts": 'import type { S } from "../session/s.ts";\nexport type C = S;\n', "session/s.ts": "export type S = 1;\n" }, /cookie\/a\.ts:1: cookie .* imports upward from session/],
    ["a sideways import", { "csrf/a.ts": "export const a = 1;\n", "auth/b.ts": '\nexport { a } from "../csrf/a.ts";\n' }, /auth\/b\.ts:2: auth imports sideways from csrf/],
    ["a store that imports the manager", { "manager/m.ts": "export const m = 1;\n", "stores/x.ts": 'export { m } from "../manager/m.ts";\n' }, /stores .* imports upward from manager/],
    ["a folder that has no floor", { "attic/a.ts": 'export { e } from "../errors.ts";\n' }, /attic has no floor/],
    ["an import that leads nowhere", { "cookie/a.ts": 'export { b } from "./b.js";\n' }, /not there/],
    ["a package at run time", { "stores/pg.ts": 'import pg from "pg";\nexport const p = pg;\n' }, /imports the package pg:/],
    ["a package for its types", { "stores/pg.ts": 'import type { Pool } from "pg";\nexport type P = Pool;\n' }, /imports the package pg for its types/],
    ["a module that only Node has, in the core", { "session/a.ts": 'import fs from "node:fs";\nexport const f = fs;\n' }, /session imports node:fs/],
    ["the same behind the main door", { "index.ts": 'export { f } from "./stores/file.ts";\n', "stores/file.ts": 'import fs from "node:fs";\nexport const f = fs;\n' }, /the main door leads here \(index\.ts > stores\/file\.ts\)/],
    ["a builtin without node:", { "cli/a.ts": 'import fs from "fs";\nexport const f = fs;\n' }, /"node:fs", not "fs"/],
    ["TM-01 Date.now outside the clock", { "session/a.ts": "export const t = Date.now();\n" }, /Date\.now: time comes from the clock/],
    ["TM-01 new Date() outside the clock", { "session/a.ts": "export const t = new Date();\n" }, /new Date\(\): time/],
    ["TM-01 Math.random", { "session/a.ts": "export const t = Math.random();\n" }, /Math\.random: .*randomness from/],
  ];
  for (const [name, files, expected] of sins) {
    it(`refuses ${name}`, () => {
      const { status, text } = check({ ...ground, ...files });
      assert.match(text, expected);
      assert.equal(status, 1);
    });
  }

  it("lets a door use Node, types come from Node, and a date be made from a number", () => {
    const { status, text } = check({
      ...ground,
      "clock.ts": "export const now = (): number => Date.now();\n",
      "adapters/node.ts": 'import http from "node:http";\nexport const h = http;\n',
      "session/a.ts": 'import type { Stats } from "node:fs";\n// Date.now() is the clock\'s\nexport const at = (ms: number): Date => new Date(ms);\nexport type S = Stats;\n',
    });
    assert.equal(status, 0, text);
  });
});
