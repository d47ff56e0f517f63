import { Redis } from "ioredis";
import assert from "node:assert/strict";
import type { RedisEngine } from "./engines/redis.ts";
import { until } from "./engines/server-process.ts";
import { assertWords, type WordServer, type Writer } from "./word-server.ts";

const WRITERS = 12;
const LEAVERS = 12;
/** Acknowledged words before the failover begins, and of each writer after it. */
const WORDS_BEFORE = 150;
const WORDS_AFTER = 8;

/** After a refusal: whoever promotes the replica needs the processor, too. */
const breathe = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 50);
  });

/**
 * Hundreds of requests while a replica is promoted: writers go on, and visitors log out. Afterwards every acknowledged word is there,
 * none twice, and nobody who was told that he is logged out is logged in.
 *
 * @param failOver kills the primary in the middle
 */
export async function checkFailover(app: WordServer, failOver: () => Promise<void>): Promise<{ requests: number; failed: number }> {
  const [writers, left, leaving] = [await app.begin(WRITERS), await app.begin(LEAVERS), await app.begin(LEAVERS)];
  const tickets = [...left, ...leaving].map(({ cookie }) => cookie);
  const leave = async (visitor: Writer): Promise<void> => {
    while ((await app.send(visitor, "/out")).status !== 200) await breathe();
  };
  await Promise.all(left.map(leave));
  const begun = Promise.withResolvers<void>();
  let isKilled = false;
  let acknowledged = 0;
  const work = writers.map(async (writer, index) => {
    for (let [turn, after] = [0, 0]; after < WORDS_AFTER; turn++) {
      const wasKilled = isKilled;
      const { status } = await app.send(writer, `/add/${index}-${turn}`);
      if (status !== 200) await breathe();
      else if (wasKilled) after++;
      else if (++acknowledged === WORDS_BEFORE) begun.resolve();
    }
  });
  await begun.promise;
  const leavers = leaving.map(leave);
  await failOver();
  isKilled = true;
  await Promise.all([...work, ...leavers]);
  for (const writer of writers) {
    const { status, words } = await app.send(writer, "/words");
    assert.equal(status, 200);
    assertWords(words, writer.acknowledged);
  }
  for (const cookie of tickets) {
    const { status, words } = await app.send({ cookie, acknowledged: [] }, "/words");
    assert.deepEqual([status, words], [200, []], "a session that was logged out lives");
  }
  const statuses = [...app.statuses];
  assert.ok(statuses.every(([status]) => status === 200 || status === 503), JSON.stringify(statuses));
  return { requests: statuses.reduce((sum, [, count]) => sum + count, 0), failed: app.statuses.get(503) ?? 0 };
}

/**
 * Kills a primary when its replica has everything that was acknowledged: it takes no more writes first. Replication is asynchronous, so
 * what a primary acknowledges in its last moment may be lost, and that is the engine's promise, not ours.
 */
export async function killWhenReplicated(primary: RedisEngine): Promise<void> {
  const admin = new Redis(primary.url);
  admin.on("error", () => {});
  await admin.call("CLIENT", "PAUSE", "60000", "WRITE");
  await until("the replica has everything", async () => {
    const text = await admin.info("replication");
    const offset = /^master_repl_offset:(\d+)/m.exec(text)?.[1];
    return offset !== undefined && /^slave0:.*offset=(\d+)/m.exec(text)?.[1] === offset;
  });
  await primary.server?.stop();
  admin.disconnect();
}
