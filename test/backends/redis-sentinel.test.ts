import { Redis } from "ioredis";
import assert from "node:assert/strict";
import { after, before, describe, it, test } from "node:test";
import { createSentinel } from "redis";
import { runStoreCases, type StoreSubject } from "../../src/conformance/index.ts";
import { redisStore, type RedisClient, type RedisStore } from "../../src/stores/redis.ts";
import { redisSentinelMissing, startOwnRedisSentinel, startRedisSentinel, type RedisSentinelEngine } from "../support/engines/redis-sentinel.ts";
import { ownRedisMissing } from "../support/engines/redis.ts";
import { until } from "../support/engines/server-process.ts";
import { checkFailover, killWhenReplicated } from "../support/failover-traffic.ts";
import { makeRecord } from "../support/records.ts";
import { WordServer } from "../support/word-server.ts";

const skip = redisSentinelMissing();
let prefixes = 0;

describe("redis, Sentinel", { skip }, () => {
  let engine: RedisSentinelEngine;
  before(async () => {
    engine = await startRedisSentinel();
  });
  after(() => engine.stop());

  const connectIo = async (): Promise<{ client: Redis; close: () => void }> => {
    const client = new Redis({ name: engine.name, sentinels: [...engine.sentinels], sentinelRetryStrategy: () => 50, retryStrategy: () => 50 });
    client.on("error", () => {});
    return { client, close: () => client.disconnect() };
  };
  const connectNode = async (): Promise<{ client: RedisClient; close: () => Promise<void> }> => {
    const client = createSentinel({ name: engine.name, sentinelRootNodes: [...engine.sentinels], scanInterval: 100 });
    client.on("error", () => {});
    await client.connect();
    return {
      client,
      close: async () => {
        await client.destroy();
      },
    };
  };

  /** Finding the primary takes a while, so the cases share two clients and each has a prefix of its own. */
  const check = (name: string, connect: () => Promise<{ client: RedisClient; close: () => unknown }>): void => {
    const clients: { client: RedisClient; close: () => unknown }[] = [];
    after(async () => {
      for (const one of clients) await one.close();
    });
    const subject = async (): Promise<StoreSubject> => {
      while (clients.length < 2) clients.push(await connect());
      const prefix = `test-${process.pid}-${prefixes++}:`;
      const [store, otherStore] = clients.map(({ client }) => redisStore(client, { prefix }));
      return { store: store as RedisStore, otherStore: otherStore as RedisStore };
    };
    runStoreCases(subject, { name, test, describe });
  };
  check("store contract: redis Sentinel by ioredis", connectIo);
  check("store contract: redis Sentinel by node-redis", connectNode);

  it("CC-10 CC-11 goes on when the primary dies and the replica is promoted, with what was replicated", { timeout: 30_000 }, async (t) => {
    if (engine.primary === undefined) return t.skip("the Sentinel is not ours to break");
    const [io, node] = [await connectIo(), await connectNode()];
    t.after(async () => {
      io.close();
      await node.close();
    });
    const prefix = `test-${process.pid}-${prefixes++}:`;
    const stores = [redisStore(io.client, { prefix, commandTimeoutMs: 500 }), redisStore(node.client, { prefix, commandTimeoutMs: 500 })];
    const records = Array.from({ length: 20 }, () => makeRecord());
    for (const record of records) await stores[0]?.create(record);
    const dead = records.slice(0, 10);
    for (const record of dead) await stores[1]?.delete(record.id);
    await io.client.call("WAIT", "1", "5000");
    await engine.primary.server?.stop();
    const failures = await Promise.allSettled(stores.map((store) => store.read(records[0]?.id as string)));
    for (const failure of failures) if (failure.status === "rejected") assert.equal((failure.reason as { code?: string }).code, "COAT_STORE_UNAVAILABLE");
    for (const store of stores) {
      const record = makeRecord();
      await until("writes are taken again", () => store.create(record).then(() => true, () => false));
      for (const one of dead) assert.equal(await store.read(one.id), null, "a deleted record lives");
      for (const one of records.slice(10)) assert.deepEqual(await store.read(one.id), one);
    }
    assert.deepEqual([io.client.listenerCount("ready"), io.client.listenerCount("end")], [0, 0]);
  });
});

describe("redis, Sentinel, a failover in the middle of hundreds of requests", { skip: ownRedisMissing() }, () => {
  it("CC-11 PAIN-11 keeps every acknowledged word once, and nobody logged in who has left", { timeout: 180_000 }, async (t) => {
    const engine = await startOwnRedisSentinel();
    const client = new Redis({ name: engine.name, sentinels: [...engine.sentinels], sentinelRetryStrategy: () => 50, retryStrategy: () => 50 });
    client.on("error", () => {});
    const app = await WordServer.start(redisStore(client, { commandTimeoutMs: 400 }), { storeGuard: { timeoutMs: 400, failuresToOpen: 5, retryAfterMs: 50 } });
    t.after(async () => {
      await app.close();
      client.disconnect();
      await engine.stop();
    });
    t.diagnostic(JSON.stringify(await checkFailover(app, () => killWhenReplicated(engine.primary))));
    await until("no listener is left", () => client.listenerCount("ready") + client.listenerCount("end") === 0);
  });
});
