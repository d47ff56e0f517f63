import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { mergeVary } from "../../src/adapters/vary.ts";

describe("CA-04 Vary", () => {
  for (const [existing, names, merged] of [
    ["", ["Cookie"], "Cookie"],
    ["", [], null],
    ["Cookie", ["Cookie"], null],
    ["COOKIE", ["Cookie"], null],
    ["Accept-Encoding", ["Cookie"], "Accept-Encoding, Cookie"],
    ["accept-encoding,cookie", ["Cookie"], null],
    ["*", ["Cookie"], null],
    ["Accept, *", ["Cookie"], null],
    ["X-Cookie", ["Cookie"], "X-Cookie, Cookie"],
    ["Accept", ["Cookie", "cookie", "Origin"], "Accept, Cookie, Origin"],
    [" ", ["Cookie"], "Cookie"],
  ] as const) {
    it(`${JSON.stringify(existing)} and ${names.join(" and ") || "nothing"}`, () => assert.equal(mergeVary(existing, names), merged));
  }

  it("keeps what stands there, holds every name once, and has nothing to add a second time", () => {
    const name = fc.constantFrom("Cookie", "cookie", "Accept", "ACCEPT", "Origin", "X-A");
    fc.assert(
      fc.property(fc.array(name), fc.uniqueArray(name, { selector: (entry) => entry.toLowerCase() }), (before, names) => {
        const existing = before.join(", ");
        const merged = mergeVary(existing, names) ?? existing;
        assert.ok(merged.startsWith(existing));
        const entries = merged === "" ? [] : merged.split(", ").map((entry) => entry.toLowerCase());
        const known = new Set(before.map((entry) => entry.toLowerCase()));
        for (const added of names) assert.equal(entries.filter((entry) => entry === added.toLowerCase()).length, known.has(added.toLowerCase()) ? before.filter((entry) => entry.toLowerCase() === added.toLowerCase()).length : 1);
        assert.equal(mergeVary(merged, names), null);
      }),
    );
  });
});
