import { Redis } from "ioredis";
import assert from "node:assert/strict";
import { after, before, describe, it, test } from "node:test";
import { runStoreCases, type StoreSubject } from "../../src/conformance/index.ts";
import type { SessionStore } from "../../src/store/store.ts";
import { cachedStore } from "../../src/stores/cached.ts";
import { connectMemcached, memcachedStore, type MemcachedConnection } from "../../src/stores/memcached.ts";
import { redisStore } from "../../src/stores/redis.ts";
import { ownMemcachedMissing, startOwnMemcached, type MemcachedEngine } from "../support/engines/memcached.ts";
import { ownRedisMissing, startOwnRedis, type RedisEngine } from "../support/engines/redis.ts";
import { makeRecord } from "../support/records.ts";
import { checkLogouts, checkWriters } from "../support/workers/two-processes.ts";

const skip = ownRedisMissing() || ownMemcachedMissing();
let prefixes = 0;

describe("cached, memcached in front of redis", { skip }, () => {
  let redis: RedisEngine;
  let memcached: MemcachedEngine;
  let client: Redis;
  const caches: MemcachedConnection[] = [];
  before(async () => {
    [redis, memcached] = await Promise.all([startOwnRedis(["--appendonly", "no"]), startOwnMemcached()]);
    client = new Redis(redis.url);
  });
  after(async () => {
    for (const cache of caches) cache.close();
    client.disconnect();
    await Promise.all([redis.stop(), memcached.stop()]);
  });

  const nodes = (prefix: string): { one: SessionStore; other: SessionStore; durable: SessionStore } => {
    const durable = redisStore(client, { prefix });
    const [one, other] = [1, 2].map(() => {
      const cache = connectMemcached(memcached.address);
      caches.push(cache);
      return cachedStore(memcachedStore(cache, { prefix }), durable, { checkEveryMs: 50 });
    });
    return { one: one as SessionStore, other: other as SessionStore, durable };
  };
  const nextPrefix = (): string => `cached-${process.pid}-${prefixes++}:`;

  const subject = (): StoreSubject => {
    const { one, other } = nodes(nextPrefix());
    return { store: one, otherStore: other };
  };
  runStoreCases(subject, { name: "store contract: memcached in front of redis", test, describe });

  runStoreCases(
    () => {
      const [cachePrefix, prefix] = [nextPrefix(), nextPrefix()];
      const make = (): SessionStore => cachedStore(redisStore(client, { prefix: cachePrefix }), redisStore(client, { prefix }));
      return { store: make(), otherStore: make() };
    },
    { name: "store contract: redis in front of redis", test, describe },
  );

  it("CC-05 PAIN-01 keeps 100 of 100 changes of two processes", async (t) => {
    const prefix = nextPrefix();
    const { calls, worst } = await checkWriters(nodes(prefix).one, "cached", `${memcached.address}|${redis.url}`, prefix);
    t.diagnostic(`${calls} updates for 100 changes, at worst ${worst} for one`);
  });

  it("CC-01 ST-13 LC-15 keeps 100 of 100 logouts dead on every node", async () => {
    const prefix = nextPrefix();
    await checkLogouts(nodes(prefix).one, "cached", `${memcached.address}|${redis.url}`, prefix);
  });

  it("ST-13 PAIN-11 the cache is killed, frozen and started again in the middle: no request fails, and nothing that was ended is read again", { timeout: 30_000 }, async () => {
    const { one, other } = nodes(nextPrefix());
    const records = Array.from({ length: 60 }, () => makeRecord());
    for (const record of records) {
      await one.create(record);
      assert.deepEqual(await other.read(record.id), record);
    }
    const ended = new Set<string>();
    const endSome = async (from: number, to: number): Promise<void> => {
      await Promise.all(
        records.slice(from, to).map(async ({ id }) => {
          assert.equal(await one.delete(id), "deleted");
          ended.add(id);
          assert.equal(await other.read(id), null);
        }),
      );
    };
    const check = async (): Promise<void> => {
      const found = await Promise.all(records.map(({ id }) => other.read(id)));
      for (const [index, record] of records.entries()) assert.equal(found[index] === null, ended.has(record.id));
    };
    await endSome(0, 10);
    await memcached.server?.freeze();
    await endSome(10, 20);
    await check();
    memcached.server?.thaw();
    await check();
    await memcached.server?.stop();
    await endSome(20, 40);
    await check();
    await memcached.server?.start();
    await endSome(40, 50);
    await check();
  });
});
