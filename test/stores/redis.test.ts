import fc from "fast-check";
import { Redis } from "ioredis";
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createClient, createClientPool } from "redis";
import { ConfigurationError, StoreUnavailable } from "../../src/errors.ts";
import { redisStore, type RedisClient } from "../../src/stores/redis.ts";
import { safeKey } from "../../src/stores/safe-key.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { redisMissing, startRedis, type RedisEngine } from "../support/engines/redis.ts";
import { makeRecord } from "../support/records.ts";

/** A node-redis client in shape, which answers as it is told. */
const answering = (answer: (args: string[]) => unknown): RedisClient => ({ isReady: true, sendCommand: async (args: string[]) => answer(args) });

const failing = (error: Error): RedisClient =>
  answering(() => {
    throw error;
  });

const outcomeOf = async (error: Error): Promise<string> => {
  const record = makeRecord();
  const thrown: unknown = await redisStore(failing(error)).update(record, record.version).catch((caught: unknown) => caught);
  assert.ok(thrown instanceof StoreUnavailable);
  assert.equal(thrown.cause, error);
  return thrown.outcome;
};

describe("redisStore, settings", () => {
  it("refuses what is no client, and names the ones that are", () => {
    for (const odd of [{}, { get: () => null }, null, "redis://127.0.0.1"]) {
      assert.throws(() => redisStore(odd as RedisClient), (error) => error instanceof ConfigurationError && /ioredis.*node-redis/.test(error.message));
    }
  });

  it("refuses odd prefixes and limits", () => {
    const client = answering(() => null);
    for (const prefix of ["a b", "ü", "x*", "\n", "x".repeat(101), 7 as unknown as string]) assert.throws(() => redisStore(client, { prefix }), /redisStore\.prefix/);
    for (const commandTimeoutMs of [0, -1, 1.5, Number.NaN, 2 ** 31]) assert.throws(() => redisStore(client, { commandTimeoutMs }), /redisStore\.commandTimeoutMs/);
    for (const prefix of ["", "{shop}:", "A-b_9:"]) assert.equal(redisStore(client, { prefix }).name, "redis");
  });
});

describe("ST-08 keys", () => {
  it("are short and harmless for any input, and different for different input", () => {
    const text = fc.oneof(fc.string({ unit: "binary", maxLength: 300 }), fc.string({ unit: "binary-ascii", maxLength: 80 }), fc.constantFrom("", "h:", "h:abc", "\uD800", "\uD801"));
    fc.assert(
      fc.property(text, text, (one, other) => {
        for (const input of [one, other]) assert.match(safeKey("coatcheck:", "s", input), /^[A-Za-z0-9:_{}-]{1,200}$/);
        assert.equal(safeKey("coatcheck:", "s", one) === safeKey("coatcheck:", "s", other), one === other);
        assert.notEqual(safeKey("coatcheck:", "s", one), safeKey("coatcheck:", "u", one));
      }),
      { numRuns: 2000 },
    );
    assert.notEqual(safeKey("", "s", "\uD800"), safeKey("", "s", "\uD801"));
  });
});

describe("redisStore, outcomes", () => {
  it("takes an error of the server for a refusal: nothing was written", async () => {
    for (const message of [
      "OOM command not allowed when used memory > 'maxmemory'.",
      "READONLY You can't write against a read only replica. script: 1f, on @user_script:1.",
      "ERR Error running script (call to f_1): @user_script:1: -OOM command not allowed",
      "LOADING Redis is loading the dataset in memory",
      "CLUSTERDOWN The cluster is down",
      "NOAUTH Authentication required.",
    ]) {
      assert.equal(await outcomeOf(new Error(message)), "not-sent", message);
    }
  });

  it("takes what a driver says before it sends for not sent, and everything else for unknown", async () => {
    class ClientClosedError extends Error {}
    class SocketClosedUnexpectedlyError extends Error {}
    assert.equal(await outcomeOf(new ClientClosedError("The client is closed")), "not-sent");
    assert.equal(await outcomeOf(Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" })), "not-sent");
    assert.equal(await outcomeOf(new Error("Stream isn't writeable and enableOfflineQueue options is false")), "not-sent");
    assert.equal(await outcomeOf(new SocketClosedUnexpectedlyError("Socket closed unexpectedly")), "unknown");
    assert.equal(await outcomeOf(new Error("Connection is closed.")), "unknown");
    assert.equal(await outcomeOf(new Error("Command timed out")), "unknown");
    assert.equal(await outcomeOf(new Error("write EPIPE")), "unknown");
  });

  it("sends nothing more after the limit, not even the script that the server asks for", async () => {
    const sent: string[] = [];
    const { promise, reject } = Promise.withResolvers<unknown>();
    const client = answering((args) => {
      sent.push(args[0] as string);
      return promise;
    });
    const record = makeRecord();
    await assert.rejects(redisStore(client, { commandTimeoutMs: 10 }).update(record, record.version), { outcome: "unknown" });
    reject(new Error("NOSCRIPT No matching script."));
    await promise.catch(() => {});
    await new Promise(setImmediate);
    assert.deepEqual(sent, ["EVALSHA"]);
  });

  it("an abort rejects with its reason while the answer is awaited, and lets the signal go", async () => {
    const store = redisStore(answering(() => new Promise(() => {})));
    const controller = new AbortController();
    const reason = new Error("the visitor left");
    const call = store.read(makeRecord().id, { signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(call, (error) => error === reason);
  });

  it("no message and no cause shows a value", async () => {
    const record = makeRecord({ data: "SENTINEL-VALUE" });
    const error: unknown = await redisStore(failing(new Error("Connection is closed."))).create(record).catch((caught: unknown) => caught);
    assert.ok(error instanceof StoreUnavailable);
    assert.equal(error.message.includes("SENTINEL"), false);
    assert.equal(error.message.includes(record.id), false);
  });
});

describe("redisStore on a server", { skip: redisMissing() }, () => {
  let engine: RedisEngine;
  let client: Redis;
  let number = 0;
  const nextPrefix = (): string => `unit-${process.pid}-${number++}:`;
  before(async () => {
    engine = await startRedis();
    client = new Redis(engine.url);
  });
  after(async () => {
    client.disconnect();
    await engine.stop();
  });

  it("each call is one command, three where an owner changes (counted with MONITOR)", async () => {
    const store = redisStore(client, { prefix: nextPrefix() });
    const warm = makeRecord({ owner: "ann" });
    await store.create(warm);
    await store.update({ ...warm, version: "w" }, warm.version);
    await store.touch(warm.id, "w", warm.lastSeenAt, warm.expiresAt);
    await store.delete(warm.id);
    const commands: string[] = [];
    const monitor = await client.monitor();
    monitor.on("monitor", (_time: string, args: string[], source: string) => {
      if (source !== "lua") commands.push((args[0] ?? "").toUpperCase());
    });
    const counted = async (call: () => Promise<unknown>): Promise<string[]> => {
      commands.length = 0;
      await call();
      await client.call("ECHO", "end");
      while (!commands.includes("ECHO")) await new Promise(setImmediate);
      return commands.filter((command) => command !== "ECHO");
    };
    const one = makeRecord();
    assert.deepEqual(await counted(() => store.create(one)), ["EVALSHA"]);
    assert.deepEqual(await counted(() => store.read(one.id)), ["HMGET"]);
    assert.deepEqual(await counted(() => store.read(makeRecord().id)), ["HMGET"], "an id that nobody has");
    assert.deepEqual(await counted(() => store.update({ ...one, version: "v2" }, one.version)), ["EVALSHA"]);
    assert.deepEqual(await counted(() => store.update({ ...one, version: "v3" }, "old")), ["EVALSHA"], "a conflict");
    assert.deepEqual(await counted(() => store.touch(one.id, "v2", one.lastSeenAt + 700_000, one.expiresAt + 700_000)), ["EVALSHA"]);
    const hers = { ...one, owner: "ann", version: "v4" };
    assert.deepEqual(await counted(() => store.update(hers, "v2")), ["EVALSHA", "EVALSHA", "EVALSHA"], "a login: asked, index, record");
    assert.deepEqual(await counted(() => store.update({ ...hers, version: "v5" }, "v4")), ["EVALSHA"], "a write of a logged-in session");
    assert.deepEqual(await counted(() => store.delete(one.id)), ["EVALSHA", "ZREM"]);
    assert.deepEqual(await counted(() => store.create(makeRecord({ owner: "ann" }))), ["EVALSHA", "EVALSHA"]);
    assert.deepEqual(await counted(() => store.delete(makeRecord().id)), ["EVALSHA"]);
    monitor.disconnect();
  });

  it("PAIN-21 TM-07 a record lives by the caller's clock, however wrong that is, and the server keeps it no shorter", async () => {
    const prefix = nextPrefix();
    const store = redisStore(client, { prefix });
    for (const skewMs of [-400 * 86_400_000, -90_000, 0, 90_000, 400 * 86_400_000]) {
      const now = Date.now() + skewMs;
      const record = makeRecord({ expiresAt: now + 5_001, idleSeconds: 5 }, now);
      await store.create(record, { now });
      assert.deepEqual(await store.read(record.id, { now }), record);
      const life = await client.pttl(`${prefix}s:${record.id}`);
      assert.ok(life > 4_000 && life <= 5_001, `the server keeps it for ${life} ms`);
      assert.equal(await store.read(record.id, { now: now + 5_001 }), null, "at its end");
      await store.touch(record.id, record.version, now + 10, now + 9_000, { now });
      assert.ok((await client.pttl(`${prefix}s:${record.id}`)) > 8_000);
      await store.touch(record.id, record.version, now + 20, now + 5_020, { now: now + 20 });
      assert.ok((await client.pttl(`${prefix}s:${record.id}`)) <= 5_000);
    }
  });

  it("uses the clock that it was given where a call does not say", async () => {
    const clock = new FakeClock();
    const store = redisStore(client, { prefix: nextPrefix(), clock });
    const record = makeRecord({}, clock.now());
    await store.create(record);
    assert.deepEqual(await store.read(record.id), record);
    clock.advance(3_600_000);
    assert.equal(await store.read(record.id), null);
  });

  it("ST-10 what is no session reads as absent, and the id can be taken", async () => {
    const prefix = nextPrefix();
    const store = redisStore(client, { prefix });
    const spoil: Record<string, (key: string) => Promise<unknown>> = {
      "text of somebody else": (key) => client.set(key, "hello"),
      "a list": (key) => client.rpush(key, "a", "b"),
      "a hash without times": (key) => client.hset(key, "version", "v", "data", "{}"),
      "times that are none": (key) => client.hset(key, "version", "v", "data", "{}", "times", "1 2 x - - 1"),
      "times that are too few": (key) => client.hset(key, "version", "v", "data", "{}", "times", "1 2 99999999999999"),
    };
    for (const [what, write] of Object.entries(spoil)) {
      const record = makeRecord();
      const key = `${prefix}s:${record.id}`;
      await write(key);
      assert.equal(await store.read(record.id), null, what);
      assert.deepEqual(await store.update(record, record.version), { outcome: "gone" }, what);
      assert.equal(await store.touch(record.id, record.version, record.lastSeenAt, record.expiresAt), false, what);
      assert.equal(await store.create(record), true, what);
      assert.deepEqual(await store.read(record.id), record, what);
      await client.del(key);
      await write(key);
      assert.equal(await store.delete(record.id), "gone", what);
      assert.equal(await client.exists(key), 0, `${what}: left behind`);
    }
  });

  it("ST-09 two prefixes know nothing of one another", async () => {
    const [shop, forum] = [redisStore(client, { prefix: nextPrefix() }), redisStore(client, { prefix: nextPrefix() })];
    const record = makeRecord({ owner: "ann" });
    await shop.create(record);
    assert.equal(await forum.read(record.id), null);
    assert.deepEqual(await forum.listByOwner("ann"), []);
    assert.deepEqual((await forum.scan(null, 10)).records, []);
    assert.equal(await forum.deleteByOwner("ann"), 0);
    assert.deepEqual(await shop.read(record.id), record);
  });

  it("works with a client that puts a prefix of its own before each key", async () => {
    const own = new Redis(engine.url, { keyPrefix: `own-${process.pid}[x]:` });
    const store = redisStore(own, { prefix: nextPrefix() });
    const record = makeRecord({ owner: "ann" });
    await store.create(record);
    assert.deepEqual(await store.listByOwner("ann"), [record]);
    const seen: unknown[] = [];
    for (let cursor: string | null = null, first = true; first || cursor !== null; first = false) {
      const page: Awaited<ReturnType<typeof store.scan>> = await store.scan(cursor, 50);
      seen.push(...page.records);
      cursor = page.next;
    }
    assert.deepEqual(seen, [record]);
    own.disconnect();
  });

  it("works with RESP 2 and RESP 3, and with a client that gives bytes", async () => {
    for (const RESP of [2, 3] as const) {
      const node = createClient({ url: engine.url, RESP, commandOptions: { typeMapping: { 36: Buffer } } });
      await node.connect();
      const store = redisStore(node, { prefix: nextPrefix() });
      const record = makeRecord({ owner: "ann", data: "Zoë" });
      await store.create(record);
      assert.deepEqual(await store.read(record.id), record);
      assert.deepEqual(await store.update({ ...record, version: "x" }, "other"), { outcome: "conflict", current: record });
      assert.deepEqual(await store.listByOwner("ann"), [record]);
      assert.equal(await store.deleteByOwner("ann"), 1);
      node.destroy();
    }
  });

  it("works through a pool of clients", async () => {
    const pool = createClientPool({ url: engine.url });
    await pool.connect();
    const store = redisStore(pool, { prefix: nextPrefix() });
    const records = Array.from({ length: 50 }, () => makeRecord({ owner: "ann" }));
    await Promise.all(records.map((record) => store.create(record)));
    assert.equal((await store.listByOwner("ann")).length, 50);
    pool.destroy();
  });

  it("a script cache that is flushed at any moment costs one more round trip and nothing else", async () => {
    const store = redisStore(client, { prefix: nextPrefix() });
    const record = makeRecord();
    await client.script("FLUSH");
    assert.equal(await store.create(record), true);
    await client.script("FLUSH");
    assert.deepEqual(await store.update({ ...record, version: "x" }, record.version), { outcome: "updated" });
    await client.script("FLUSH");
    assert.equal(await store.delete(record.id, "x"), "deleted");
  });

  describe("the owner's index", () => {
    const indexOf = (prefix: string, owner: string): string => `${prefix}u:${owner}`;

    it("PAIN-04 is entered before the record: a login whose second half fails leaves a hint that nobody believes", async () => {
      const prefix = nextPrefix();
      const store = redisStore(client, { prefix });
      const record = makeRecord();
      await store.create(record);
      assert.deepEqual(await store.update({ ...record, owner: "ann", version: "x" }, "not the version"), { outcome: "conflict", current: record });
      await client.zadd(indexOf(prefix, "ann"), Date.now(), record.id);
      assert.deepEqual(await store.listByOwner("ann"), []);
      assert.equal(await store.deleteByOwner("ann"), 0);
      assert.deepEqual(await store.read(record.id), record);
    });

    it("forgets dead entries when it is listed, but not young ones, which may be about to be filled", async () => {
      const prefix = nextPrefix();
      const store = redisStore(client, { prefix });
      const now = Date.now();
      const live = makeRecord({ owner: "ann" });
      await store.create(live);
      await client.zadd(indexOf(prefix, "ann"), now - 600_000, "old-and-dead", now - 1_000, "young");
      assert.deepEqual(await store.listByOwner("ann"), [live]);
      assert.deepEqual((await client.zrange(indexOf(prefix, "ann"), 0, -1)).sort(), [live.id, "young"].sort());
    });

    it("PAIN-20 does not grow for ever: each login removes a few dead entries", async () => {
      const prefix = nextPrefix();
      const store = redisStore(client, { prefix });
      let now = Date.now();
      for (let login = 0; login < 120; login++) {
        now += 600_000;
        await store.create(makeRecord({ owner: "bot", expiresAt: now + 60_000 }, now), { now });
      }
      const size = await client.zcard(indexOf(prefix, "bot"));
      assert.ok(size <= 17, `${size} entries for one live session`);
    });

    it("lives as long as its longest-lived entry", async () => {
      const prefix = nextPrefix();
      const store = redisStore(client, { prefix });
      const now = Date.now();
      const until = (endsAt: number | null): Promise<boolean> => store.create(makeRecord({ owner: "ann", endsAt, expiresAt: now + 1_000 }, now), { now });
      await until(now + 50_000);
      assert.ok((await client.pttl(indexOf(prefix, "ann"))) > 45_000);
      await until(now + 10_000);
      assert.ok((await client.pttl(indexOf(prefix, "ann"))) > 45_000);
      await until(now + 90_000);
      assert.ok((await client.pttl(indexOf(prefix, "ann"))) > 85_000);
    });

    it("follows when the end of a logged-in session is moved", async () => {
      const prefix = nextPrefix();
      const store = redisStore(client, { prefix });
      const record = makeRecord({ owner: "ann", endsAt: Date.now() + 10_000 });
      await store.create(record);
      await store.update({ ...record, version: "x", endsAt: Date.now() + 90_000 }, record.version);
      assert.ok((await client.pttl(indexOf(prefix, "ann"))) > 85_000);
    });

    it("CC-03 a user's sessions are ended while others are being made: none that the call saw begin lives", async () => {
      const store = redisStore(client, { prefix: nextPrefix() });
      const early = Array.from({ length: 300 }, () => makeRecord({ owner: "ann" }));
      await Promise.all(early.map((record) => store.create(record)));
      const [count] = await Promise.all([store.deleteByOwner("ann"), ...Array.from({ length: 20 }, () => store.create(makeRecord({ owner: "ann" })))]);
      assert.ok((count as number) >= 300);
      assert.deepEqual((await Promise.all(early.map((record) => store.read(record.id)))).filter((one) => one !== null), []);
    });
  });

  it("TM-10 ends far away are handed to no timer and kept by the server", async () => {
    const prefix = nextPrefix();
    const store = redisStore(client, { prefix });
    const record = makeRecord({ expiresAt: Date.now() + 100 * 365 * 86_400_000 });
    await store.create(record);
    assert.deepEqual(await store.read(record.id), record);
    assert.ok((await client.pttl(`${prefix}s:${record.id}`)) > 99 * 365 * 86_400_000);
  });
});
