import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import fc from "fast-check";
import { jsonCodec } from "../../src/codec/json.ts";
import { RecordCorrupt, UnsupportedValue } from "../../src/errors.ts";

function isCorrupt(text: string): void {
  assert.throws(
    () => jsonCodec.decode(text),
    (error: unknown) => {
      assert.ok(error instanceof RecordCorrupt, `${String(error)} instead of RecordCorrupt`);
      assert.equal(error.cause, undefined);
      return true;
    },
  );
}

const tagged = (value: string): string => `~[["a"],{"a":${value}}]`;
const get = (text: string, key = "a"): unknown => jsonCodec.decode(text).values[key];

describe("ST-10 a corrupt text is RecordCorrupt", () => {
  const texts = ["", " ", "null", "1", '"text"', "[]", "[1]", "true", "undefined", "{", '{"a":1', '{"a":1}x', "\ufeff{}", "\0", "~", "~~", "~{}", "~[]", "~[[]]", "~[{},{}]", "~[[],[]]", "~[[],null]", '~[["a"],{}]', '~[["a","a"],{"a":{"~d":1}}]', "~[[1],{}]", '~[["toString"],{}]', '~[["__proto__"],{}]', "~[[],{},1]", "a:1:{}"];
  for (const text of texts) it(JSON.stringify(text), () => isCorrupt(text));

  const contents = ['{"~d":"x"}', '{"~d":1.5}', '{"~d":1e99}', '{"~d":{}}', '{"~n":""}', '{"~n":"0x1"}', '{"~n":"-"}', '{"~n":1}', '{"~n":"1 "}', '{"~b":"*"}', '{"~b":1}', '{"~b":"A"}', '{"~x":"foo"}', '{"~x":{}}', '{"~m":{}}', '{"~m":[1]}', '{"~m":[[1]]}', '{"~m":[[1,2,3]]}', '{"~s":{}}', '{"~q":1}', '{"~":1}', '{"~dd":1}', '{"~d":1,"b":2}', '{"~x":"hole"}', '{"b":{"~x":"hole"}}', '{"~s":[{"~x":"hole"}]}', '{"~m":[[1,{"~x":"hole"}]]}'];
  for (const content of contents) it(`tag ${content}`, () => isCorrupt(tagged(content)));

  it("any text at all is read or corrupt", () => {
    const piece = fc.oneof(fc.constantFrom("~", "[", "]", "{", "}", '"', ":", ",", '"~d"', '"~m"', '"~x"', '"hole"', '"a"', "1", "null"), fc.string({ maxLength: 3 }));
    const texts_ = fc.oneof(fc.string({ unit: "binary" }), fc.json(), fc.json().map((json) => tagged(json)), fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")));
    fc.assert(
      fc.property(texts_, (text) => {
        try {
          const { values } = jsonCodec.decode(text);
          assert.ok(typeof values === "object" && values !== null && !Array.isArray(values));
        } catch (error) {
          assert.ok(error instanceof RecordCorrupt, String(error));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("a good text that was cut or changed is read or corrupt", () => {
    const text = jsonCodec.encode({ at: new Date(5), map: new Map([["k", new Set([1n])]]), list: [, -0], bytes: new Uint8Array([1, 2]), "~": { "~d": 1, b: 1n } }, true); // oxlint-disable-line no-sparse-arrays
    for (let index = 0; index < text.length; index++) {
      for (const changed of [text.slice(0, index), text.slice(0, index) + text.slice(index + 1), `${text.slice(0, index)}~${text.slice(index + 1)}`, `${text.slice(0, index)}{${text.slice(index)}`]) {
        try {
          jsonCodec.decode(changed);
        } catch (error) {
          assert.ok(error instanceof RecordCorrupt, String(error));
        }
      }
    }
  });

  it("the error holds nothing of the text", () => {
    for (const text of ['{"password":"hunter2"', "hunter2", tagged('{"~n":"hunter2"}'), tagged('{"~hunter2":1}'), '~[["hunter2"],{}]']) {
      assert.throws(() => jsonCodec.decode(text), (error: unknown) => error instanceof RecordCorrupt && !`${error.stack}`.replaceAll(import.meta.url, "").includes("hunter2"));
    }
  });
});

describe("DS-08 deep, wide or odd JSON is data or corrupt, never a crash", () => {
  it("100,000 nested arrays", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    const { values } = jsonCodec.decode(`{"a":${deep}}`);
    assert.throws(() => jsonCodec.inspect(values["a"], "a"), UnsupportedValue);
    assert.throws(() => jsonCodec.clone(values["a"], "a"), UnsupportedValue);
    assert.throws(() => jsonCodec.snapshot(values["a"]), UnsupportedValue);
    assert.throws(() => jsonCodec.encode(values, false), UnsupportedValue);
    assert.throws(() => jsonCodec.encode(values, true), UnsupportedValue);
    isCorrupt(tagged(deep));
    isCorrupt(tagged('{"~s":['.repeat(50_000) + "]}".repeat(50_000)));
    isCorrupt(tagged('{"a":'.repeat(50_000) + "1" + "}".repeat(50_000)));
    isCorrupt("[".repeat(100_000));
  });

  it("100,000 keys", () => {
    const wide = `{${Array.from({ length: 100_000 }, (_, index) => `"k${index}":${index}`).join(",")}}`;
    assert.equal(Object.keys(jsonCodec.decode(wide).values).length, 100_000);
    assert.equal(Object.keys(get(tagged(wide)) as object).length, 100_000);
  });

  it("duplicate keys: the last one counts", () => assert.equal(get('{"a":1,"a":2}'), 2));

  it("huge numbers and BigInts", () => {
    assert.equal(get('{"a":1e999}'), Infinity);
    assert.equal(get(`{"a":${"9".repeat(400)}}`), Infinity);
    const start = performance.now();
    assert.equal(typeof get(tagged(`{"~n":"${"f".repeat(1_000_000)}"}`)), "bigint");
    // Decimal digits would take quadratic time.
    assert.ok(performance.now() - start < 2000);
  });

  it("invalid UTF-8 that became replacement characters, and lone surrogates", () => {
    assert.equal(get('{"a":"\ufffd"}'), "\ufffd");
    assert.equal(get('{"a":"\\ud800"}'), "\ud800");
  });
});

describe("DS-07 __proto__, constructor and prototype are data", () => {
  const payloads = ['{"__proto__":{"isAdmin":true}}', '{"constructor":{"prototype":{"isAdmin":true}}}', '{"a":{"__proto__":{"isAdmin":true}}}', '{"a":[{"__proto__":{"isAdmin":true,"__proto__":{"isAdmin":true}}}]}'];

  for (const payload of payloads) {
    for (const text of [payload, `~[[],${payload}]`, `~[${JSON.stringify(Object.keys(JSON.parse(payload) as object))},${payload}]`]) {
      it(text, () => {
        const { values } = jsonCodec.decode(text);
        const copy = jsonCodec.clone(values, "all") as Record<string, unknown>;
        const again = jsonCodec.decode(jsonCodec.encode(values, true)).values;
        for (const each of [values, copy, again]) {
          assert.equal(JSON.stringify(each), payload);
          assert.equal(Object.getPrototypeOf(each), Object.prototype);
          assert.equal(each["isAdmin"], undefined);
        }
        assert.equal(({} as Record<string, unknown>)["isAdmin"], undefined);
      });
    }
  }

  it("also in objects that have to be rebuilt, and beside tags", () => {
    const value = JSON.parse('{"~":1,"__proto__":{"isAdmin":true,"~x":{"__proto__":1}},"constructor":2}') as Record<string, unknown>;
    value["at"] = 1n;
    const back = get(jsonCodec.encode({ a: value }, true)) as Record<string, unknown>;
    assert.deepEqual(Object.keys(back), ["~", "__proto__", "constructor", "at"]);
    assert.equal(Object.getPrototypeOf(back), Object.prototype);
    assert.equal(back["isAdmin"], undefined);
    assert.deepStrictEqual(back, value);
  });

  it("neither loading nor copying calls a setter planted on Object.prototype", () => {
    let called = 0;
    const countCall = (): void => {
      called++;
    };
    Object.defineProperty(Object.prototype, "planted", { configurable: true, get: () => 1, set: countCall });
    try {
      const text = '~[["a"],{"a":{"planted":{"~d":5},"~~":1},"planted":2}]';
      const { values } = jsonCodec.decode(text);
      assert.deepEqual(Object.keys(values["a"] as object), ["planted", "~"]);
      assert.equal(jsonCodec.encode(jsonCodec.clone(values, "all") as Record<string, unknown>, true), text);
    } finally {
      Reflect.deleteProperty(Object.prototype, "planted");
    }
    assert.equal(called, 0);
  });

  it("works with frozen intrinsics", () => {
    const script = `
      const { jsonCodec } = await import(${JSON.stringify(new URL("../../src/codec/json.ts", import.meta.url).href)});
      for (const part of [Object, Array, Map, Set, Date, Uint8Array]) Object.freeze(part.prototype);
      const text = '~[["a"],{"a":{"toString":{"~d":5},"constructor":1,"__proto__":2,"~~":3},"valueOf":[{"toString":1}]}]';
      const { values } = jsonCodec.decode(text);
      console.log(jsonCodec.encode(jsonCodec.clone(values, "all"), true) === text);
    `;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    assert.equal(stdout.trim(), "true", stderr);
  });
});

describe("ST-02 loading never runs code of the application", () => {
  it("toJSON, getters and then are data in a stored text", () => {
    const text = '{"a":{"toJSON":"x","then":"y","get":"z","valueOf":1}}';
    assert.equal(JSON.stringify(jsonCodec.decode(text).values), text);
    assert.equal(jsonCodec.encode(jsonCodec.decode(text).values, true), `~[[],${text}]`);
  });

  it("neither toJSON of the prototypes nor a reviver is called", (test) => {
    const traps = [BigInt.prototype, Date.prototype, Map.prototype].map((prototype) => {
      const original = Object.getOwnPropertyDescriptor(prototype, "toJSON");
      const trap = test.mock.fn(() => "trapped");
      Object.defineProperty(prototype, "toJSON", { value: trap, configurable: true, writable: true });
      return { prototype, original, trap };
    });
    try {
      const values = { a: [1n, new Date(5), new Map([["k", 2n]])] };
      assert.deepStrictEqual(jsonCodec.decode(jsonCodec.encode(values, true)).values, values);
      jsonCodec.snapshot(values);
      jsonCodec.clone(values, "values");
      for (const { trap } of traps) assert.equal(trap.mock.callCount(), 0);
    } finally {
      for (const { prototype, original } of traps) {
        if (original === undefined) Reflect.deleteProperty(prototype, "toJSON");
        else Object.defineProperty(prototype, "toJSON", original);
      }
    }
  });
});

describe("PAIN-42 nothing in a stored text becomes code", () => {
  it("texts that other serializers would run are data or corrupt", () => {
    assert.deepStrictEqual(get('{"a":{"$$type":"Function","rce":"_$$ND_FUNC$$_function(){}()"}}'), { $$type: "Function", rce: "_$$ND_FUNC$$_function(){}()" });
    isCorrupt("gASVCgAAAAAAAACMBnBvc2l4lC4=");
    isCorrupt('O:8:"stdClass":0:{}');
    isCorrupt('{"a":new Date()}');
  });
});
