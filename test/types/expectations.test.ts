import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compareDiagnostics, listExpectations } from "./expectations.ts";

const text = ["const a = 1;", "// error: TS2345 not assignable", "// error: TS2304", "f(b);"].join("\n");
const assignable = { file: "x.bad.ts", line: 4, code: "TS2345", message: "Argument is not assignable" };
const unknown = { file: "x.bad.ts", line: 4, code: "TS2304", message: "Cannot find name 'b'." };

describe("expected compiler errors", () => {
  it("belong to the first line after the comments", () => {
    assert.deepEqual(listExpectations(text), [
      { line: 4, code: "TS2345", words: "not assignable" },
      { line: 4, code: "TS2304", words: "" },
    ]);
  });

  it("match when each came, and nothing else did", () => {
    assert.deepEqual(compareDiagnostics(listExpectations(text), [assignable, unknown]), []);
  });

  it("do not match when one is missing, on another line, in other words, or when there is one more", () => {
    const compare = (diagnostics: Parameters<typeof compareDiagnostics>[1]): number => compareDiagnostics(listExpectations(text), diagnostics).length;
    assert.equal(compare([assignable]), 1);
    assert.equal(compare([assignable, { ...unknown, line: 5 }]), 2);
    assert.equal(compare([{ ...assignable, message: "Something else" }, unknown]), 2);
    assert.equal(compare([assignable, unknown, unknown]), 1);
  });
});
