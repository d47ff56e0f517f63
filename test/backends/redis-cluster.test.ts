import { Cluster, Redis } from "ioredis";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it, test } from "node:test";
import { createCluster } from "redis";
import { runStoreCases, type StoreSubject } from "../../src/conformance/index.ts";
import { redisStore, type RedisClient, type RedisStore } from "../../src/stores/redis.ts";
import { startRedisCluster, type RedisClusterEngine } from "../support/engines/redis-cluster.ts";
import { ownRedisMissing } from "../support/engines/redis.ts";
import { until } from "../support/engines/server-process.ts";
import { checkFailover, killWhenReplicated } from "../support/failover-traffic.ts";
import { makeRecord } from "../support/records.ts";
import { WordServer } from "../support/word-server.ts";

const skip = process.env["TEST_REDIS_CLUSTER_URLS"] === undefined && ownRedisMissing();
let prefixes = 0;

describe("redis, Cluster", { skip }, () => {
  let engine: RedisClusterEngine;
  before(async () => {
    engine = await startRedisCluster();
  });
  after(() => engine.stop());

  const connectIo = async (): Promise<{ client: Cluster; close: () => void }> => {
    const client = new Cluster([...engine.nodes], { redisOptions: { maxRetriesPerRequest: 1 } });
    client.on("error", () => {});
    return { client, close: () => client.disconnect() };
  };
  const connectNode = async (): Promise<{ client: RedisClient; close: () => void }> => {
    const client = createCluster({ rootNodes: engine.nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` })), useReplicas: true });
    client.on("error", () => {});
    await client.connect();
    return { client, close: () => client.destroy() };
  };

  const subject = async (connect: () => Promise<{ client: RedisClient; close: () => void }>): Promise<StoreSubject> => {
    const prefix = `test-${process.pid}-${prefixes++}:`;
    const [one, other] = [await connect(), await connect()];
    return {
      store: redisStore(one.client, { prefix }),
      otherStore: redisStore(other.client, { prefix }),
      cleanup: () => {
        one.close();
        other.close();
      },
    };
  };

  runStoreCases(() => subject(connectIo), { name: "store contract: redis Cluster by ioredis", test, describe });
  runStoreCases(() => subject(connectNode), { name: "store contract: redis Cluster by node-redis", test, describe });
  runStoreCases(
    () =>
      subject(async () => {
        const client = new Cluster([...engine.nodes], { scaleReads: "slave" });
        return { client, close: () => client.disconnect() };
      }),
    { name: "store contract: redis Cluster by ioredis that reads from replicas", test, describe },
  );

  it("PAIN-04 finds and ends a user's sessions over all slots", async () => {
    const { client, close } = await connectIo();
    const store = redisStore(client, { prefix: `test-${process.pid}-${prefixes++}:` });
    const owner = randomBytes(6).toString("hex");
    const records = Array.from({ length: 30 }, () => makeRecord({ owner }));
    for (const record of records) assert.equal(await store.create(record), true);
    assert.equal((await store.listByOwner(owner)).length, 30);
    assert.equal(await store.deleteByOwner(owner, { exceptId: records[0]?.id as string }), 29);
    assert.deepEqual(await store.listByOwner(owner), [records[0]]);
    close();
  });

  it("says which primary a session is on, as the Cluster does", async () => {
    const [io, node] = [await connectIo(), await connectNode()];
    const prefix = `test-${process.pid}-${prefixes++}:`;
    for (const client of [io.client, node.client]) {
      const store = redisStore(client as RedisClient, { prefix }) as RedisStore & { serverOf(id: string): string | undefined };
      for (let index = 0; index < 30; index++) {
        const { id } = makeRecord();
        const slot = Number(await io.client.cluster("KEYSLOT", `${prefix}s:${id}`));
        assert.equal(store.serverOf(id), io.client.slots[slot]?.[0]);
      }
    }
    io.close();
    node.close();
  });

  describe("when a primary dies and its replica takes over", () => {
    it("CC-11 PAIN-11 in the middle of hundreds of requests: keeps every acknowledged word once, and nobody logged in who has left", { timeout: 180_000 }, async (t) => {
      const { client, close } = await connectIo();
      await client.ping();
      const primary = engine.engineAt(client.nodes("master")[1]?.options.port as number);
      if (primary?.server === undefined) return t.skip("the Cluster is not ours to break");
      const store = redisStore(client, { prefix: `test-${process.pid}-${prefixes++}:`, commandTimeoutMs: 400 });
      const app = await WordServer.start(store, { storeGuard: { timeoutMs: 400, failuresToOpen: 5, retryAfterMs: 50 } });
      t.after(async () => {
        await app.close();
        close();
        await primary.server?.start();
      });
      const before = client.listenerCount("ready") + client.listenerCount("end");
      t.diagnostic(JSON.stringify(await checkFailover(app, () => killWhenReplicated(primary))));
      await until("no listener is left", () => client.listenerCount("ready") + client.listenerCount("end") <= before);
    });

    it("CC-10 CC-11 fails clearly meanwhile, then goes on with every acknowledged and replicated write, and no leaked listener", async (t) => {
      const prefix = `test-${process.pid}-${prefixes++}:`;
      const { client, close } = await connectIo();
      const store = redisStore(client, { prefix, commandTimeoutMs: 1000 });
      const records = Array.from({ length: 60 }, () => makeRecord());
      for (const record of records) await store.create(record);
      const ended = records.slice(0, 20);
      for (const record of ended) await store.delete(record.id);
      const victim = client.nodes("master")[0] as Redis;
      const [host, port] = [victim.options.host, victim.options.port as number];
      const server = engine.engineAt(port)?.server;
      if (server === undefined) return t.skip("the Cluster is not ours to break");
      await victim.call("WAIT", "1", "5000");
      const listeners = [client.listenerCount("ready"), client.listenerCount("end")];
      await server.stop();
      const failures = await Promise.allSettled(records.map((record) => store.read(record.id)));
      for (const failure of failures) {
        if (failure.status === "rejected") assert.equal((failure.reason as { code?: string }).code, "COAT_STORE_UNAVAILABLE");
      }
      await until(`the replica of ${host}:${port} has taken over`, () => allAnswer(store, records.map((one) => one.id)));
      for (const record of ended) assert.equal(await store.read(record.id), null, "a deleted record lives");
      for (const record of records.slice(20)) assert.deepEqual(await store.read(record.id), record);
      const one = records[20] as (typeof records)[number];
      assert.deepEqual(await store.update({ ...one, version: "after", data: "{}" }, one.version), { outcome: "updated" });
      assert.deepEqual([client.listenerCount("ready"), client.listenerCount("end")], listeners);
      await server.start();
      close();
    });
  });
});

const allAnswer = async (store: RedisStore, ids: readonly string[]): Promise<boolean> =>
  (await Promise.allSettled(ids.map((id) => store.read(id)))).every((one) => one.status === "fulfilled");
