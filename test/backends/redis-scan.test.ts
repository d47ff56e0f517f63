import { Redis } from "ioredis";
import assert from "node:assert/strict";
import { it } from "node:test";
import { redisStore } from "../../src/stores/redis.ts";
import { ownRedisMissing, startOwnRedis } from "../support/engines/redis.ts";
import { until } from "../support/engines/server-process.ts";
import { makeRecord } from "../support/records.ts";

it("redis: a walk misses no session when the server is started again in the middle of it", { skip: ownRedisMissing(), timeout: 60_000 }, async (t) => {
  const engine = await startOwnRedis(["--appendonly", "yes", "--appendfsync", "everysec"]);
  const client = new Redis(engine.url, { retryStrategy: () => 10 });
  client.on("error", () => {});
  t.after(async () => {
    client.disconnect();
    await engine.stop();
  });
  const store = redisStore(client);
  const ids = await Promise.all(
    Array.from({ length: 3000 }, async () => {
      const record = makeRecord();
      await store.create(record);
      return record.id;
    }),
  );
  const seen = new Set<string>();
  let cursor: string | null = null;
  let pages = 0;
  do {
    const page: Awaited<ReturnType<typeof store.scan>> = await store.scan(cursor, 100);
    for (const record of page.records) seen.add(record.id);
    cursor = page.next;
    if (++pages === 15) {
      await engine.server?.stop("SIGTERM");
      await engine.server?.start();
      await until("it answers again", () => store.read("x").then(() => true, () => false));
    }
  } while (cursor !== null);
  assert.equal(ids.filter((id) => !seen.has(id)).length, 0, "sessions were missed");
});
