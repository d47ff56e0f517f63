import { Cluster, Redis } from "ioredis";
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { createCoatcheck } from "../../src/index.ts";
import { redisStore, type RedisStore } from "../../src/stores/redis.ts";
import { CREATE, DELETE, UPDATE, type Script } from "../../src/stores/redis/scripts.ts";
import { redisMissing, startRedis, type RedisEngine } from "../support/engines/redis.ts";
import { makeRecord } from "../support/records.ts";
import { Visitor } from "../support/visitor.ts";

/** A wire that loses one answer, and its connection with it, when it is told to. */
async function startLossyWire(target: number) {
  let lost: { readonly sha: string; readonly meanwhile: () => Promise<unknown> } | undefined;
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    let swallows: (() => Promise<unknown>) | undefined;
    for (const socket of [near, far]) {
      socket.on("error", () => {});
      socket.on("close", () => void (near.destroy(), far.destroy()));
    }
    near.on("data", (chunk: Buffer) => {
      if (lost !== undefined && chunk.toString("latin1").includes(lost.sha)) {
        swallows = lost.meanwhile;
        lost = undefined;
      }
      far.write(chunk);
    });
    far.on("data", (chunk) => {
      if (swallows === undefined) near.write(chunk);
      else void swallows().then(() => near.destroy());
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    /** Loses the next answer to that script. `meanwhile` runs before the client can know. */
    lose: (script: Script, meanwhile: () => Promise<unknown> = async () => {}): void => void (lost = { sha: script.sha, meanwhile }),
    close: () => server.close(),
  };
}

describe("PAIN-01 ST-12 ioredis as it comes sends again what a lost connection left unanswered", { skip: redisMissing() }, () => {
  let engine: RedisEngine;
  let wire: Awaited<ReturnType<typeof startLossyWire>>;
  let [client, direct]: [Redis, Redis] = [] as never;
  let [store, other]: [RedisStore, RedisStore] = [] as never;
  before(async () => {
    engine = await startRedis();
    wire = await startLossyWire(engine.port);
    client = new Redis(`redis://127.0.0.1:${wire.port}`, { retryStrategy: () => 5 });
    client.on("error", () => {});
    direct = new Redis(engine.url);
    const prefix = `resends-${process.pid}:`;
    [store, other] = [redisStore(client, { prefix }), redisStore(direct, { prefix })];
    // The scripts are known to the server from here on, so that each call is one command.
    const warm = makeRecord({ owner: "warm" });
    await store.create(warm);
    await store.update({ ...warm, version: "w" }, warm.version);
    await store.delete(warm.id);
  });
  after(async () => {
    client.disconnect();
    direct.disconnect();
    wire.close();
    await engine.stop();
  });

  it("a creation is recognised as its own", async () => {
    const record = makeRecord();
    wire.lose(CREATE);
    assert.equal(await store.create(record), true);
    assert.equal(await store.create(makeRecord({ id: record.id })), false, "somebody else's is not");
  });

  it("an update is recognised as its own", async () => {
    const record = makeRecord();
    await store.create(record);
    wire.lose(UPDATE);
    assert.deepEqual(await store.update({ ...record, version: "mine" }, record.version), { outcome: "updated" });
  });

  it("an update that another one has covered meanwhile is of unknown outcome, not lost to it", async () => {
    const record = makeRecord();
    await store.create(record);
    wire.lose(UPDATE, () => other.update({ ...record, version: "theirs" }, "mine"));
    await assert.rejects(store.update({ ...record, version: "mine" }, record.version), { outcome: "unknown" });
    assert.equal((await other.read(record.id))?.version, "theirs");
  });

  it("a deletion that finds nothing is of unknown outcome", async () => {
    const record = makeRecord();
    await store.create(record);
    wire.lose(DELETE);
    await assert.rejects(store.delete(record.id, record.version), { outcome: "unknown" });
    assert.equal(await other.read(record.id), null);
  });

  it("through the whole: no change comes twice, no record is left behind, no cart is lost", async () => {
    const options = { production: false, log() {}, sweep: false } as const;
    const [room, otherRoom] = [createCoatcheck<{ cart: string[] }>({ store, ...options }), createCoatcheck<{ cart: string[] }>({ store: other, ...options })];
    const visitor = new Visitor(room);
    const before = (await room.sessions.list({})).length;
    wire.lose(CREATE);
    await visitor.run((coat) => void coat.session.set("cart", []));
    assert.equal((await room.sessions.list({})).length, before + 1);
    const elsewhere = new Visitor(otherRoom, visitor.url, visitor.jar);
    wire.lose(UPDATE, () => elsewhere.run((coat) => void coat.session.change("cart", (cart) => [...((cart as string[] | undefined) ?? []), "from B"])));
    await assert.rejects(visitor.run((coat) => void coat.session.change("cart", (cart) => [...((cart as string[] | undefined) ?? []), "from A"])), { code: "COAT_STORE_UNAVAILABLE" });
    assert.deepEqual(await visitor.run((coat) => coat.session.get("cart")), ["from A", "from B"]);
    wire.lose(DELETE);
    await visitor.run((coat) => coat.session.rotate());
    assert.deepEqual(await visitor.run((coat) => coat.session.get("cart")), ["from A", "from B"]);
    assert.equal((await room.sessions.list({})).length, before + 1);
  });
});

describe("clients that were handed over", () => {
  it("are listened to once, however many stores use them; a Cluster's nodes as they come", () => {
    const client = new Redis({ lazyConnect: true });
    const cluster = new Cluster([{ host: "127.0.0.1", port: 1 }], { lazyConnect: true });
    for (let index = 0; index < 20; index++) [client, cluster].forEach((one) => redisStore(one, { prefix: `p${index}:` }));
    assert.equal(client.listenerCount("close"), 1);
    assert.equal(cluster.listenerCount("+node"), 1);
  });
});
