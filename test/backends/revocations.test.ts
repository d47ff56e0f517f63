import { Cluster, Redis } from "ioredis";
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { after, before, describe, it, type TestContext } from "node:test";
import { createCoatcheck } from "coatcheck";
import pg from "pg";
import { createClient, createCluster } from "redis";
import type { RevocationBus } from "../../src/store/revocation-bus.ts";
import type { SessionStore } from "../../src/store/store.ts";
import { postgresStore } from "../../src/stores/postgres.ts";
import { redisStore } from "../../src/stores/redis.ts";
import { postgresRevocations, redisRevocations } from "../../src/stores/revocations.ts";
import { ownPostgresMissing, startOwnPostgres, type PostgresEngine } from "../support/engines/postgres.ts";
import { startRedisCluster, type RedisClusterEngine } from "../support/engines/redis-cluster.ts";
import { ownRedisMissing, startOwnRedis, type RedisEngine } from "../support/engines/redis.ts";
import { until } from "../support/engines/server-process.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

/** One node: its own clients, its own cloakroom. */
interface Node {
  readonly store: SessionStore;
  readonly revocations: RevocationBus;
}

const roomOf = ({ store, revocations }: Node) => createCoatcheck<AnyData>({ store, revocations, production: false, log: () => {} });

/** Two nodes: what one ends is closed on the other, and what ended while the wire was cut, too. */
async function check(t: TestContext, here: Node, there: Node, countListeners: () => Promise<number>, cut: () => Promise<unknown>): Promise<void> {
  const [one, other] = [roomOf(here), roomOf(there)];
  const begin = async (): Promise<{ visitor: Visitor; id: string }> => {
    const visitor = new Visitor(one);
    await visitor.run((coat) => coat.session.set("n", 1));
    const id = await visitor.run((coat) => coat.session.id);
    assert.ok(id !== null);
    return { visitor, id };
  };
  const closed = new Set<string>();
  const [first, second, third, stays] = await Promise.all([begin(), begin(), begin(), begin()]);
  for (const { id } of [first, second, third, stays]) other.onRevoked(id, (ended) => closed.add(ended));
  await until("somebody listens", async () => (await countListeners()) === 1);
  const begun = performance.now();
  await first.visitor.run((coat) => coat.session.flush());
  await until("the logout is known", () => closed.has(first.id));
  t.diagnostic(`${(performance.now() - begun).toFixed(1)} ms from the logout on one node to the close on the other`);
  await one.sessions.revoke(second.id);
  await until("the revocation is known", () => closed.has(second.id));
  // No text tells of this one.
  await here.store.delete(third.id);
  await cut();
  await until("what ended while nobody heard is known", () => closed.has(third.id));
  assert.deepEqual([...closed].sort(), [first.id, second.id, third.id].sort());
  await Promise.all([one.close(), other.close()]);
  await until("nobody listens any more", async () => (await countListeners()) === 0);
}

describe("CC-02 onRevoked between nodes, over Redis", { skip: ownRedisMissing() }, () => {
  let engine: RedisEngine;
  let admin: Redis;
  before(async () => {
    engine = await startOwnRedis(["--appendonly", "no"]);
    admin = new Redis(engine.url);
  });
  after(async () => {
    admin.disconnect();
    await engine.stop();
  });
  const count = (channel: string) => async (): Promise<number> => Number(((await admin.pubsub("NUMSUB", channel)) as unknown[])[1]);
  const cut = async (): Promise<void> => void (await admin.call("CLIENT", "KILL", "TYPE", "PUBSUB"));

  it("by ioredis", { timeout: 30_000 }, async (t) => {
    const clients = [new Redis(engine.url, { retryStrategy: () => 20 }), new Redis(engine.url, { retryStrategy: () => 20 })] as const;
    t.after(() => {
      for (const client of clients) client.disconnect();
    });
    const [here, there] = clients.map((client): Node => ({ store: redisStore(client), revocations: redisRevocations(client, { channel: "one" }) })) as [Node, Node];
    await check(t, here, there, count("one"), cut);
  });

  it("by node-redis", { timeout: 30_000 }, async (t) => {
    const make = () => createClient({ url: engine.url, socket: { reconnectStrategy: () => 20 } });
    const clients = [make(), make()] as const;
    for (const client of clients) {
      client.on("error", () => {});
      await client.connect();
    }
    t.after(() => {
      for (const client of clients) client.destroy();
    });
    const [here, there] = clients.map((client): Node => ({ store: redisStore(client), revocations: redisRevocations(client, { channel: "two" }) })) as [Node, Node];
    await check(t, here, there, count("two"), cut);
  });
});

describe("CC-02 onRevoked between nodes, over a Redis Cluster", { skip: ownRedisMissing() }, () => {
  let engine: RedisClusterEngine;
  let admins: Redis[];
  before(async () => {
    engine = await startRedisCluster();
    admins = engine.nodes.map(({ host, port }) => new Redis(port, host));
  });
  after(async () => {
    for (const admin of admins) admin.disconnect();
    await engine.stop();
  });
  const count = (channel: string) => async (): Promise<number> => {
    const counts = await Promise.all(admins.map(async (admin) => Number(((await admin.pubsub("NUMSUB", channel)) as unknown[])[1])));
    return counts.reduce((sum, one) => sum + one, 0);
  };
  /** No text comes while the connection that listens is down. */
  const cut = async (): Promise<void> => void (await Promise.all(admins.map((admin) => admin.call("CLIENT", "KILL", "TYPE", "PUBSUB"))));

  it("by ioredis", { timeout: 60_000 }, async (t) => {
    const clients = [new Cluster([...engine.nodes]), new Cluster([...engine.nodes])] as const;
    for (const client of clients) client.on("error", () => {});
    t.after(() => {
      for (const client of clients) client.disconnect();
    });
    const [here, there] = clients.map((client): Node => ({ store: redisStore(client), revocations: redisRevocations(client, { channel: "three" }) })) as [Node, Node];
    await check(t, here, there, count("three"), cut);
  });

  it("by node-redis", { timeout: 60_000 }, async (t) => {
    const clients = [0, 1].map(() => createCluster({ rootNodes: engine.nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` })) }));
    for (const client of clients) {
      client.on("error", () => {});
      await client.connect();
    }
    t.after(() => {
      for (const client of clients) client.destroy();
    });
    const [here, there] = clients.map((client): Node => ({ store: redisStore(client), revocations: redisRevocations(client, { channel: "four" }) })) as [Node, Node];
    await check(t, here, there, count("four"), cut);
  });
});

describe("CC-02 onRevoked between nodes, over PostgreSQL", { skip: ownPostgresMissing() }, () => {
  let engine: PostgresEngine;
  before(async () => {
    engine = await startOwnPostgres(["-c", "fsync=off"]);
  });
  after(() => engine.stop());

  it("by LISTEN and NOTIFY", { timeout: 30_000 }, async (t) => {
    const admin = new pg.Client(engine.url);
    await admin.connect();
    const pools = [new pg.Pool({ connectionString: engine.url }), new pg.Pool({ connectionString: engine.url })] as const;
    for (const pool of pools) pool.on("error", () => {});
    t.after(async () => {
      await admin.end();
      for (const pool of pools) await pool.end();
    });
    await postgresStore(pools[0]).migrate();
    const [here, there] = pools.map((pool): Node => ({ store: postgresStore(pool), revocations: postgresRevocations(pool) })) as [Node, Node];
    const listening = "from pg_stat_activity where query = 'listen coatcheck_revoked' and pid <> pg_backend_pid()";
    const count = async (): Promise<number> => Number((await admin.query<{ n: string }>(`select count(*) n ${listening}`)).rows[0]?.n);
    await check(t, here, there, count, () => admin.query(`select pg_terminate_backend(pid) ${listening}`));
    // A look-up that the loss has begun may still be under way when the last session is known to have ended.
    await until("every connection was given back", () => pools.every((pool) => pool.totalCount === pool.idleCount));
  });

  it("a LISTEN that is cut half-way leaves no second connection listening", { timeout: 30_000 }, async (t) => {
    let cuts = 0;
    const sockets = new Set<Socket>();
    const wire = createServer((near) => {
      const far = connect(engine.port, "127.0.0.1");
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => void [near.destroy(), far.destroy()]);
      }
      near.on("data", (chunk) => {
        if (cuts > 0 && chunk.toString("latin1").includes("listen cut")) {
          cuts--;
          near.destroy();
        } else far.write(chunk);
      });
      far.on("data", (chunk) => near.write(chunk));
    }).listen(0, "127.0.0.1");
    await once(wire, "listening");
    const admin = new pg.Client(engine.url);
    await admin.connect();
    const pool = new pg.Pool({ connectionString: engine.url.replace(String(engine.port), String((wire.address() as AddressInfo).port)) });
    pool.on("error", () => {});
    t.after(async () => {
      await pool.end();
      await admin.end();
      for (const socket of sockets) socket.destroy();
      wire.close();
    });
    const listening = "from pg_stat_activity where query = 'listen cut'";
    const count = async (): Promise<number> => Number((await admin.query<{ n: string }>(`select count(*) n ${listening}`)).rows[0]?.n);
    const heard: string[] = [];
    const bus = postgresRevocations(pool, { channel: "cut" });
    cuts = 1;
    await assert.rejects(bus.subscribe(() => {}, () => {}), /terminated/);
    assert.equal(pool.totalCount - pool.idleCount, 0);
    const stop = await bus.subscribe((text) => heard.push(text), () => heard.push("missed"));
    cuts = 1;
    await admin.query(`select pg_terminate_backend(pid) ${listening}`);
    await until("it listens again", () => heard.includes("missed"));
    await bus.publish("x");
    await until("the text has come", () => heard.includes("x"));
    assert.deepEqual([heard, await count(), cuts], [["missed", "x"], 1, 0]);
    await stop();
    await until("nobody listens any more", async () => (await count()) === 0);
    assert.equal(pool.totalCount - pool.idleCount, 0);
  });
});
