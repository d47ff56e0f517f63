import assert from "node:assert/strict";
import { after, before, describe, it, test, type TestContext } from "node:test";
import { runStoreCases, type StoreSubject } from "../../src/conformance/index.ts";
import { StoreUnavailable } from "../../src/errors.ts";
import { connectMemcached, memcachedStore, type MemcachedClient, type MemcachedPackageClient } from "../../src/stores/memcached.ts";
import { memcachedMissing, ownMemcachedMissing, startMemcached, startOwnMemcached, type MemcachedEngine } from "../support/engines/memcached.ts";
import { freePort } from "../support/engines/server-process.ts";
import { Memcached } from "../support/memcached-package.ts";
import { makeRecord } from "../support/records.ts";
import { checkLogouts, checkWriters } from "../support/workers/two-processes.ts";

let prefixes = 0;

/** The package's own timers after a failure would keep the process alive for minutes. */
const IMPATIENT = { retries: 0, retry: 1, failures: 100, failuresTimeout: 1 };
const refuse = async (call: Promise<unknown>): Promise<StoreUnavailable> => {
  const error: unknown = await call.then(() => null, (thrown: unknown) => thrown);
  assert.ok(error instanceof StoreUnavailable, `expected StoreUnavailable, got ${String(error)}`);
  return error;
};

describe("memcached", { skip: memcachedMissing() }, () => {
  let engine: MemcachedEngine;
  let second: MemcachedEngine;
  before(async () => {
    [engine, second] = await Promise.all([startMemcached(), startMemcached()]);
  });
  after(async () => {
    await engine.stop();
    await second.stop();
  });

  const subject = (connect: () => { client: MemcachedClient | MemcachedPackageClient; close: () => void }): StoreSubject => {
    const prefix = `test-${process.pid}-${prefixes++}:`;
    const [one, other, admin] = [connect(), connect(), connectMemcached(engine.address)];
    const isSpoilable = one.client.constructor.name !== "Sharded";
    return {
      store: memcachedStore(one.client, { prefix }),
      otherStore: memcachedStore(other.client, { prefix }),
      ...(isSpoilable && {
        corrupt: async (id: string) => {
          const key = `${prefix}s:${id}`;
          const item = await admin.gets(key);
          await admin.cas(key, "c1 what is this", 0, item?.cas ?? "");
        },
      }),
      cleanup: () => {
        one.close();
        other.close();
        admin.close();
      },
    };
  };

  runStoreCases(
    () =>
      subject(() => {
        const client = connectMemcached(engine.address);
        return { client, close: () => client.close() };
      }),
    { name: "store contract: memcached by connectMemcached", test, describe },
  );

  runStoreCases(
    () =>
      subject(() => {
        const client = new Memcached(engine.address, { poolSize: 4 });
        return { client, close: () => client.end() };
      }),
    { name: "store contract: memcached by the package memcached", test, describe },
  );

  it("CC-01 spreads over two servers, each key on one of them", async () => {
    const client = connectMemcached([engine.address, second.address]);
    const singles = [connectMemcached(engine.address), connectMemcached(second.address)];
    const store = memcachedStore(client, { prefix: "spread:" });
    const records = Array.from({ length: 60 }, () => makeRecord());
    for (const record of records) assert.equal(await store.create(record), true);
    for (const record of records) assert.deepEqual(await store.read(record.id), record);
    const counts = await Promise.all(singles.map(async (single) => (await Promise.all(records.map((record) => memcachedStore(single, { prefix: "spread:" }).read(record.id)))).filter((one) => one !== null).length));
    assert.equal((counts[0] as number) + (counts[1] as number), records.length);
    assert.ok(counts.every((count) => count > 5), `${counts.join(" and ")} on the two`);
    for (const record of records) assert.equal(await store.delete(record.id), "deleted");
    for (const one of [client, ...singles]) one.close();
  });

  it("CC-05 PAIN-01 keeps 100 of 100 changes of two processes", async (t) => {
    const client = connectMemcached(engine.address);
    const prefix = `writers-${process.pid}:`;
    const { calls, worst } = await checkWriters(memcachedStore(client, { prefix }), "memcached", engine.address, prefix);
    t.diagnostic(`${calls} updates for 100 changes, at worst ${worst} for one`);
    client.close();
  });

  it("CC-01 CC-02 PAIN-02 keeps 100 of 100 logouts dead", async (t) => {
    const client = connectMemcached(engine.address);
    const prefix = `logouts-${process.pid}:`;
    t.diagnostic(JSON.stringify(await checkLogouts(memcachedStore(client, { prefix }), "memcached", engine.address, prefix)));
    client.close();
  });
});

describe("memcached, faults", { skip: ownMemcachedMissing() }, () => {
  const start = async (t: TestContext, settings?: readonly string[]): Promise<{ engine: MemcachedEngine; client: ReturnType<typeof connectMemcached> }> => {
    const engine = await startOwnMemcached(settings);
    const client = connectMemcached(engine.address);
    t.after(async () => {
      client.close();
      await engine.stop();
    });
    return { engine, client };
  };

  it("PAIN-11 nobody listens: fails as not sent, by either client", { timeout: 30_000 }, async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const client = connectMemcached(address);
    const store = memcachedStore(client);
    const record = makeRecord();
    for (const call of [store.create(record), store.update(record, record.version), store.read(record.id), store.touch(record.id, record.version, 1, 2), store.delete(record.id)]) {
      assert.equal((await refuse(call)).outcome, "not-sent");
    }
    client.close();
    assert.equal((await refuse(store.read(record.id))).outcome, "not-sent");
    const other = new Memcached(address, IMPATIENT);
    assert.equal((await refuse(memcachedStore(other).create(record))).outcome, "not-sent");
    other.end();
  });

  it("CC-01 PAIN-11 killed and started again in the middle of requests: what was there is gone, nothing that was logged out lives, and it goes on", { timeout: 30_000 }, async (t) => {
    const { engine, client } = await start(t);
    const store = memcachedStore(client, { commandTimeoutMs: 500 });
    const records = Array.from({ length: 50 }, () => makeRecord());
    for (const record of records) await store.create(record);
    const outcomes = new Set<string>();
    const work = records.map(async (record) => {
      for (let round = 0; round < 20; round++) {
        try {
          outcomes.add((await store.update({ ...record, version: `${round}` }, round === 0 ? record.version : `${round - 1}`)).outcome);
        } catch (error) {
          assert.ok(error instanceof StoreUnavailable);
          outcomes.add(error.outcome);
        }
      }
    });
    await engine.server?.stop();
    await Promise.all(work);
    await engine.server?.start();
    for (const record of records) {
      assert.equal(await store.read(record.id), null);
      assert.deepEqual(await store.update({ ...record, version: "late" }, "19"), { outcome: "gone" });
    }
    const fresh = makeRecord();
    assert.equal(await store.create(fresh), true);
    assert.deepEqual(await store.read(fresh.id), fresh);
    assert.ok(outcomes.size > 1, [...outcomes].join());
  });

  it("CC-10 a server that accepts and never answers: 1,000 calls fail in time, nothing is left behind, and it recovers", { timeout: 30_000 }, async (t) => {
    const { engine, client } = await start(t);
    const store = memcachedStore(client, { commandTimeoutMs: 40 });
    const record = makeRecord();
    await store.create(record);
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    await engine.server?.freeze();
    const errors = await Promise.all(Array.from({ length: 1000 }, (_, index) => refuse(index % 2 ? store.update(record, record.version) : store.read(record.id))));
    assert.ok(errors.every((error) => error.outcome === "unknown"));
    assert.equal(timers(), before);
    engine.server?.thaw();
    assert.ok(await memcachedStore(client).read(record.id));
  });

  it("PAIN-11 a server without memory for more refuses as not sent, and what is there stays", { timeout: 30_000 }, async (t) => {
    const { client } = await start(t, ["-m", "4", "-M", "-I", "512k"]);
    const store = memcachedStore(client, { maxItemBytes: 524_288 });
    const first = makeRecord({ data: "x".repeat(200_000) });
    await store.create(first);
    const outcomes: string[] = [];
    for (let index = 0; index < 40; index++) {
      outcomes.push(
        await store.create(makeRecord({ data: "x".repeat(200_000) })).then(
          () => "created",
          (error: unknown) => (error instanceof StoreUnavailable ? error.outcome : String(error)),
        ),
      );
    }
    assert.ok(outcomes.includes("not-sent"), outcomes.join());
    assert.ok(!outcomes.includes("unknown"));
    assert.deepEqual(await store.read(first.id), first);
    assert.equal(await store.delete(first.id), "deleted");
  });

  it("PAIN-11 an item that the server finds too large is refused as not sent, by either client, and leaves the old one or nothing", { timeout: 30_000 }, async (t) => {
    const { engine, client } = await start(t);
    const other = new Memcached(engine.address, { ...IMPATIENT, maxValue: 4_194_304 });
    t.after(() => other.end());
    for (const store of [memcachedStore(client, { maxItemBytes: 4_194_304 }), memcachedStore(other, { maxItemBytes: 4_194_304 })]) {
      const first = makeRecord();
      await memcachedStore(client).create(first);
      assert.equal((await refuse(store.update({ ...first, data: "y".repeat(1_500_000), version: "v" }, first.version))).outcome, "not-sent");
      const left = await memcachedStore(client).read(first.id);
      if (left !== null) assert.deepEqual(left, first);
      t.diagnostic(left === null ? "the server dropped the old item" : "the server kept the old item");
    }
  });

  it("CC-01 evicts under pressure, and what it forgot stays gone for a slow writer", { timeout: 30_000 }, async (t) => {
    const { client } = await start(t, ["-m", "2"]);
    const store = memcachedStore(client);
    const first = makeRecord({ data: "x".repeat(50_000) });
    await store.create(first);
    for (let index = 0; index < 300; index++) await store.create(makeRecord({ data: "x".repeat(50_000) }));
    assert.equal(await memcachedStore(client).read(first.id), null);
    assert.deepEqual(await store.update({ ...first, version: "late" }, first.version), { outcome: "gone" });
  });
});
