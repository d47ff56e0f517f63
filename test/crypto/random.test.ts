import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeLetters } from "../../src/crypto/letters.ts";
import { createRandom } from "../../src/crypto/random.ts";

/** A source that counts: byte number n is n modulo 251, so that every byte handed out can be told. */
function counting(): (bytes: Uint8Array) => void {
  let next = 1;
  return (bytes) => {
    for (let at = 0; at < bytes.length; at++) bytes[at] = next++ % 251;
  };
}

describe("bytes from the pool", () => {
  it("are handed out once, in order, over the end of the pool", () => {
    const random = createRandom(counting());
    const seen: number[] = [];
    for (let call = 0; call < 100; call++) seen.push(...random.bytes(100));
    // 40 calls fit into one pool of 4096; what is left of it is not used, because a new one is filled as a whole.
    const expected = Array.from({ length: 100 }, (_, call) => Array.from({ length: 100 }, (__, at) => (Math.floor(call / 40) * 4096 + (call % 40) * 100 + at + 1) % 251)).flat();
    assert.deepEqual(seen, expected);
  });

  it("are as many as asked for, or an error: never fewer, and never zeros in their place", () => {
    const random = createRandom();
    assert.equal(random.bytes(4096).length, 4096);
    assert.equal(random.bytes(0).length, 0);
    assert.throws(() => random.bytes(4097), RangeError);
  });
});

describe("random letters", () => {
  it("are letters and digits only, each about equally often", () => {
    const random = createRandom();
    const counts = new Map<string, number>();
    for (let call = 0; call < 500; call++) for (const letter of makeLetters(random, 62)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    assert.equal(counts.size, 62);
    for (const [letter, count] of counts) {
      assert.match(letter, /^[A-Za-z0-9]$/);
      // 500 are expected; so far off comes once in more than a million runs.
      assert.ok(count > 370 && count < 640, `${letter}: ${count}`);
    }
  });
});
