import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { before, describe, it } from "node:test";
import { typeCheck } from "../../scripts/lib/type-check.ts";
import type { Diagnostic } from "../../scripts/lib/type-check.ts";
import { compareDiagnostics, listExpectations } from "./expectations.ts";

/*
 * Every file of fixtures/ is a program of a user. `name.ok.ts` must compile. `name.bad.ts` must fail exactly where a comment
 * on the line before says so: `// error: TS2345` or, with words that the message must hold, `// error: TS2345 not assignable`.
 */
const folder = new URL("./fixtures/", import.meta.url);
const fixtures = globSync("*.{ok,bad}.ts", { cwd: folder }).sort();
const textOf = (name: string): string => readFileSync(new URL(name, folder), "utf8");
/** What one program adds to the package's types or to a global must not reach the others. */
const isAlone = (name: string): boolean => /\bdeclare\s+(module|global)\b|^import "coatcheck\/[\w/-]+";$/m.test(textOf(name));

describe("PAIN-24 what must and must not compile", () => {
  const found = new Map<string, Diagnostic[]>();

  before(() => {
    const together = fixtures.filter((name) => !isAlone(name));
    const programs = [together, ...fixtures.filter(isAlone).map((name) => [name])];
    for (const program of programs.filter(({ length }) => length > 0)) {
      const diagnostics = typeCheck(Object.fromEntries(program.map((name) => [name, textOf(name)])));
      for (const name of program) found.set(name, diagnostics.filter(({ file }) => basename(file) === name));
      const elsewhere = diagnostics.filter(({ file }) => !program.includes(basename(file)));
      assert.deepEqual(elsewhere, [], "a fixture makes the package's own files fail");
    }
  });

  it("has fixtures of both kinds", () => {
    assert.ok(fixtures.some((name) => name.endsWith(".ok.ts")));
    assert.ok(fixtures.some((name) => name.endsWith(".bad.ts")));
  });

  for (const name of fixtures) {
    it(name, () => {
      const expected = listExpectations(textOf(name));
      if (name.endsWith(".ok.ts")) assert.equal(expected.length, 0, "a fixture that compiles expects no error");
      else assert.ok(expected.length > 0, "a fixture that must not compile says what is wrong with it");
      assert.deepEqual(compareDiagnostics(expected, found.get(name) ?? []), []);
    });
  }
});
