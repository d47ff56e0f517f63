import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import vm from "node:vm";

const code = readFileSync(new URL("../../scripts/require-node.mjs", import.meta.url), "utf8");
const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { scripts: Record<string, string>; engines: { node: string }; allowScripts: unknown };

/** What the guard does on a version of Node. */
function guard(version: string): { exit: number | undefined; said: string[] } {
  const said: string[] = [];
  let exit: number | undefined;
  vm.runInNewContext(code, {
    process: { versions: { node: version }, version: `v${version}`, exit: (status: number) => (exit = status) },
    console: { error: (text: string) => said.push(text) },
  });
  return { exit, said };
}

describe("the guard against an old Node", () => {
  for (const version of ["18.20.8", "20.20.2", "22.12.0", "22.17.1"]) {
    it(`stops ${version} with one sentence`, () => {
      const { exit, said } = guard(version);
      assert.equal(exit, 1);
      assert.equal(said.length, 1);
      assert.match(said[0] ?? "", new RegExp(`^[^\\n]*v${version}[^\\n]*npm install[^\\n]*\\.$`));
    });
  }

  for (const version of ["22.18.0", "23.6.0", "24.21.0", "100.0.0"]) {
    it(`lets ${version} pass without a word`, () => {
      assert.deepEqual(guard(version), { exit: undefined, said: [] });
    });
  }

  it("comes first in every script", () => {
    for (const [name, script] of Object.entries(manifest.scripts)) assert.match(script, /^node scripts\/require-node\.mjs && /, name);
  });

  it("has syntax that Node 18 reads", () => {
    assert.doesNotMatch(code, /\b(const|let|import|using)\b|=>|\?\.|\?\?/);
  });
});

describe("the pinned Node", () => {
  it("is approved by name, so that its install script runs", () => {
    assert.deepEqual(manifest.allowScripts, { node: true });
  });
});
