import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { blank, listImports } from "../../scripts/lib/source.ts";

describe("blank", () => {
  const both = (code: string): string => blank(code, "comments and literals");

  it("blanks comments and keeps every line where it was", () => {
    assert.equal(blank("a; // new Date()\n/* x\ny */ b;", "comments"), "a;              \n    \n     b;");
  });

  it("blanks strings, templates and regular expressions, but not the code inside a template", () => {
    assert.equal(both('f("Date.now()", `at ${Date.now()} o\'clock`);'), 'f("          ", `   ${Date.now()}        `);');
    assert.equal(both("x = `a${ `b${c}` }d` + e;"), "x = ` ${ ` ${c}` } ` + e;");
    assert.equal(both("if (/[\"'/]/.test(a)) b = c / d / e;"), "if (/     /.test(a)) b = c / d / e;");
  });

  it("is not confused by a quote in a comment, a comment mark in a string, or an escape", () => {
    assert.equal(both("a; // don't\nb('//', \"\\\"\");"), "a;         \nb('  ', \"  \");");
  });
});

describe("listImports", () => {
  it("finds every way to name a module, with its line, and tells what is left at run time", () => {
    const code = [
      'import type { A } from "./types.ts";',
      'import { type B } from "./inline.ts";',
      'import c, { d } from "pkg";',
      'import * as e from "node:fs";',
      'import "./effect.ts";',
      'export { f } from "./door.ts";',
      'export * from "./all.ts";',
      "export type { G } from './more-types.ts';",
      "import {\n  h,\n} from './lines.ts';",
      'const i = await import("./later.ts");',
      "void [c, d, e, h, i] as unknown as [A, B];",
    ].join("\n");
    assert.deepEqual(
      listImports(code).map(({ specifier, line, typeOnly }) => `${line} ${specifier}${typeOnly ? " (types)" : ""}`).sort(),
      [
        "1 ./types.ts (types)",
        "12 ./later.ts",
        "2 ./inline.ts",
        "3 pkg",
        "4 node:fs",
        "5 ./effect.ts",
        "6 ./door.ts",
        "7 ./all.ts",
        "8 ./more-types.ts (types)",
        "9 ./lines.ts",
      ],
    );
  });

  it("sees no import in a comment, a string, or a name that only looks like one", () => {
    const code = '// import a from "a";\nconst b = \'import c from "c"\';\nobject.import("d");\n/** import("e") */\nexport const important = "from \\"f\\"";';
    assert.deepEqual(listImports(code), []);
  });
});
