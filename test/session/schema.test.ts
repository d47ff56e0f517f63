import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, it } from "node:test";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { ConfigurationError, createCoatcheck, defineSessionSchema, jsonCodec, SessionValueRejected, type SessionSchemaOption, type StandardSchemaV1 } from "coatcheck";
import { memoryStore, type MemoryStore } from "coatcheck/memory";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

interface Deployed {
  readonly visitor: Visitor;
  readonly log: string[];
  /** What is stored for the only session. */
  stored(): Promise<Record<string, unknown> | null>;
  /** The same store and browser with another release of the application. */
  deploy(schema: SessionSchemaOption | undefined): Deployed;
}

function deploy(schema: SessionSchemaOption | undefined, store: MemoryStore = memoryStore(), clock = new FakeClock(), before?: Visitor): Deployed {
  const log: string[] = [];
  const cloakroom = createCoatcheck<AnyData>({ store, clock, production: false, log: (sentence) => void log.push(sentence), session: { schema } });
  const visitor = new Visitor(cloakroom, "https://shop.example/", before?.jar);
  return {
    visitor,
    log,
    stored: async () => {
      const [record] = (await store.scan(null, 1, { now: clock.now() })).records;
      return record === undefined ? null : jsonCodec.decode(record.data).values;
    },
    deploy: (next) => deploy(next, store, clock, visitor),
  };
}

async function listen<T>(work: () => Promise<T>): Promise<{ events: Record<string, unknown>[]; result: T }> {
  const events: Record<string, unknown>[] = [];
  const hear = (event: unknown): void => void events.push(event as Record<string, unknown>);
  subscribe("coatcheck:schema.mismatch", hear);
  try {
    return { result: await work(), events };
  } finally {
    unsubscribe("coatcheck:schema.mismatch", hear);
  }
}

/** One shape in three libraries, loose about keys that it does not name, and strict. */
const libraries: Readonly<Record<string, { readonly loose: StandardSchemaV1<unknown, unknown>; readonly strict: StandardSchemaV1<unknown, unknown> }>> = {
  zod: {
    loose: z.object({ name: z.string(), cart: z.array(z.object({ id: z.string(), count: z.number() })) }),
    strict: z.strictObject({ name: z.string(), cart: z.array(z.object({ id: z.string(), count: z.number() })) }),
  },
  valibot: {
    loose: v.object({ name: v.string(), cart: v.array(v.object({ id: v.string(), count: v.number() })) }),
    strict: v.strictObject({ name: v.string(), cart: v.array(v.object({ id: v.string(), count: v.number() })) }),
  },
  arktype: {
    loose: type({ name: "string", cart: type({ id: "string", count: "number" }).array() }),
    strict: type({ "+": "reject", name: "string", cart: type({ id: "string", count: "number" }).array() }),
  },
};

for (const [library, { loose, strict }] of Object.entries(libraries)) {
  describe(`session.schema in ${library}`, () => {
    it("takes what fits, key by key: a session never has to be whole", async () => {
      const { visitor, stored } = deploy(loose);
      await visitor.run(({ session }) => session.set("name", "Ada"));
      await visitor.run(({ session }) => session.set("cart", [{ id: "a", count: 1 }]));
      await visitor.run(({ session }) => session.change("cart", (cart) => [...(cart as object[]), { id: "b", count: 2 }]));
      assert.deepEqual(await stored(), { name: "Ada", cart: [{ id: "a", count: 1 }, { id: "b", count: 2 }] });
    });

    it("refuses what does not fit, says where, and never what it was", async () => {
      const { visitor, stored } = deploy(loose);
      await visitor.run(({ session }) => session.set("name", "Ada"));
      const attempts: Readonly<Record<string, (session: Parameters<Parameters<typeof visitor.run>[0]>[0]["session"]) => unknown>> = {
        set: (session) => session.set("cart", [{ id: "a", count: "do-not-tell" }]),
        change: (session) => session.change("cart", () => [{ id: "a", count: "do-not-tell" }]),
        setDefault: (session) => session.setDefault("cart", [{ id: "a", count: "do-not-tell" }]),
        assign: (session) => session.assign({ cart: [{ id: "a", count: "do-not-tell" }] }),
        data: (session) => {
          session.data["cart"] = [{ id: "a", count: "do-not-tell" }];
        },
      };
      for (const [how, attempt] of Object.entries(attempts)) {
        const { error } = await visitor.visit(({ session }) => attempt(session));
        assert.ok(error instanceof SessionValueRejected, `${how}: ${String(error)}`);
        assert.equal(error.code, "COAT_VALUE_REJECTED");
        assert.equal(error.key, "cart");
        assert.deepEqual(error.places, ["cart[0].count"]);
        assert.ok(error.message.includes('"cart"') && error.message.includes("cart[0].count"), error.message);
        assert.ok(!error.message.includes("do-not-tell"));
      }
      assert.deepEqual(await stored(), { name: "Ada" });
    });

    it("an edit in place that does not fit fails the commit, and nothing of it is stored", async () => {
      const { visitor, stored } = deploy(loose);
      await visitor.run(({ session }) => session.set("cart", [{ id: "a", count: 1 }]));
      const { error } = await visitor.visit(({ session }) => {
        (session.get("cart") as { count: unknown }[])[0]!.count = "many";
      });
      assert.ok(error instanceof SessionValueRejected, String(error));
      assert.deepEqual(await stored(), { cart: [{ id: "a", count: 1 }] });
    });

    it("keys that it does not name are its business only when it is strict", async () => {
      const { visitor } = deploy(loose);
      await visitor.run(({ session }) => session.set("theme", "dark"));
      assert.equal(await visitor.run(({ session }) => session.get("theme")), "dark");
      const { error } = await deploy(strict).visitor.visit(({ session }) => session.set("theme", "dark"));
      assert.ok(error instanceof SessionValueRejected && error.key === "theme", String(error));
    });

    it("what was stored before and does not fit reads as absent, lies aside, is told by name, and the rest stays", async () => {
      const old = deploy(undefined);
      await old.visitor.run(({ session }) => session.assign({ name: "Ada", cart: ["do-not-tell"] }));
      const { visitor, stored, log } = old.deploy(loose);
      const { events, result } = await listen(() => visitor.run(({ session }) => [session.get("name"), session.get("cart"), session.has("cart"), session.keys()]));
      assert.deepEqual(result, ["Ada", undefined, false, ["name"]]);
      assert.deepEqual(events.map(({ id: _, ...event }) => event), [{ keys: ["cart"], dropped: [], from: 1, to: 1, upgradeFailed: false }]);
      assert.ok(log.some((line) => line.includes("[schema-mismatch]") && line.includes("cart")), log.join("\n"));
      assert.ok(!JSON.stringify([events, log]).includes("do-not-tell"));
      assert.deepEqual(await stored(), { name: "Ada", cart: ["do-not-tell"] }, "looking writes nothing");
      await visitor.run(({ session }) => session.set("name", "Grace"));
      assert.deepEqual(await stored(), { name: "Grace", _aside: { cart: ["do-not-tell"] } });
    });

    it("what lies aside comes back when it fits again, and goes when its key is set, deleted or cleared", async () => {
      const aside = async (): Promise<Deployed> => {
        const old = deploy(undefined);
        await old.visitor.run(({ session }) => session.assign({ name: "Ada", cart: ["a"] }));
        const next = old.deploy(loose);
        await next.visitor.run(({ session }) => session.set("name", "Grace"));
        return next;
      };
      const loosened = (await aside()).deploy(z.object({ name: z.string(), cart: z.array(z.string()) }));
      assert.deepEqual(await loosened.visitor.run(({ session }) => session.get("cart")), ["a"]);
      await loosened.visitor.run(({ session }) => session.set("name", "Alan"));
      assert.deepEqual(await loosened.stored(), { name: "Alan", cart: ["a"] });
      const set = await aside();
      await set.visitor.run(({ session }) => session.set("cart", []));
      assert.deepEqual(await set.stored(), { name: "Grace", cart: [] });
      const cleared = await aside();
      await cleared.visitor.run(({ session }) => session.clear());
      assert.equal(await cleared.stored(), null, "an emptied session is deleted, what lies aside with it");
    });
  });
}

describe("session.schema with versions", () => {
  const second = defineSessionSchema({
    version: 2,
    schema: z.object({ basket: z.array(z.string()), visits: z.number() }),
    upgrades: { 1: ({ cart, ...rest }) => ({ ...rest, basket: cart }) },
  });
  const third = defineSessionSchema({
    version: 3,
    schema: z.object({ basket: z.array(z.object({ id: z.string(), since: z.date() })), visits: z.number() }),
    upgrades: { ...second.upgrades, 2: ({ basket, ...rest }) => ({ ...rest, basket: (basket as string[] | undefined)?.map((id) => ({ id, since: new Date(0) })) }) },
  });

  async function firstRelease(): Promise<Deployed> {
    const first = deploy(z.object({ cart: z.array(z.string()), visits: z.number() }));
    await first.visitor.run(({ session }) => session.assign({ cart: ["a"], visits: 3 }));
    assert.deepEqual(await first.stored(), { cart: ["a"], visits: 3 }, "the first version needs no mark");
    return first;
  }

  it("PAIN-12 upgrades older data when it is looked at, over several versions, and stores it with the next write", async () => {
    const { visitor, stored, log } = (await firstRelease()).deploy(third);
    assert.deepEqual(await visitor.run(({ session }) => [session.get("basket"), session.keys()]), [[{ id: "a", since: new Date(0) }], ["visits", "basket"]]);
    assert.deepEqual(await stored(), { cart: ["a"], visits: 3 });
    await visitor.run(({ session }) => session.set("visits", 4));
    assert.deepEqual(await stored(), { visits: 4, basket: [{ id: "a", since: new Date(0) }], _schema: 3 });
    assert.deepEqual(await visitor.run(({ session }) => session.get("basket")), [{ id: "a", since: new Date(0) }]);
    assert.deepEqual(log, []);
  });

  it("administration sees what a request would see", async () => {
    const { visitor } = (await firstRelease()).deploy(second);
    const [seen] = await visitor.cloakroom.sessions.list();
    assert.deepEqual(seen?.values, { visits: 3, basket: ["a"] });
  });

  it("an object of the upgraded data that is handed out and changed is stored", async () => {
    const { visitor, stored } = (await firstRelease()).deploy(second);
    await visitor.run(({ session }) => (session.get("basket") as string[]).push("b"));
    assert.deepEqual(await stored(), { visits: 3, basket: ["a", "b"], _schema: 2 });
  });

  it("two requests at once on data that is to be upgraded: both changes stay", async () => {
    const { visitor, stored } = (await firstRelease()).deploy(second);
    await visitor.run(async ({ session }) => {
      session.change("visits", (visits) => (visits as number) + 1);
      await visitor.run((other) => other.session.change("basket", (basket) => [...(basket as string[]), "b"]));
    });
    assert.deepEqual(await stored(), { visits: 4, basket: ["a", "b"], _schema: 2 });
  });

  it("a session whose keys are all deleted goes, whatever its version", async () => {
    const { visitor, stored } = (await firstRelease()).deploy(second);
    await visitor.run(({ session }) => session.set("visits", 4));
    await visitor.run(({ session }) => [session.delete("visits"), session.delete("basket")]);
    assert.equal(await stored(), null);
  });

  it("keys of Coatcheck's own reach neither the schema nor the upgrades", async () => {
    const old = await firstRelease();
    await old.visitor.run(({ session }) => session.setTestCookie());
    const seen: string[][] = [];
    const schema = defineSessionSchema({
      version: 2,
      schema: z.strictObject({ cart: z.array(z.string()), visits: z.number() }),
      upgrades: { 1: (data) => (seen.push(Object.keys(data)), { ...data, _auth: "mallory" }) },
    });
    const { visitor, stored } = old.deploy(schema);
    const { events, result } = await listen(() => visitor.run(({ session }) => (session.set("visits", 9), session.testCookieWorked())));
    assert.equal(result, true);
    assert.deepEqual(events, []);
    assert.deepEqual(seen, [["cart", "visits"]]);
    assert.deepEqual(await stored(), { _testcookie: "worked", cart: ["a"], visits: 9, _schema: 2 });
  });

  it("an upgrade that throws, answers later or makes what no session can keep: the data as it is, told, never a crash", async () => {
    const failing: readonly ((old: Readonly<Record<string, unknown>>) => Record<string, unknown>)[] = [
      (old) => {
        (old["cart"] as string[]).length = 0;
        throw new Error("do-not-tell");
      },
      () => Promise.resolve({}) as unknown as Record<string, unknown>,
      () => null as unknown as Record<string, unknown>,
      () => ({ visits: () => 3 }),
    ];
    for (const upgrade of failing) {
      const old = await firstRelease();
      const { visitor, log } = old.deploy(defineSessionSchema({ version: 2, schema: z.object({ cart: z.array(z.string()), visits: z.number() }), upgrades: { 1: upgrade } }));
      const { events, result } = await listen(() => visitor.run(({ session }) => [session.get("cart"), session.get("visits")]));
      assert.deepEqual(result, [["a"], 3]);
      assert.deepEqual(events.map(({ upgradeFailed, from, to }) => [upgradeFailed, from, to]), [[true, 1, 2]]);
      assert.ok(!log.join().includes("do-not-tell"));
    }
  });

  it("an older release beside a newer one: it keeps aside what it does not understand, and the newer one has it back", async () => {
    const first = await firstRelease();
    const newer = first.deploy(third);
    await newer.visitor.run(({ session }) => session.set("visits", 4));
    const older = first.deploy(second);
    assert.equal(await older.visitor.run(({ session }) => session.get("basket")), undefined);
    await older.visitor.run(({ session }) => session.set("visits", 5));
    const stored = await older.stored();
    assert.equal(stored?.["_schema"], 3, "the data does not become older");
    assert.deepEqual(await first.deploy(third).visitor.run(({ session }) => [session.get("visits"), session.get("basket")]), [5, [{ id: "a", since: new Date(0) }]]);
  });

  it("what lies aside is bounded, and what is given up is told", async () => {
    const old = deploy(undefined);
    await old.visitor.run(({ session }) => session.assign({ kept: "a".repeat(40_000), small: "b", large: "c".repeat(40_000) }));
    const { visitor, stored } = old.deploy(z.object({ kept: z.number(), small: z.number(), large: z.number(), other: z.number() }));
    const { events } = await listen(() => visitor.run(({ session }) => session.set("other", 1)));
    assert.deepEqual([events[0]?.["keys"], events[0]?.["dropped"]], [["kept", "small", "large"], ["kept"]]);
    assert.deepEqual(Object.keys((await stored())?.["_aside"] as object), ["small", "large"]);
  });
});

describe("session.schema: what it costs", () => {
  it("a session that nobody touches is neither decoded nor validated", async () => {
    let validated = 0;
    const inner = z.object({ name: z.string() });
    const counting: StandardSchemaV1 = {
      "~standard": { version: 1, vendor: "test", validate: (value) => (validated++, inner["~standard"].validate(value)) as ReturnType<StandardSchemaV1["~standard"]["validate"]> },
    };
    const { visitor } = deploy(counting);
    await visitor.run(({ session }) => session.set("name", "Ada"));
    validated = 0;
    await visitor.run(() => undefined);
    await visitor.run(({ session }) => session.id);
    assert.equal(validated, 0);
    await visitor.run(({ session }) => [session.get("name"), session.get("name"), session.has("name")]);
    assert.equal(validated, 1, "once a request");
  });
});

describe("session.schema: what is refused at start", () => {
  const isRefused =
    (setting: string, words: RegExp) =>
    (error: unknown): boolean => {
      assert.ok(error instanceof ConfigurationError, String(error));
      assert.equal(error.setting, setting);
      assert.match(error.message, words);
      return true;
    };

  it("what is no schema", () => {
    for (const wrong of [null, 7, "zod", {}, { "~standard": { version: 2, validate: () => ({ value: 1 }) } }, { version: 1, schema: {}, upgrades: {} }]) {
      assert.throws(() => deploy(wrong as unknown as SessionSchemaOption), isRefused("session.schema", /Standard Schema/));
    }
  });

  it("a schema that answers later; where that shows only with a value, at the first value", async () => {
    const later: StandardSchemaV1 = { "~standard": { version: 1, vendor: "test", validate: (value) => Promise.resolve({ value }) } };
    assert.throws(() => deploy(later), isRefused("session.schema", /asynchronous/));
    assert.throws(() => deploy(v.pipeAsync(v.objectAsync({}), v.checkAsync(async () => true)) as unknown as SessionSchemaOption), isRefused("session.schema", /asynchronous/));
    const { visitor } = deploy(z.object({ name: z.string().refine(async () => true) }));
    const { error } = await visitor.visit(({ session }) => session.set("name", "Ada"));
    assert.ok(isRefused("session.schema", /asynchronous/)(error));
  });

  it("versions with a gap, a stray upgrade, or no number", () => {
    const schema = z.object({});
    const same = (old: Readonly<Record<string, unknown>>): Record<string, unknown> => ({ ...old });
    assert.throws(() => defineSessionSchema({ version: 3, schema, upgrades: { 1: same } }), isRefused("defineSessionSchema", /upgrades\[2\]/));
    assert.throws(() => defineSessionSchema({ version: 2, schema, upgrades: { 1: same, 2: same } }), isRefused("defineSessionSchema", /upgrades\[2\]/));
    for (const version of [0, -1, 1.5, Number.NaN, "2" as unknown as number]) assert.throws(() => defineSessionSchema({ version, schema }), isRefused("defineSessionSchema", /whole number/));
  });

  it("a validator that throws spoils its own key only", async () => {
    const old = deploy(undefined);
    await old.visitor.run(({ session }) => session.assign({ name: "Ada", cart: [1] }));
    const throwing = z.object({ name: z.string(), cart: z.array(z.number()).refine(() => { throw new Error("do-not-tell"); }) });
    const { events, result } = await listen(() => old.deploy(throwing).visitor.run(({ session }) => [session.get("name"), session.get("cart")]));
    assert.deepEqual(result, ["Ada", undefined]);
    assert.deepEqual(events[0]?.["keys"], ["cart"]);
  });
});
