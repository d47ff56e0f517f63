import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { jsonCodec } from "../../src/codec/json.ts";
import { UnsupportedValue } from "../../src/errors.ts";

function refuses(value: unknown, path: string, message: RegExp = /./): void {
  const check = (error: unknown): boolean => {
    assert.ok(error instanceof UnsupportedValue, `${String(error)} instead of UnsupportedValue`);
    assert.equal(error.code, "COAT_UNSUPPORTED_VALUE");
    assert.equal(error.path, path);
    assert.ok(error.message.startsWith(`${path}: `));
    assert.match(error.message, message);
    return true;
  };
  assert.throws(() => jsonCodec.inspect(value, "cart"), check);
  assert.throws(() => jsonCodec.clone(value, "cart"), check);
  assert.throws(() => jsonCodec.encode({ cart: value }, true), check);
  assert.throws(() => jsonCodec.snapshot(value), UnsupportedValue);
}

class Print {
  size = "A4";
}

describe("ST-02 what is not data is refused when it is saved", () => {
  it("functions and symbols, with the way to them", () => {
    refuses(() => 1, "cart", /function/);
    refuses(Symbol("s"), "cart", /symbol/);
    refuses({ items: [0, 1, { print: () => 1 }] }, "cart.items[2].print", /function/);
    refuses({ "odd key": { 1: Symbol("s") } }, 'cart["odd key"]["1"]', /symbol/);
    refuses(new Map([["a", { b: () => 1 }]]), "cart.entry(0).value.b");
    refuses(new Map([[() => 1, 1]]), "cart.entry(0).key");
    refuses([new Set([1, () => 1])], "cart[0].item(1)");
  });

  it("instances of classes, by the name of the class", () => {
    refuses({ print: new Print() }, "cart.print", /an instance of Print/);
    refuses(new (class extends Date {})(), "cart");
    refuses(new (class Cart extends Map {})(), "cart", /an instance of Cart/);
    refuses([new (class Tags extends Array {})()], "cart[0]", /an instance of Tags/);
    refuses(Object.create({ inherited: 1 }), "cart");
  });

  const builtIns: [string, unknown][] = [
    ["RegExp", /x/],
    ["Error", new Error("x")],
    ["URL", new URL("http://a.example")],
    ["Promise", Promise.resolve(1)],
    ["WeakMap", new WeakMap()],
    ["ArrayBuffer", new ArrayBuffer(1)],
    ["DataView", new DataView(new ArrayBuffer(1))],
    ["Float64Array", new Float64Array(1)],
    ["Uint8ClampedArray", new Uint8ClampedArray(1)],
    ["String", Object("x")],
    ["Number", Object(1)],
    ["BigInt", Object(1n)],
  ];
  for (const [name, value] of builtIns) it(name, () => refuses({ thing: value }, "cart.thing", new RegExp(name)));

  it("objects that only pretend to be a Date, Map, Set or bytes", () => {
    for (const prototype of [Date.prototype, Map.prototype, Set.prototype, Uint8Array.prototype, Array.prototype]) refuses([Object.create(prototype)], "cart[0]");
    refuses(Object.setPrototypeOf([1], Object.prototype), "cart");
  });

  it("objects of another realm", () => refuses({ alien: runInNewContext("new Map()") }, "cart.alien", /an instance of Map/));

  it("symbol keys and properties that would be lost", () => {
    refuses({ a: { [Symbol("s")]: 1 } }, "cart.a", /symbol/);
    refuses([Object.assign([1], { index: 0 })], "cart[0]", /properties besides its elements/);
    refuses(["abc".match(/b/)], "cart[0]", /properties besides its elements/);
    refuses([Object.assign([, 1], { extra: 0 })], "cart[0]", /properties besides its elements/); // oxlint-disable-line no-sparse-arrays
    refuses(Object.assign(new Map(), { extra: 1 }), "cart", /properties besides its content/);
    refuses(Object.assign(new Date(5), { extra: 1 }), "cart", /properties besides its content/);
  });

  it("cycles", () => {
    const object: Record<string, unknown> = { a: [1] };
    object["self"] = object;
    refuses(object, "cart.self", /contains itself/);
    const list: unknown[] = [];
    list.push({ list });
    refuses(list, "cart[0].list", /contains itself/);
    const map = new Map<string, unknown>();
    map.set("m", new Set([map]));
    refuses(map, "cart.entry(0).value.item(0)", /contains itself/);
  });

  it("a cycle that branches is found at once", () => {
    const object: Record<string, unknown> = {};
    for (let index = 0; index < 50; index++) object[`key${index}`] = object;
    refuses(object, "cart.key0", /contains itself/);
  });

  it("depth over 512", () => {
    const nest = (levels: number): unknown => {
      let value: unknown = 1;
      for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
      return value;
    };
    assert.equal(jsonCodec.inspect(nest(512), "cart"), "plain");
    assert.deepStrictEqual(jsonCodec.clone(nest(512), "cart"), nest(512));
    assert.deepStrictEqual(jsonCodec.decode(jsonCodec.encode({ cart: nest(512), at: 1n }, true)).values, { cart: nest(512), at: 1n });
    assert.throws(() => jsonCodec.inspect(nest(513), "cart"), /nested more than 512 levels/);
    assert.throws(() => jsonCodec.inspect(nest(200_000), "cart"), UnsupportedValue);
    assert.throws(() => jsonCodec.encode({ cart: nest(200_000) }, false), UnsupportedValue);
  });

  it("more values than anybody keeps, although few objects make them", () => {
    let value: unknown[] = [1];
    for (let level = 0; level < 60; level++) value = [value, value];
    assert.throws(() => jsonCodec.inspect(value, "cart"), /holds more than/);
    const sparse: unknown[] = [];
    sparse[4_000_000_000] = 1;
    assert.throws(() => jsonCodec.inspect(sparse, "cart"), /holds more than/);
  });

  it("an object whose getter or trap throws", () => {
    const secret = new Error("secret");
    const angry = {
      get boom(): never {
        throw secret;
      },
    };
    refuses({ list: [1], angry }, "cart.angry", /cannot be read/);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    refuses({ proxy }, "cart.proxy", /cannot be read/);
    assert.throws(() => jsonCodec.inspect(angry, "cart"), (error: unknown) => error instanceof Error && !error.message.includes("secret"));
  });

  it("BigInt and cycles that were not announced as tagged are an error and not a crash", () => {
    assert.throws(() => jsonCodec.encode({ a: 1n }, false), UnsupportedValue);
  });

  it("a message never holds a value", () => {
    for (const value of [{ a: "hunter2", b: () => "hunter2" }, new Map([["x", new (class extends Map<string, number> {})([["hunter2", 1]])]]), Symbol("hunter2"), Object.assign(["hunter2"], { extra: "hunter2" })]) {
      assert.throws(() => jsonCodec.inspect(value, "cart"), (error: unknown) => error instanceof UnsupportedValue && !error.message.includes("hunter2"));
    }
  });
});

describe("what the session asks about most costs nothing", () => {
  it("primitives", () => {
    for (const value of ["text", 1, 0, true, null, undefined]) assert.equal(jsonCodec.inspect(value, "key"), "plain");
    for (const value of [1n, Number.NaN, Infinity, -0]) assert.equal(jsonCodec.inspect(value, "key"), "tagged");
    for (const value of ["text", 1, true, null, undefined, 1n, Number.NaN]) assert.equal(jsonCodec.clone(value, "key"), value);
  });
});
