import { Keyv } from "keyv";
import session from "express-session";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createStorage } from "unstorage";
import { runStoreCase, storeCases } from "../../../src/conformance/index.ts";
import { ConfigurationError, StoreUnavailable } from "../../../src/errors.ts";
import { isByOwner } from "../../../src/store/capabilities.ts";
import type { SessionStore } from "../../../src/store/store.ts";
import { fromExpressStore, type ConnectStyleStore } from "../../../src/stores/bridges/express-store.ts";
import { keyvStore } from "../../../src/stores/bridges/keyv.ts";
import { unstorageStore, type UnstorageLike } from "../../../src/stores/bridges/unstorage.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { makeRecord } from "../../support/records.ts";

const DAY_MS = 86_400_000;

describe("bridges, what they cannot promise", () => {
  it("all say that they cannot compare or list by owner", () => {
    for (const store of [unstorageStore(createStorage()), keyvStore(new Keyv({ throwOnErrors: true })), fromExpressStore(new session.MemoryStore())]) {
      assert.equal(store.capabilities.compareAndSet, false);
      assert.equal(store.capabilities.durable, false);
      assert.equal(store.capabilities.shared, "process");
      assert.equal(isByOwner(store), false);
    }
  });

  it("ST-15 a driver that is not known to show writes at once says so, until you overrule it", () => {
    const storage = (name: string): UnstorageLike => Object.assign(createStorage(), { getMount: () => ({ driver: { name } }) }) as UnstorageLike;
    assert.equal(unstorageStore(storage("cloudflare-kv-binding")).capabilities.immediate, false);
    assert.equal(unstorageStore(storage("something-new")).capabilities.immediate, false);
    assert.equal(unstorageStore(storage("something-new"), { promises: { immediate: true } }).capabilities.immediate, true);
    assert.deepEqual(unstorageStore(storage("redis")).capabilities, { ...unstorageStore(storage("memory")).capabilities, shared: "network", durable: true });
  });

  it("what you say of the place behind is believed, except that it compares", () => {
    const store = fromExpressStore(new session.MemoryStore(), { promises: { shared: "network", durable: true, mayEvict: true } });
    assert.deepEqual(store.capabilities, { compareAndSet: false, durable: true, shared: "network", ownExpiry: false, immediate: true, mayEvict: true });
  });

  it("refuse odd settings, and a Keyv that hides its failures", () => {
    assert.throws(() => unstorageStore(createStorage(), { prefix: "a/b" }), /unstorageStore\.prefix/);
    assert.throws(() => fromExpressStore(new session.MemoryStore(), { commandTimeoutMs: 0 }), /fromExpressStore\.commandTimeoutMs/);
    assert.throws(() => keyvStore(new Keyv()), (error) => error instanceof ConfigurationError && /throwOnErrors/.test(error.message));
  });
});

describe("CC-01 CC-05 PAIN-01 PAIN-02 bridges, inside one process", () => {
  /** The same store under a bolder name: the cases that need a comparison are then run. */
  const bold = (store: SessionStore): SessionStore =>
    new Proxy(store, {
      get(target, name) {
        if (name === "capabilities") return { ...target.capabilities, compareAndSet: true };
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(target) : value;
      },
    });
  const makers: Record<string, () => SessionStore> = {
    unstorage: () => unstorageStore(createStorage()),
    Keyv: () => keyvStore(new Keyv({ throwOnErrors: true })),
    "express-session's MemoryStore": () => fromExpressStore(new session.MemoryStore()),
  };
  for (const [name, make] of Object.entries(makers)) {
    it(`nothing is lost and nothing comes back over ${name}`, async () => {
      const cases = storeCases.filter((one) => /^(race|update|touch|delete):/.test(one.name));
      assert.ok(cases.length > 15);
      for (const one of cases) assert.deepEqual(await runStoreCase(one, () => ({ store: bold(make()) })), { outcome: "held" }, one.name);
    });
  }
});

describe("bridges, failures", () => {
  const failing = (error: Error): ConnectStyleStore => ({
    get: (_sid, done) => done(error),
    set: (_sid, _session, done) => done?.(error),
    destroy: (_sid, done) => done?.(error),
  });

  it("ST-11 a store that fails on read is an error, never a stranger; before a write it is not sent", async () => {
    const cause = new Error("down");
    const store = fromExpressStore(failing(cause));
    const record = makeRecord();
    for (const call of [store.read(record.id), store.create(record), store.update(record, record.version), store.delete(record.id)]) {
      await assert.rejects(call, (error) => error instanceof StoreUnavailable && error.outcome === "not-sent" && error.cause === cause);
    }
  });

  it("a write that fails may have happened", async () => {
    const store = fromExpressStore({ ...failing(new Error("down")), get: (_sid, done) => done(null) });
    await assert.rejects(store.create(makeRecord()), { outcome: "unknown" });
  });

  it("CC-10 one that never answers fails in time, and the next in turn is not held up for ever", async () => {
    const store = fromExpressStore({ get: () => {}, set: () => {}, destroy: () => {} }, { commandTimeoutMs: 20 });
    const record = makeRecord();
    const answers = await Promise.allSettled([store.update(record, record.version), store.update(record, record.version), store.read(record.id)]);
    for (const answer of answers) assert.ok(answer.status === "rejected" && answer.reason instanceof StoreUnavailable);
  });

  it("a file store's ENOENT is an absent session", async () => {
    const absent = Object.assign(new Error("no such file"), { code: "ENOENT" });
    assert.equal(await fromExpressStore(failing(absent)).read(makeRecord().id), null);
  });

  it("a Keyv that does not store is an error", async () => {
    const keyv = new Keyv({ throwOnErrors: true });
    keyv.set = async () => false;
    await assert.rejects(keyvStore(keyv).create(makeRecord()), { outcome: "unknown" });
  });
});

describe("TM-07 TM-10 bridges, ends", () => {
  it("unstorage gets a time to live that is never short, and none where a timer would overflow", async () => {
    const lives: (number | undefined)[] = [];
    const storage = createStorage();
    const watched = Object.assign(Object.create(storage) as UnstorageLike, {
      setItem: async (_key: string, _value: never, options?: { ttl?: number }) => {
        lives.push(options?.ttl);
      },
    });
    const store = unstorageStore(watched);
    const now = Date.now();
    for (const life of [1, 999, 1000, 1001, 20 * DAY_MS, 25 * DAY_MS, 365 * DAY_MS]) await store.create(makeRecord({ expiresAt: now + life }, now), { now });
    assert.deepEqual(lives, [2, 2, 2, 3, 20 * 86_400 + 1, undefined, undefined]);
  });

  it("express stores get a cookie that ends no earlier than the record, by the machine's clock", async () => {
    const saved: { cookie: { expires: Date; originalMaxAge: number } }[] = [];
    const connectStore: ConnectStyleStore = {
      get: (_sid, done) => done(null),
      set: (_sid, value, done) => {
        saved.push(value);
        done?.();
      },
      destroy: (_sid, done) => done?.(),
    };
    const clock = new FakeClock();
    await fromExpressStore(connectStore, { clock }).create(makeRecord({ expiresAt: clock.now() + 5000 }, clock.now()));
    const [{ cookie }] = saved as [(typeof saved)[number]];
    const left = cookie.expires.getTime() - Date.now();
    assert.ok(left > 5000 && left <= 6000, `${left} ms`);
    assert.equal(cookie.originalMaxAge, 6000);
  });
});
