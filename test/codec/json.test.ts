import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { jsonCodec } from "../../src/codec/json.ts";
import type { SessionValues } from "../../src/codec/codec.ts";
import { UnsupportedValue } from "../../src/errors.ts";

/** Says what a session would say: inspects every value, encodes, decodes. */
function roundTrip(values: SessionValues): { text: string; values: SessionValues } {
  const tagged = Object.keys(values).some((key) => jsonCodec.inspect(values[key], key) === "tagged");
  const text = jsonCodec.encode(values, tagged);
  const decoded = jsonCodec.decode(text);
  assert.equal(decoded.tagged, tagged);
  return { text, values: decoded.values };
}

function comesBack(value: unknown): void {
  const { values } = roundTrip({ value });
  assert.deepStrictEqual(values["value"], value);
  assert.deepStrictEqual(jsonCodec.clone(value, "value"), value);
  assert.equal(jsonCodec.snapshot(values["value"]), jsonCodec.snapshot(value));
}

/** What becomes of a value by design: a Buffer is bytes, an object without a prototype an object, undefined properties go. */
function normalize(value: unknown): unknown {
  if (Array.isArray(value)) {
    const copy: unknown[] = new Array<unknown>(value.length);
    for (const index of value.keys()) if (index in value) copy[index] = normalize(value[index]);
    return copy;
  }
  if (value instanceof Map) return new Map([...value].map(([key, child]) => [normalize(key), normalize(child)]));
  if (value instanceof Set) return new Set([...value].map(normalize));
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, child]) => child !== undefined).map(([key, child]) => [key, normalize(child)]));
}

const names = fc.oneof(
  fc.constantFrom("~", "~~", "~d", "~n", "~m", "~s", "~b", "~x", "~~d", "__proto__", "constructor", "prototype", "toString", "toJSON", "a", "length", "0", ""),
  fc.string({ maxLength: 4 }),
);

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.string({ unit: "binary" }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom("~", "~[[],{}]", "{}"),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(names, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

const any = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    plain,
    fc.double(),
    fc.bigInt(),
    fc.constantFrom(undefined, Number.NaN, -0, Infinity, -Infinity),
    fc.date({ noInvalidDate: false }),
    fc.uint8Array({ maxLength: 8 }),
    fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.sparseArray(tie("value"), { maxLength: 6, maxNumElements: 4 }),
    fc.dictionary(names, tie("value"), { maxKeys: 4 }),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie("value"), { maxLength: 3 }).map((members) => new Set(members)),
  ),
})).value;

describe("PAIN-30 values keep their types", () => {
  it("any value comes back as it was", () => {
    fc.assert(
      fc.property(fc.dictionary(names, any, { maxKeys: 4, noNullPrototype: true }), (values) => {
        const expected = normalize(values);
        assert.deepStrictEqual(roundTrip(values).values, expected);
        for (const [key, value] of Object.entries(values)) assert.deepStrictEqual(jsonCodec.clone(value, key), normalize(value));
      }),
      { numRuns: 2000 },
    );
  });

  it("any value at all is refused by name or comes back", () => {
    let refused = 0;
    const anything = fc.anything({ withBigInt: true, withBoxedValues: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true, withObjectString: true, withSparseArray: true, withTypedArray: true });
    const strange = fc.constantFrom<unknown>(Symbol("s"), () => 1, /x/, new Error("x"), new URL("http://a.example"), new WeakMap(), Promise.resolve(), new Float64Array(1), new ArrayBuffer(1), new (class Print {})());
    fc.assert(
      fc.property(fc.oneof(anything, fc.array(fc.oneof(anything, strange), { maxLength: 3 })), (value) => {
        try {
          jsonCodec.inspect(value, "value");
        } catch (error) {
          assert.ok(error instanceof UnsupportedValue, String(error));
          assert.ok(error.path.startsWith("value"));
          assert.throws(() => jsonCodec.clone(value, "value"), UnsupportedValue);
          assert.throws(() => jsonCodec.encode({ value }, true), UnsupportedValue);
          refused++;
          return;
        }
        if (value !== undefined) assert.deepStrictEqual(roundTrip({ value }).values["value"], normalize(value));
      }),
      { numRuns: 3000 },
    );
    assert.ok(refused > 50, `only ${refused} were refused: the property tests little`);
  });

  const cases: [name: string, value: unknown][] = [
    ["Date", new Date(1_700_000_000_123)],
    ["invalid Date", new Date(Number.NaN)],
    ["Date before 1970", new Date(-8.64e15)],
    ["Map", new Map<unknown, unknown>([["a", 1], [2, "b"], [null, undefined], [Number.NaN, new Map()]])],
    ["Map with objects as keys", new Map([[{ id: 1 }, [1]], [{ id: 1 }, [2]]])],
    ["Set", new Set<unknown>([1, "1", undefined, Number.NaN, new Set([0n])])],
    ["BigInt", [0n, 1n, -1n, 2n ** 200n, -(2n ** 64n)]],
    ["Uint8Array", new Uint8Array([0, 127, 128, 255])],
    ["long Uint8Array", Uint8Array.from({ length: 100_000 }, (_, index) => index % 251)],
    ["NaN, infinities, negative zero", [Number.NaN, Infinity, -Infinity, -0, 0]],
    ["undefined in arrays", [undefined, 1, undefined]],
    ["holes", [, 1, , undefined, ,]], // oxlint-disable-line no-sparse-arrays
    ["only holes", new Array<unknown>(3)],
    ["lone surrogates", ["\ud800", "\udfff"]],
    ["things that look like tags", [{ "~d": 5 }, { "~x": "nan" }, { "~~d": 5 }, { "~": [] }, { "~d": 5, a: 1 }, { "~m": new Map([[{ "~s": 1 }, 2]]) }]],
    ["text that looks like tagged text", "~[[],{}]"],
    ["dates deep inside", { a: [{ b: new Map([["c", { d: new Date(5) }]]) }] }],
    ["numbers at the edges", [Number.MAX_VALUE, Number.MIN_VALUE, Number.MAX_SAFE_INTEGER, 0.1 + 0.2]],
  ];
  for (const [name, value] of cases) it(name, () => comesBack(value));

  it("a Buffer comes back as a Uint8Array", () => {
    const back = roundTrip({ bytes: Buffer.from("abc") }).values["bytes"];
    assert.equal(Object.getPrototypeOf(back), Uint8Array.prototype);
    assert.deepStrictEqual(back, new Uint8Array([97, 98, 99]));
    assert.equal(Object.getPrototypeOf(jsonCodec.clone(Buffer.from("abc"), "bytes")), Uint8Array.prototype);
  });

  it("a part of a larger buffer is kept alone", () => {
    comesBack(new Uint8Array(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2));
  });

  it("properties that are undefined are left out", () => {
    assert.equal(roundTrip({ a: undefined, b: { c: undefined, d: 1 } }).text, '{"b":{"d":1}}');
    assert.deepStrictEqual(roundTrip({ a: undefined, b: { c: undefined, d: 1n } }).values, { b: { d: 1n } });
    assert.deepStrictEqual(jsonCodec.clone({ c: undefined, d: 1 }, "b"), { d: 1 });
  });

  it("keeps the order of properties", () => {
    const value = { z: 1, "~a": 1n, a: 2, "~": 3 };
    assert.deepEqual(Object.keys(roundTrip({ value }).values["value"] as object), Object.keys(value));
  });
});

describe("plain values are plain JSON", () => {
  it("encode is JSON.stringify and decode is JSON.parse", () => {
    fc.assert(
      fc.property(fc.dictionary(names, plain, { maxKeys: 4, noNullPrototype: true }), (values) => {
        const { text, values: back } = roundTrip(values);
        assert.equal(text, JSON.stringify(values));
        assert.deepStrictEqual(back, JSON.parse(text));
        assert.deepStrictEqual(back, values);
      }),
    );
  });

  it("reading it walks nothing: the parsed object is handed over as it is", (test) => {
    const parsed = { a: { b: 1 } };
    const parse = test.mock.method(JSON, "parse", () => parsed);
    assert.equal(jsonCodec.decode('{"a":{"b":1}}').values, parsed);
    assert.deepEqual(parse.mock.calls[0]?.arguments, ['{"a":{"b":1}}']);
  });

  it("in a tagged text too, keys without tags stay as JSON has them", () => {
    const { text } = roundTrip({ cart: [{ id: 1, "~d": 2 }], at: new Date(5) });
    assert.equal(text, '~[["at"],{"cart":[{"id":1,"~d":2}],"at":{"~d":5}}]');
  });

  it("anything below a plain root is data: text of other programs is read as it is", () => {
    assert.deepStrictEqual(jsonCodec.decode('{"a":{"~d":5}}').values, { a: { "~d": 5 } });
  });
});

describe("snapshots", () => {
  it("differ when the stored form does, and only then", () => {
    fc.assert(
      fc.property(any, any, (a, b) => {
        const same = jsonCodec.encode({ a }, true) === jsonCodec.encode({ a: b }, true);
        assert.equal(jsonCodec.snapshot(a) === jsonCodec.snapshot(b), same);
      }),
      { numRuns: 2000 },
    );
  });

  it("tell values apart that JSON confuses", () => {
    const values: unknown[] = [undefined, null, "", "null", Number.NaN, 0, -0, 0n, "0", {}, [], new Map(), new Set(), new Date(0), new Date(Number.NaN), new Uint8Array(), [undefined], [null], [,], { "~d": 0 }, "~"]; // oxlint-disable-line no-sparse-arrays
    assert.equal(new Set(values.map((value) => jsonCodec.snapshot(value))).size, values.length);
  });

  it("notice a change deep inside", () => {
    const value = { a: [new Map([["k", { n: 1 }]])] };
    const before = jsonCodec.snapshot(value);
    value.a[0]?.set("k", { n: 2 });
    assert.notEqual(jsonCodec.snapshot(value), before);
  });
});

describe("clones", () => {
  it("share nothing with the original", () => {
    const value = { list: [{ n: 1 }], map: new Map([["k", { n: 1 }]]), set: new Set([{ n: 1 }]), at: new Date(5), bytes: new Uint8Array([1]) };
    const copy = jsonCodec.clone(value, "value") as typeof value;
    const before = jsonCodec.snapshot(copy);
    value.list.push({ n: 2 });
    for (const entry of [...value.list, ...value.map.values(), ...value.set]) entry.n = 9;
    value.at.setTime(6);
    value.bytes[0] = 2;
    assert.equal(jsonCodec.snapshot(copy), before);
  });

  it("of a value that stands in two places have two of it", () => {
    const shared = { n: 1 };
    const copy = jsonCodec.clone([shared, shared], "value") as { n: number }[];
    assert.deepStrictEqual(copy, [{ n: 1 }, { n: 1 }]);
    assert.notEqual(copy[0], copy[1]);
  });
});
