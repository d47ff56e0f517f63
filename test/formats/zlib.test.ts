import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { deflateSync, inflateSync } from "node:zlib";
import fc from "fast-check";
import { addAdler32 } from "../../src/formats/zlib/adler32.ts";
import { deflate } from "../../src/formats/zlib/deflate.ts";
import { inflate, InflateError } from "../../src/formats/zlib/inflate.ts";

/** The same numbers in every language: s = (s * 1103515245 + 12345) mod 2^31, of which bits 16 and up are used. */
function createNumbers(seed: number): () => number {
  let state = BigInt(seed);
  return () => {
    state = (state * 1103515245n + 12345n) & 0x7fffffffn;
    return Number(state >> 16n);
  };
}

const SAMPLES: Readonly<Record<string, (size: number, next: () => number) => Uint8Array>> = {
  noise: (size, next) => Uint8Array.from({ length: size }, () => next() & 255),
  hex: (size, next) => Uint8Array.from({ length: size }, () => "0123456789abcdef".charCodeAt(next() & 15)),
  two: (size, next) => Uint8Array.from({ length: size }, () => 97 + (next() & 1)),
  same: (size) => new Uint8Array(size).fill(122),
  rows: (size) => Buffer.from(Array.from({ length: Math.ceil(size / 16) }, (_, at) => `[${at},${at * at},"row-${at}"]`).join(",")).subarray(0, size),
  far: (size, next) => {
    const block = Uint8Array.from({ length: 32506 }, () => next() & 255);
    return Uint8Array.from({ length: size }, (_, at) => block[at % block.length] as number);
  },
  skewed: (size, next) => Uint8Array.from({ length: size }, () => 65 + Math.clz32((next() << 17) | 1)),
};

/** SHA-256 (first 16 hexadecimal digits) of what Python 3.11's `zlib.compress` made of the samples with zlib 1.2.13. */
const EXPECTED: Readonly<Record<string, string>> = {
  "noise 0": "aca503def43dc086",
  "noise 1": "93413d516a645c7d",
  "noise 40": "942ff94040ad5ef5",
  "noise 20000": "61894af076ba5fb6",
  "noise 100000": "a872db2ffaa03f84",
  "hex 1": "b4c7b0602a16fee1",
  "hex 259": "a526fe923c15591b",
  "hex 5000": "650597e0d1c55a9a",
  "hex 70000": "3e90ba6b0872ad22",
  "two 3": "f8654c6fe64b04b1",
  "two 262": "630376eea13ec7f3",
  "two 4100": "9aa0909559ad0afb",
  "two 66000": "30b5c3123a559a42",
  "two 140000": "d6f50b0974ed04bf",
  "same 5": "6d27bb6ff8648068",
  "same 258": "fea2fad4d79b6a71",
  "same 259": "9dcb47273197e955",
  "same 70000": "5065ea34175fce59",
  "rows 300": "00e9f65fce00ad45",
  "rows 3000": "8447d31071f2fc46",
  "rows 40000": "51adc3fccddea97e",
  "rows 150000": "0b22d6ee20b47a35",
  "far 33000": "ce3c5202f8f5c635",
  "far 80000": "18f65d1eea8f0910",
  "skewed 500": "b298e5888a521bd7",
  "skewed 30000": "a20fc277f2e3cca6",
  "skewed 200000": "301a120d256a87f9",
};

describe("deflate", () => {
  for (const [label, digest] of Object.entries(EXPECTED)) {
    it(`writes the bytes of Python's zlib.compress for ${label}`, () => {
      const [kind = "", size = ""] = label.split(" ");
      const sample = SAMPLES[kind]?.(Number(size), createNumbers(Number(size) + 1)) as Uint8Array;
      assert.equal(sample.length, Number(size));
      const compressed = deflate(sample);
      assert.equal(createHash("sha256").update(compressed).digest("hex").slice(0, 16), digest);
      assert.equal(Buffer.compare(inflateSync(compressed), sample), 0);
      assert.equal(Buffer.compare(inflate(compressed, sample.length), sample), 0);
    });
  }

  it("makes streams that any zlib reads, of any bytes", () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.nat(60), (parts, repeat) => {
      const bytes = Buffer.concat([...parts, ...parts, Buffer.alloc(repeat, parts[0]?.[0] ?? 7)]);
      const compressed = deflate(bytes);
      assert.equal(Buffer.compare(inflateSync(compressed), bytes), 0);
      assert.equal(Buffer.compare(deflate(bytes), compressed), 0, "the shared tables keep nothing");
    }));
  });
});

describe("inflate", () => {
  it("reads every level, stored blocks and fixed codes, and ignores what follows the stream", () => {
    const text = Buffer.from("the quick brown fox; ".repeat(40));
    for (const options of [{ level: 0 }, { level: 1 }, { level: 9 }, { strategy: 4 }, { windowBits: 9 }]) {
      const stream = deflateSync(text, options);
      assert.equal(Buffer.compare(inflate(stream, 1000), text), 0);
      assert.equal(Buffer.compare(inflate(Buffer.concat([stream, Buffer.from("tail")]), 1000), text), 0);
    }
    assert.equal(inflate(deflateSync(""), 0).length, 0);
  });

  it("gives what Node's zlib gives, or refuses, for any damaged stream", () => {
    const stream = deflateSync(JSON.stringify(Array.from({ length: 50 }, (_, at) => ({ at, name: `row ${at}` }))));
    fc.assert(fc.property(fc.nat(stream.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const damaged = Buffer.from(stream);
      damaged[at] = (damaged[at] as number) ^ flip;
      let theirs: Buffer | null = null;
      try {
        theirs = inflateSync(damaged);
      } catch {}
      try {
        const ours = inflate(damaged, 100_000);
        assert.ok(theirs !== null && Buffer.compare(ours, theirs) === 0);
      } catch (error) {
        assert.ok(error instanceof InflateError && theirs === null, String(error));
      }
    }));
    for (let length = 0; length < stream.length; length++) assert.throws(() => inflate(stream.subarray(0, length), 100_000), InflateError);
  });

  it("refuses a raw deflate stream, gzip and a preset dictionary", () => {
    for (const bytes of [Buffer.from("ab564a54b2320400", "hex"), Buffer.from("1f8b08000000000000ff", "hex"), deflateSync("abc", { dictionary: Buffer.from("abc") }), new Uint8Array(0)]) {
      assert.throws(() => inflate(bytes, 100), { problem: "not-zlib" });
    }
  });
});

describe("DS-06 decompression has an output cap", () => {
  it("refuses a bomb of 1:1000 at the cap, with the memory of the cap", () => {
    const bomb = deflateSync(Buffer.alloc(50_000_000));
    assert.ok(bomb.length < 50_000);
    const before = process.memoryUsage().arrayBuffers;
    assert.throws(() => inflate(bomb, 1_000_000), { problem: "too-large" });
    assert.ok(process.memoryUsage().arrayBuffers - before < 8_000_000);
  });

  it("takes exactly the cap and refuses one byte more", () => {
    const stream = deflateSync(Buffer.alloc(5000, 1));
    assert.equal(inflate(stream, 5000).length, 5000);
    assert.throws(() => inflate(stream, 4999), { problem: "too-large" });
  });
});

describe("addAdler32", () => {
  it("gives the value of RFC 1950 for a known text, and does not overflow", () => {
    assert.equal(addAdler32(1, Buffer.from("Wikipedia")), 0x11e60398);
    assert.equal(addAdler32(1, new Uint8Array(1_000_000).fill(255)), addAdler32(addAdler32(1, new Uint8Array(400_001).fill(255)), new Uint8Array(599_999).fill(255)));
  });
});
