import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { UnsupportedValue } from "../../src/errors.ts";
import { decodeBase62, encodeBase62 } from "../../src/formats/base62.ts";
import { decodePythonBase64 } from "../../src/formats/python-base64.ts";
import { PythonJsonError, readPythonJson } from "../../src/formats/python-json-read.ts";
import { writePythonJson } from "../../src/formats/python-json-write.ts";
import { PythonFloat, toPlainValue } from "../../src/formats/python-values.ts";

/** JSON.parse rounds large integers and has no sign on a zero that JSON.stringify wrote. */
function normalize(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(normalize);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).map(([key, item]) => [key, normalize(item)]);
}

describe("Python's JSON", () => {
  it("reads what JSON.parse reads as the same values", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      assert.deepEqual(normalize(toPlainValue(readPythonJson(text))), normalize(JSON.parse(text)));
    }));
  });

  it("writes texts that JSON.parse reads as the same values, in ASCII", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      const text = writePythonJson(value);
      assert.match(text, /^[ -~]*$/);
      assert.deepEqual(normalize(JSON.parse(text)), normalize(value));
    }));
  });

  it("writes what it read, byte for byte: order, integers, floats, escapes", () => {
    const text = "{\"10\":1,\"9\":1.0,\"__proto__\":{\"isAdmin\":true},\"big\":12345678901234567890,\"f\":[1e+16,1e-05,-0.0,0.0001,NaN,Infinity,-Infinity],\"t\":\"\\u00e9\\ud83d\\udd11\\ud800\\u007f\"}";
    assert.equal(writePythonJson(readPythonJson(text)), text);
    const spaced = "{\"a\": [1, 2.0], \"b\": {}}";
    assert.equal(writePythonJson(readPythonJson(spaced), { isSpaced: true }), spaced);
  });

  it("writes any float as the shortest digits that read back as the same number", () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = writePythonJson(new PythonFloat(value));
      assert.match(text, /^-?(\d+\.\d+|\d(\.\d+)?e[+-]\d\d+)$/);
      assert.ok(Object.is(Number(text), value));
      const digits = (of: string): string => of.replace(/e.*/, "").replace(/[-.]/g, "").replace(/^0+|0+$/g, "");
      assert.equal(digits(text), digits(String(value)));
    }));
  });

  it("refuses what Python refuses", () => {
    for (const text of ["", " ", "01", "1.", ".5", "+1", "1e", "-", "[1,]", "{\"a\":1,}", "{a:1}", "'a'", "\"a", "\"\t\"", "\"\\v\"", "\"\\u12\"", "\"\\u 123\"", "nul", "[1 2]", "{\"a\" 1}", "{1:2}", "1 2", "\ufeff{}", "[", "{", "\"\\", "-NaN", "tru"]) {
      assert.throws(() => readPythonJson(text), PythonJsonError, JSON.stringify(text));
    }
  });

  it("names the path of what it cannot write", () => {
    for (const [value, path] of [
      [{ cart: [{ at: new Date(0) }] }, "cart[0].at"],
      [[1, undefined], "[1]"],
      [{ a: { b: () => 1 } }, "a.b"],
      [new Set([1]), "the value"],
      [new Map([[1, 2]]), "the value"],
    ] as const) {
      assert.throws(() => writePythonJson(value), (error: unknown) => error instanceof UnsupportedValue && error.path === path);
    }
  });

  it("refuses holes in arrays, which would be written as nothing", () => {
    const holed: unknown[] = [1];
    holed[2] = 3;
    assert.throws(() => writePythonJson(holed), UnsupportedValue);
  });
});

describe("DS-07 keys of prototypes stay data", () => {
  it("in maps and in plain values", () => {
    const value = toPlainValue(readPythonJson("{\"__proto__\":{\"isAdmin\":true},\"constructor\":1}")) as Record<string, unknown>;
    assert.equal(({} as Record<string, unknown>)["isAdmin"], undefined);
    assert.equal(value["isAdmin"], undefined);
    assert.deepEqual(Object.keys(value), ["__proto__", "constructor"]);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
  });
});

describe("DS-08 deep and odd JSON is an error, not a crash", () => {
  it("refuses a hundred thousand levels, reading and writing", () => {
    assert.throws(() => readPythonJson("[".repeat(100_000)), PythonJsonError);
    assert.throws(() => readPythonJson("{\"a\":".repeat(100_000)), PythonJsonError);
    let deep: unknown = 1;
    for (let level = 0; level < 10_000; level++) deep = [deep];
    assert.throws(() => writePythonJson(deep), UnsupportedValue);
    const loop: unknown[] = [];
    loop.push(loop);
    assert.throws(() => writePythonJson(loop), UnsupportedValue);
  });

  it("refuses an integer of too many digits without converting it", () => {
    assert.throws(() => readPythonJson("1".repeat(1_000_000)), PythonJsonError);
    assert.equal(readPythonJson("9".repeat(4300)), BigInt("9".repeat(4300)));
  });

  it("reads a hundred thousand keys", () => {
    const text = `{${Array.from({ length: 100_000 }, (_, at) => `"k${at}":${at}`).join(",")}}`;
    assert.equal((readPythonJson(text) as Map<string, unknown>).size, 100_000);
  });
});

describe("base 62", () => {
  it("gives back any whole number", () => {
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => {
      assert.equal(decodeBase62(encodeBase62(value)), value === 0 ? 0 : value);
    }));
  });

  it("refuses fractions, and texts that are too large or too long", () => {
    assert.throws(() => encodeBase62(1.5), RangeError);
    for (const text of ["", "-", "zzzzzzzzzzzz", "0".repeat(1_000_000), "1 ", "é"]) assert.equal(decodeBase62(text), null);
  });
});

describe("Python's lenient base64", () => {
  it("reads what Node writes, in both alphabets, with padding or without", () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => {
      const buffer = Buffer.from(bytes);
      assert.equal(Buffer.compare(decodePythonBase64(buffer.toString("base64url"), "url") as Uint8Array, bytes), 0);
      assert.equal(Buffer.compare(decodePythonBase64(buffer.toString("base64"), "standard") as Uint8Array, bytes), 0);
      assert.equal(Buffer.compare(decodePythonBase64(buffer.toString("base64"), "url") as Uint8Array, bytes), 0);
    }));
  });
});
