import { Redis } from "ioredis";
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { after, before, describe, it, type TestContext } from "node:test";
import { createClient } from "redis";
import { StoreUnavailable } from "../../src/errors.ts";
import type { SessionRecord, SessionStore } from "../../src/store/store.ts";
import { redisStore } from "../../src/stores/redis.ts";
import { makeRecord, makeVersion } from "../support/records.ts";
import { ownRedisMissing, startOwnRedis, startRedis, type RedisEngine } from "../support/engines/redis.ts";
import { freePort, until } from "../support/engines/server-process.ts";
import { checkLogouts, checkWriters } from "../support/workers/two-processes.ts";

const skip = ownRedisMissing();
const refuse = async (call: Promise<unknown>): Promise<StoreUnavailable> => {
  const error: unknown = await call.then(() => null, (thrown: unknown) => thrown);
  assert.ok(error instanceof StoreUnavailable, `expected StoreUnavailable, got ${String(error)}`);
  return error;
};

const quiet = <T extends { on(event: "error", listener: () => void): unknown }>(client: T): T => {
  client.on("error", () => {});
  return client;
};

describe("redis, two processes", { skip }, () => {
  let engine: RedisEngine;
  let client: Redis;
  before(async () => {
    engine = await startRedis();
    client = new Redis(engine.url);
  });
  after(async () => {
    client.disconnect();
    await engine.stop();
  });

  it("CC-05 PAIN-01 keeps 100 of 100 changes of two processes", async (t) => {
    const prefix = `writers-${process.pid}:`;
    const { calls, worst } = await checkWriters(redisStore(client, { prefix }), "redis", engine.url, prefix);
    t.diagnostic(`${calls} updates for 100 changes, at worst ${worst} for one`);
  });

  it("CC-01 CC-02 PAIN-02 keeps 100 of 100 logouts dead", async (t) => {
    const prefix = `logouts-${process.pid}:`;
    t.diagnostic(JSON.stringify(await checkLogouts(redisStore(client, { prefix }), "redis", engine.url, prefix)));
  });
});

/** Adds a word once, as the manager would: repeats what was not sent, and looks up what may have been. */
async function addWord(store: SessionStore, id: string, word: string): Promise<void> {
  for (;;) {
    try {
      const current = await store.read(id);
      assert.ok(current, "an acknowledged session is gone");
      if (await tryWord(store, current, word)) return;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

async function tryWord(store: SessionStore, current: SessionRecord, word: string): Promise<boolean> {
  const next = { ...current, data: `${current.data} ${word}`, version: makeVersion() };
  try {
    return (await store.update(next, current.version)).outcome === "updated";
  } catch (error) {
    if (!(error instanceof StoreUnavailable) || error.outcome === "not-sent") return false;
    for (;;) {
      try {
        return (await store.read(current.id))?.version === next.version;
      } catch {
        await new Promise((resolve) => {
          setTimeout(resolve, 5);
        });
      }
    }
  }
}

describe("redis, faults", { skip }, () => {
  for (const driver of ["ioredis", "node-redis"] as const) {
    it(`CC-11 PAIN-11 killed and started again in the middle of 2,000 writes by ${driver}: every acknowledged write is there, none twice`, { timeout: 30_000 }, async (t) => {
      const engine = await ownRedis(t);
      const store = await open(t, driver, engine.url, 500);
      const SESSIONS = 40;
      const WRITES = 50;
      const records = Array.from({ length: SESSIONS }, () => makeRecord({ data: "start" }));
      for (const record of records) await store.create(record);
      const dead = Array.from({ length: 20 }, () => makeRecord());
      for (const record of dead) await store.create(record);
      for (const record of dead) await store.delete(record.id);
      let written = 0;
      const restart = Promise.withResolvers<void>();
      const work = records.map(async ({ id }) => {
        for (let index = 0; index < WRITES; index++) {
          await addWord(store, id, `w${index}`);
          if (++written === (SESSIONS * WRITES) / 2) restart.resolve();
        }
      });
      await restart.promise;
      await engine.server?.stop();
      await engine.server?.start();
      await Promise.all(work);
      for (const { id } of records) {
        assert.equal((await store.read(id))?.data, ["start", ...Array.from({ length: WRITES }, (_, index) => `w${index}`)].join(" "));
      }
      for (const { id } of dead) assert.equal(await store.read(id), null);
    });
  }

  it("PAIN-11 nobody listens: fails as not sent, and again as soon as it is asked", { timeout: 30_000 }, async (t) => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    const client = quiet(new Redis(url, { retryStrategy: () => 10 }));
    t.after(() => client.disconnect());
    const store = redisStore(client, { commandTimeoutMs: 50 });
    const record = makeRecord();
    const errors = await Promise.all([refuse(store.create(record)), refuse(store.update(record, record.version)), refuse(store.delete(record.id)), refuse(store.read(record.id))]);
    assert.deepEqual(errors.map((error) => error.outcome), ["not-sent", "not-sent", "not-sent", "not-sent"]);
    client.disconnect();
    // ioredis listens to itself while it is connecting.
    await until("no listener is left", () => client.listenerCount("ready") + client.listenerCount("end") === 0);
    assert.equal((await refuse(store.read(record.id))).outcome, "not-sent");

    const other = quiet(createClient({ url, socket: { reconnectStrategy: () => 10 } }));
    const connecting = other.connect().catch(() => {});
    t.after(() => other.isOpen && other.destroy());
    assert.equal((await refuse(redisStore(other, { commandTimeoutMs: 50 }).create(record))).outcome, "not-sent");
    other.destroy();
    await connecting;
    assert.equal((await refuse(redisStore(other).create(record))).outcome, "not-sent");
  });

  it("CC-10 a server that accepts and never answers: 1,000 calls fail in time, and nothing is left behind", { timeout: 30_000 }, async (t) => {
    const engine = await ownRedis(t, ["--appendonly", "no"]);
    const io = quiet(new Redis(engine.url));
    t.after(() => io.disconnect());
    const node = quiet(createClient({ url: engine.url }));
    t.after(() => node.isOpen && node.destroy());
    await Promise.all([once(io, "ready"), node.connect()]);
    const record = makeRecord();
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    await engine.server?.freeze();
    for (const store of [redisStore(io, { commandTimeoutMs: 40 }), redisStore(node, { commandTimeoutMs: 40 })]) {
      const errors = await Promise.all(Array.from({ length: 1000 }, (_, index) => refuse(index % 2 ? store.update(record, record.version) : store.read(record.id))));
      assert.ok(errors.every((error) => error.outcome === "unknown"));
    }
    assert.deepEqual([io.listenerCount("ready"), io.listenerCount("end")], [0, 0]);
    engine.server?.thaw();
    // The clients are connecting anew, because the connections did not answer a PING either.
    await until("both answer again", () => Promise.all([redisStore(io).read(record.id), redisStore(node).read(record.id)]).then(() => true, () => false));
    assert.equal(await redisStore(node).create(record), true);
    await until("no timer is left", () => timers() <= before);
  });

  it("a connection that is cut between the write and its answer is an unknown outcome, and the write is found", { timeout: 30_000 }, async (t) => {
    const engine = await ownRedis(t);
    const cutter = await startCutter(engine.port);
    t.after(() => cutter.close());
    const client = quiet(createClient({ url: `redis://127.0.0.1:${cutter.port}`, socket: { reconnectStrategy: () => 5 } }));
    t.after(() => client.isOpen && client.destroy());
    await client.connect();
    const store = redisStore(client, { commandTimeoutMs: 1000 });
    const record = makeRecord();
    await store.create(record);
    await store.update({ ...record, version: "one" }, record.version);
    cutter.cutNextAnswer();
    const next = { ...record, version: "two", data: "two" };
    assert.equal((await refuse(store.update(next, "one"))).outcome, "unknown");
    await until("the client is back", () => client.isReady);
    assert.deepEqual(await store.read(record.id), next);
    client.destroy();

    const resending = quiet(new Redis(`redis://127.0.0.1:${cutter.port}`, { retryStrategy: () => 5 }));
    t.after(() => resending.disconnect());
    const io = redisStore(resending, { commandTimeoutMs: 1000 });
    await io.update({ ...next, version: "three" }, "two");
    cutter.cutNextAnswer();
    assert.deepEqual(await io.update({ ...next, version: "four", data: "four" }, "three"), { outcome: "updated" }, "ioredis sent the same write twice");
    assert.equal((await io.read(record.id))?.data, "four");
  });

  it("PAIN-11 a full server refuses writes as not sent, still reads, and still logs out", { timeout: 30_000 }, async (t) => {
    const engine = await ownRedis(t, ["--appendonly", "no", "--maxmemory-policy", "noeviction"]);
    const client = new Redis(engine.url);
    t.after(() => client.disconnect());
    const store = redisStore(client);
    const [one, two] = [makeRecord({ owner: "ann" }), makeRecord()];
    for (const record of [one, two]) await store.create(record);
    const held = await store.read(one.id);
    await client.config("SET", "maxmemory", "1");
    for (const call of [store.create(makeRecord()), store.create(makeRecord({ owner: "ann" })), store.update({ ...two, version: "x" }, two.version), store.touch(two.id, two.version, two.lastSeenAt + 1, two.expiresAt + 1)]) {
      assert.equal((await refuse(call)).outcome, "not-sent");
    }
    assert.deepEqual(await store.read(one.id), held);
    assert.deepEqual(await store.read(two.id), two);
    assert.equal(await store.delete(two.id), "deleted");
    assert.equal(await store.deleteByOwner("ann"), 1);
    await client.config("SET", "maxmemory", "0");
    assert.equal(await store.create(two), true);
  });

  it("a read-only replica refuses writes as not sent", { timeout: 30_000 }, async (t) => {
    const engine = await ownRedis(t, ["--appendonly", "no"]);
    const client = new Redis(engine.url);
    t.after(() => client.disconnect());
    const store = redisStore(client);
    const record = makeRecord();
    await store.create(record);
    const replica = await ownRedis(t, ["--appendonly", "no", "--replicaof", `127.0.0.1 ${engine.port}`, "--repl-diskless-sync-delay", "0"]);
    const other = new Redis(replica.url);
    t.after(() => other.disconnect());
    await until("the replica is in step", async () => (await other.exists(`coatcheck:s:${record.id}`)) === 1);
    const late = redisStore(other);
    for (const call of [late.create(makeRecord()), late.update({ ...record, version: "x" }, record.version), late.delete(record.id), late.touch(record.id, record.version, record.lastSeenAt + 1, record.expiresAt + 1)]) {
      assert.equal((await refuse(call)).outcome, "not-sent");
    }
  });
});

async function open(t: TestContext, driver: "ioredis" | "node-redis", url: string, commandTimeoutMs: number): Promise<SessionStore> {
  if (driver === "ioredis") {
    const client = quiet(new Redis(url, { retryStrategy: () => 5 }));
    t.after(() => client.disconnect());
    return redisStore(client, { commandTimeoutMs });
  }
  const client = quiet(createClient({ url, socket: { reconnectStrategy: () => 5 } }));
  t.after(() => client.isOpen && client.destroy());
  await client.connect();
  return redisStore(client, { commandTimeoutMs });
}

async function ownRedis(t: TestContext, settings?: readonly string[]): Promise<RedisEngine> {
  const engine = await startOwnRedis(settings);
  t.after(() => engine.stop());
  return engine;
}

/** A proxy that, when asked, swallows the server's next answer and closes the connection. */
async function startCutter(target: number): Promise<{ port: number; cutNextAnswer: () => void; close: () => Promise<void> }> {
  let cuts = 0;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.on("data", (chunk) => {
      if (cuts > 0) {
        cuts -= 1;
        near.destroy();
      } else near.write(chunk);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address && typeof address === "object");
  return {
    port: address.port,
    cutNextAnswer: () => {
      cuts = 1;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
