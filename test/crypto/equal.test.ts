import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { equalBytes, equalText } from "../../src/crypto/equal.ts";

describe("KY-07 secrets are compared in constant time", () => {
  it("agrees with plain equality on any two texts", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (left, right) => {
      // Lone surrogates all encode to one replacement character, so only well-formed texts can be told apart by their bytes.
      fc.pre(left.isWellFormed() && right.isWellFormed());
      assert.equal(equalText(left, right), left === right);
      assert.equal(equalText(left, left), true);
    }));
  });

  it("agrees with plain equality on any two byte strings", () => {
    fc.assert(fc.property(fc.uint8Array(), fc.uint8Array(), (left, right) => {
      assert.equal(equalBytes(left, right), Buffer.compare(left, right) === 0);
      assert.equal(equalBytes(left, left.slice()), true);
    }));
  });

  it("tells texts of one length apart whose bytes differ in number", () => {
    assert.equal(equalText("é", "e"), false);
    assert.equal(equalText("e", "é"), false);
  });

  it("has no comparison of a signature, digest or tag with === in crypto/, formats/ and auth/hashers/", () => {
    const secret = /(?<![.\w])(?:mac|signature|digest|tag|hash|expectedHash|signed)\s*[!=]==?(?!=|\s*(?:undefined|null|"|'|\d|-1))/;
    const found: string[] = [];
    for (const folder of ["src/crypto", "src/formats", "src/auth/hashers"]) {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const path = join(entry.parentPath, entry.name);
        readFileSync(path, "utf8").split("\n").forEach((line, at) => {
          if (secret.test(line)) found.push(`${path}:${at + 1}: ${line.trim()}`);
        });
      }
    }
    assert.deepEqual(found, []);
  });
});
