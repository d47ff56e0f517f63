import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createMac } from "../../src/crypto/hmac.ts";

/** Cases 1 and 2 of RFC 4231: key, text, and the code with SHA-256. */
const RFC_4231: readonly (readonly [key: string, text: string, code: string])[] = [
  ["0b".repeat(20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
  [Buffer.from("Jefe").toString("hex"), "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"],
];

describe("KY-08 createMac is HMAC", () => {
  it("gives the codes of RFC 4231", () => {
    for (const [key, text, code] of RFC_4231) assert.equal(createMac("sha256", Buffer.from(key, "hex"))(text, "hex"), code);
  });

  it("gives the platform's codes for any key, text, digest and length", () => {
    for (const algorithm of ["sha1", "sha256", "sha384", "sha512"] as const) {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), fc.array(fc.string({ unit: "binary" })), fc.constantFrom(1, 30, 400), (key, texts, repeat) => {
        const mac = createMac(algorithm, key);
        for (const text of texts) {
          const long = text.repeat(repeat);
          for (const encoding of ["hex", "base64url", "binary"] as const) {
            assert.equal(mac(long, encoding), createHmac(algorithm, key).update(long, "utf8").digest(encoding));
          }
        }
      }), { numRuns: 40 });
    }
  });

  it("keeps nothing of one text for the next, around the length where memory is taken anew", () => {
    const key = Buffer.alloc(32, 7);
    const mac = createMac("sha256", key);
    for (const length of [0, 341, 342, 1, 1024, 1025, 340, 5000, 2]) {
      const text = "é".repeat(length);
      assert.equal(mac(text, "hex"), createHmac("sha256", key).update(text).digest("hex"));
    }
  });

  it("refuses a key that is longer than a block", () => {
    assert.throws(() => createMac("sha256", new Uint8Array(65)), RangeError);
  });
});
