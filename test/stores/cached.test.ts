import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { runStoreCases } from "../../src/conformance/index.ts";
import { ConfigurationError, StoreUnavailable } from "../../src/errors.ts";
import { isByOwner, isMigratable, isScannable, isSweepable } from "../../src/store/capabilities.ts";
import type { SessionStore, StoreCapabilities } from "../../src/store/store.ts";
import { cachedStore } from "../../src/stores/cached.ts";
import { Fence } from "../../src/stores/cached/fence.ts";
import { memoryStore } from "../../src/stores/memory.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { makeRecord } from "../support/records.ts";

/** A store whose calls are counted, and fail when they are told to. */
function watched(store: SessionStore, capabilities?: Partial<StoreCapabilities>): { store: SessionStore; asked: string[]; fail: (mode: "refuse" | "hang" | undefined) => void } {
  const asked: string[] = [];
  let mode: "refuse" | "hang" | undefined;
  const proxy = new Proxy(store, {
    get(target, name) {
      if (name === "capabilities") return { ...target.capabilities, ...capabilities };
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]): Promise<unknown> => {
        asked.push(args[0] === Fence.id ? "fence" : String(name));
        if (mode === "refuse") throw new StoreUnavailable("answer", "not-sent");
        if (mode === "hang") return new Promise(() => {});
        return (value as (...all: unknown[]) => unknown).apply(target, args);
      };
    },
  });
  return {
    store: proxy,
    asked,
    fail: (next) => {
      mode = next;
    },
  };
}

const count = ({ asked }: { asked: string[] }): string => asked.splice(0).join(" ");

function pair(): { clock: FakeClock; cache: ReturnType<typeof watched>; store: ReturnType<typeof watched>; node: () => SessionStore } {
  const clock = new FakeClock();
  const [cache, store] = [watched(memoryStore({ clock })), watched(memoryStore({ clock }))];
  return { clock, cache, store, node: () => cachedStore(cache.store, store.store, { clock, cacheTimeoutMs: 20 }) };
}

runStoreCases(
  () => {
    const [cache, store] = [memoryStore(), memoryStore()];
    return { store: cachedStore(cache, store), otherStore: cachedStore(cache, store) };
  },
  { name: "store contract: memory in front of memory", test, describe },
);

describe("cachedStore, settings", () => {
  const named = (capabilities: Partial<StoreCapabilities>): SessionStore => watched(memoryStore(), capabilities).store;

  it("LC-15 refuses a cache that reaches less far than the store: other nodes could not empty it", () => {
    for (const [cache, store] of [
      ["process", "machine"],
      ["process", "network"],
      ["machine", "network"],
    ] as const) {
      assert.throws(() => cachedStore(named({ shared: cache }), named({ shared: store })), (error) => error instanceof ConfigurationError && /other nodes/.test(error.message));
      assert.ok(cachedStore(named({ shared: store }), named({ shared: cache })));
    }
  });

  it("refuses caches that cannot compare, or show writes late, and the same store twice", () => {
    assert.throws(() => cachedStore(named({ compareAndSet: false }), memoryStore()), /cannot compare and set/);
    assert.throws(() => cachedStore(named({ immediate: false }), memoryStore()), /shows writes late/);
    const one = memoryStore();
    assert.throws(() => cachedStore(one, one), /the same/);
  });

  it("refuses odd numbers, by name", () => {
    for (const option of ["maxAgeSeconds", "cacheTimeoutMs", "checkEveryMs"]) {
      for (const value of [0, -1, 1.5, Number.NaN, 2 ** 40]) assert.throws(() => cachedStore(memoryStore(), memoryStore(), { [option]: value }), new RegExp(`cachedStore\\.${option}`));
    }
  });

  it("promises what the store promises, and has the methods that the store has", () => {
    const plain: SessionStore = Object.assign(Object.create(null), { name: "plain", capabilities: memoryStore().capabilities });
    const bare = cachedStore(memoryStore(), plain);
    for (const has of [isByOwner, isSweepable, isScannable, isMigratable]) assert.equal(has(bare), false);
    const full = cachedStore(memoryStore(), memoryStore());
    for (const has of [isByOwner, isSweepable, isScannable]) assert.equal(has(full), true);
    assert.equal(full.name, "cached(memory, memory)");
    assert.deepEqual(full.capabilities, memoryStore().capabilities);
  });
});

describe("cachedStore, round trips", () => {
  it("a read that hits asks the cache once and the store not at all; the store is looked at once a second", async () => {
    const { clock, cache, store, node } = pair();
    const one = node();
    const record = makeRecord({ owner: "ann" }, clock.now());
    await one.create(record);
    assert.deepEqual([count(cache), count(store)], ["", "create"]);
    assert.deepEqual(await one.read(record.id), record);
    assert.deepEqual([count(cache), count(store)], ["read create update", "fence read"]);
    assert.deepEqual(await one.read(record.id), record);
    assert.deepEqual([count(cache), count(store)], ["read", ""]);
    clock.advance(1000);
    assert.deepEqual(await one.read(record.id), record);
    assert.deepEqual([count(cache), count(store)], ["read", "fence"]);
    const next = { ...record, version: "two", data: "two" };
    await one.update(next, record.version);
    assert.deepEqual([count(cache), count(store)], ["update", "update"]);
    assert.deepEqual(await node().read(record.id), next);
    assert.deepEqual([count(cache), count(store)], ["read", "fence"]);
    await one.delete(record.id);
    assert.deepEqual([count(cache), count(store)], ["delete", "delete"]);
  });

  it("a touch goes to the store and takes the copy away, so that no node reads the old times", async () => {
    const { clock, cache, store, node } = pair();
    const one = node();
    const record = makeRecord({}, clock.now());
    await one.create(record);
    await one.read(record.id);
    clock.advance(999);
    count(cache);
    count(store);
    const times = { lastSeenAt: clock.now(), expiresAt: clock.now() + 3_600_000 };
    assert.equal(await one.touch(record.id, record.version, times.lastSeenAt, times.expiresAt), true);
    assert.deepEqual([count(cache), count(store)], ["delete", "touch"]);
    assert.deepEqual(await node().read(record.id), { ...record, ...times });
    assert.deepEqual([count(cache), count(store)], ["read create update", "fence read"]);
  });

  it("a copy ends after maxAgeSeconds, and with its record", async () => {
    const { clock, store, node } = pair();
    const one = node();
    const record = makeRecord({}, clock.now());
    await one.create(record);
    await one.read(record.id);
    clock.advance(30_000);
    count(store);
    assert.deepEqual(await one.read(record.id), record);
    assert.equal(count(store), "fence read");
    const short = makeRecord({ expiresAt: clock.now() + 5 }, clock.now());
    await one.create(short);
    assert.deepEqual(await one.read(short.id), short);
    clock.advance(5);
    assert.equal(await one.read(short.id), null);
  });
});

describe("ST-13 LC-15 cachedStore, endings", () => {
  it("a session that one node ends is dead on the other at once", async () => {
    const { clock, node } = pair();
    const [one, other] = [node(), node()];
    const record = makeRecord({}, clock.now());
    await one.create(record);
    assert.deepEqual(await other.read(record.id), record);
    await one.delete(record.id);
    assert.equal(await other.read(record.id), null);
  });

  it("CVE-2015-3982 a deletion reaches both, also when one of them lacks the record", async () => {
    const { clock, cache, store, node } = pair();
    const one = node();
    const record = makeRecord({}, clock.now());
    await one.create(record);
    await one.read(record.id);
    await store.store.delete(record.id);
    assert.equal(await one.delete(record.id), "gone");
    assert.equal(await one.read(record.id), null);
    await one.create(record);
    await one.read(record.id);
    await cache.store.delete(record.id);
    assert.equal(await one.delete(record.id), "deleted");
    assert.equal(await store.store.read(record.id), null);
    assert.equal(await one.read(record.id), null);
  });

  it("all sessions of a user end on every node", async () => {
    const clock = new FakeClock();
    const [cache, store] = [memoryStore({ clock }), memoryStore({ clock })];
    const [one, other] = [cachedStore(cache, store, { clock }), cachedStore(cache, store, { clock })];
    const records = Array.from({ length: 5 }, () => makeRecord({ owner: "ann" }, clock.now()));
    for (const record of records) {
      await one.create(record);
      await other.read(record.id);
    }
    const kept = records[2]?.id as string;
    assert.equal(await one.deleteByOwner("ann", { exceptId: kept }), 4);
    for (const { id } of records) assert.equal((await other.read(id)) !== null, id === kept);
  });

  for (const mode of ["refuse", "hang"] as const) {
    it(`PAIN-11 CC-10 a cache that ${mode === "hang" ? "hangs" : "fails"} fails no request, and what ends meanwhile is dead everywhere, also when the cache is back`, async () => {
      const { clock, cache, node } = pair();
      const [one, other] = [node(), node()];
      const [ended, changed, kept] = [makeRecord({}, clock.now()), makeRecord({}, clock.now()), makeRecord({}, clock.now())];
      for (const record of [ended, changed, kept]) {
        await one.create(record);
        await other.read(record.id);
      }
      cache.fail(mode);
      assert.deepEqual(await one.read(kept.id), kept);
      assert.equal(await one.delete(ended.id), "deleted");
      const next = { ...changed, version: "two" };
      assert.deepEqual(await one.update(next, changed.version), { outcome: "updated" });
      assert.equal(await one.create(makeRecord({}, clock.now())), true);
      cache.fail(undefined);
      assert.equal(await other.read(ended.id), null, "the other node serves its copy");
      assert.deepEqual(await other.read(changed.id), next, "the other node serves the old version");
      assert.deepEqual(await other.read(kept.id), kept);
      clock.advance(200_000);
      count(cache);
      assert.equal(await other.read(ended.id), null);
      assert.deepEqual(await other.read(kept.id), kept);
      assert.match(count(cache), /read create/, "the cache is used again");
    });
  }

  it("during an outage only the first ending waits, for about a second", async () => {
    const { clock, cache, node } = pair();
    const one = node();
    const records = Array.from({ length: 20 }, () => makeRecord({}, clock.now()));
    for (const record of records) await one.create(record);
    cache.fail("refuse");
    await one.delete(records[0]?.id as string);
    assert.equal(clock.waitedMs, 1100);
    for (const { id } of records.slice(1)) await one.delete(id);
    assert.equal(clock.waitedMs, 1100);
  });

  it("cache and store both fail: the ending is not acknowledged, and this node distrusts the cache from then on", async () => {
    const { clock, cache, store, node } = pair();
    const one = node();
    const record = makeRecord({}, clock.now());
    await one.create(record);
    await one.read(record.id);
    cache.fail("refuse");
    const real = store.store.delete.bind(store.store);
    const failing: SessionStore = {
      ...proxyOf(store.store),
      delete: async (...args) => {
        const outcome = await real(...args);
        store.fail("refuse");
        return outcome;
      },
    };
    const dying = cachedStore(cache.store, failing, { clock, cacheTimeoutMs: 20 });
    await assert.rejects(dying.delete(record.id), StoreUnavailable);
    store.fail(undefined);
    cache.fail(undefined);
    assert.equal(await dying.read(record.id), null);
  });

  it("a write whose answer was lost removes the copy and still fails", async () => {
    const { clock, cache, store } = pair();
    const record = makeRecord({}, clock.now());
    const lost = cachedStore(cache.store, { ...proxyOf(store.store), update: async () => Promise.reject(new StoreUnavailable("update", "unknown")) }, { clock });
    await lost.create(record);
    await lost.read(record.id);
    count(cache);
    await assert.rejects(lost.update({ ...record, version: "two" }, record.version), { outcome: "unknown" });
    assert.equal(count(cache), "delete");
  });

  it("ST-11 a store that fails is an error for what the cache does not hold, never a stranger", async () => {
    const { clock, store, node } = pair();
    const one = node();
    const record = makeRecord({}, clock.now());
    await one.create(record);
    store.fail("refuse");
    await assert.rejects(one.read(record.id), StoreUnavailable);
    store.fail(undefined);
    assert.deepEqual(await one.read(record.id), record);
    store.fail("refuse");
    assert.deepEqual(await one.read(record.id), record, "a copy, for the rest of the second");
    clock.advance(1000);
    await assert.rejects(one.read(record.id), StoreUnavailable, "nobody can say any more whether it may be trusted");
  });

  it("the fence is not shown by a walk over the store", async () => {
    const clock = new FakeClock();
    const broken = watched(memoryStore({ clock }));
    const durable = memoryStore({ clock });
    const one = cachedStore(broken.store, durable, { clock });
    const record = makeRecord({}, clock.now());
    await one.create(record);
    broken.fail("refuse");
    await one.delete(record.id);
    assert.ok(await durable.read(Fence.id));
    assert.deepEqual((await one.scan(null, 10)).records, []);
    clock.advance(200_000);
    assert.equal(await one.sweep(10), 1);
  });
});

/** The methods of a store as plain properties, so that one of them can be replaced. */
function proxyOf(store: SessionStore): SessionStore {
  return {
    name: store.name,
    capabilities: store.capabilities,
    read: (...args) => store.read(...args),
    create: (...args) => store.create(...args),
    update: (...args) => store.update(...args),
    touch: (...args) => store.touch(...args),
    delete: (...args) => store.delete(...args),
  };
}
