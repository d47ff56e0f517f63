import fc from "fast-check";
import { Redis } from "ioredis";
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { SessionRecord } from "../../../src/store/store.ts";
import { redisStore, type RedisStore } from "../../../src/stores/redis.ts";
import { redisMissing, startRedis, type RedisEngine } from "../../support/engines/redis.ts";
import { makeRecord, makeVersion } from "../../support/records.ts";

const IDLE_MS = 60_000;

/** What a session has left at least when it is written: far longer than the next command takes. */
const LEFT_MS = 10_000;

describe("an owner's index in Redis", { skip: redisMissing() }, () => {
  let engine: RedisEngine;
  let client: Redis;
  let number = 0;
  let prefix = "";
  let store: RedisStore;
  before(async () => {
    engine = await startRedis();
    client = new Redis(engine.url);
  });
  after(async () => {
    client.disconnect();
    await engine.stop();
  });
  const fresh = (): void => {
    prefix = `index-${process.pid}-${number++}:`;
    store = redisStore(client, { prefix });
  };
  const lifeOf = (owner: string): Promise<number> => client.pttl(`${prefix}u:${owner}`);
  const endless = (now: number, changes: Partial<SessionRecord> = {}): SessionRecord =>
    makeRecord({ owner: "ann", endsAt: null, idleSeconds: IDLE_MS / 1000, lastSeenAt: now, expiresAt: now + IDLE_MS, ...changes }, now);

  it("PAIN-21 goes by itself where sessions have no fixed end, soon after they have", async () => {
    fresh();
    const now = Date.now();
    for (let index = 0; index < 3; index++) await store.create(endless(now), { now });
    const life = await lifeOf("ann");
    assert.ok(life >= IDLE_MS && life <= 3 * IDLE_MS, String(life));
  });

  it("is prolonged by visits alone, once in an idle time, and is put right where it was lost", async () => {
    fresh();
    let now = Math.floor(Date.now() / IDLE_MS) * IDLE_MS;
    const record = endless(now);
    await store.create(record, { now });
    let commands = 0;
    const sendCommand = client.sendCommand.bind(client);
    client.sendCommand = (...args: Parameters<typeof sendCommand>) => {
      commands++;
      return sendCommand(...args);
    };
    for (let visit = 0; visit < 40; visit++) {
      now += IDLE_MS / 10;
      assert.equal(await store.touch(record.id, record.version, now, now + IDLE_MS, { now }), true);
    }
    client.sendCommand = sendCommand;
    assert.ok(commands <= 40 + 2 * 5, `${commands} commands for 40 visits in 4 idle times`);
    await client.del(`${prefix}u:ann`);
    for (let visit = 0; visit < 2; visit++) {
      now += IDLE_MS / 2;
      await store.touch(record.id, record.version, now, now + IDLE_MS, { now });
    }
    assert.deepEqual((await store.listByOwner("ann", { now })).map(({ id }) => id), [record.id]);
  });

  it("outlives every session of its owner, whatever is done to it and when", async () => {
    const step = fc.record({ kind: fc.constantFrom("touch", "update", "end", "create" as const), wait: fc.integer({ min: 0, max: 130_000 }), idle: fc.constantFrom(20, 60, 300, null), fixed: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        fresh();
        let now = Date.now();
        // The server's own clock hardly moves, so ends are counted by hand: what is left of an index, and when that was. The session's
        // record gets no end from the server at all: what has a few milliseconds left by `now` would really be gone after them.
        const index = { endsAt: 0 };
        let record = endless(now);
        await store.create(record, { now });
        const holdStill = async (): Promise<void> => assert.equal(await client.persist(`${prefix}s:${record.id}`), 1);
        await holdStill();
        for (const { kind, wait, idle, fixed } of steps) {
          index.endsAt = Math.max(index.endsAt, now + Math.max(0, await lifeOf("ann")));
          assert.ok(index.endsAt + 5000 >= record.expiresAt, `the index ends ${record.expiresAt - index.endsAt} ms before its session`);
          now += Math.max(0, Math.min(wait, record.expiresAt - now - LEFT_MS));
          await client.pexpire(`${prefix}u:ann`, Math.max(1000, index.endsAt - now));
          const expiresAt = Math.min(now + (record.idleSeconds ?? 500) * 1000, record.endsAt ?? Infinity);
          if (kind === "touch") {
            assert.equal(await store.touch(record.id, record.version, now, expiresAt, { now }), true);
            record = { ...record, lastSeenAt: now, expiresAt };
          } else if (kind === "create") {
            await store.create(endless(now, { idleSeconds: idle, expiresAt: now + (idle ?? 100) * 1000 }), { now });
          } else {
            const endsAt = kind === "end" && fixed ? now + 200_000 : null;
            const next = { ...record, version: makeVersion(), lastSeenAt: now, idleSeconds: idle, endsAt, expiresAt: Math.min(now + (idle ?? 400) * 1000, endsAt ?? Infinity) };
            assert.equal((await store.update(next, record.version, { now })).outcome, "updated");
            record = next;
          }
          if (kind !== "create") await holdStill();
        }
      }),
      { numRuns: 60 },
    );
  });
});
