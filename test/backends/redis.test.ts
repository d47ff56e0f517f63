import { Redis } from "ioredis";
import { after, before, describe, test } from "node:test";
import { createClient } from "redis";
import { runStoreCases, type StoreSubject } from "../../src/conformance/index.ts";
import { redisStore, type RedisClient } from "../../src/stores/redis.ts";
import { redisMissing, startRedis, type RedisEngine } from "../support/engines/redis.ts";

const skip = redisMissing();
let prefixes = 0;

describe("redis, standalone", { skip }, () => {
  let engine: RedisEngine;
  before(async () => {
    engine = await startRedis();
  });
  after(() => engine.stop());

  const subject = async (connect: () => Promise<{ client: RedisClient; close: () => void }>): Promise<StoreSubject> => {
    const prefix = `test-${process.pid}-${prefixes++}:`;
    const [one, other, admin] = [await connect(), await connect(), new Redis(engine.url)];
    return {
      store: redisStore(one.client, { prefix }),
      otherStore: redisStore(other.client, { prefix }),
      corrupt: async (id) => {
        await admin.hset(`${prefix}s:${id}`, "times", "not times");
      },
      cleanup: () => {
        one.close();
        other.close();
        admin.disconnect();
      },
    };
  };

  runStoreCases(
    () =>
      subject(async () => {
        const client = new Redis(engine.url);
        return { client, close: () => client.disconnect() };
      }),
    { name: "store contract: redis by ioredis", test, describe },
  );

  runStoreCases(
    () =>
      subject(async () => {
        const client = createClient({ url: engine.url });
        await client.connect();
        return { client, close: () => client.destroy() };
      }),
    { name: "store contract: redis by node-redis", test, describe },
  );
});
