import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import pg from "pg";
import type { SessionStore } from "../../src/store/store.ts";
import { connectMemcached, memcachedStore } from "../../src/stores/memcached.ts";
import { mysqlStore } from "../../src/stores/mysql.ts";
import { postgresStore } from "../../src/stores/postgres.ts";
import { redisStore } from "../../src/stores/redis.ts";
import { ownMariadbMissing, startOwnMariadb } from "../support/engines/mariadb.ts";
import { ownMemcachedMissing, startOwnMemcached } from "../support/engines/memcached.ts";
import { ownPostgresMissing, startOwnPostgres } from "../support/engines/postgres.ts";
import { ownRedisMissing, startOwnRedis } from "../support/engines/redis.ts";
import { until, type ServerProcess } from "../support/engines/server-process.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";
import { assertWords, WordServer, type Writer } from "../support/word-server.ts";

const LIMIT_MS = 400;
const GUARD = { storeGuard: { timeoutMs: LIMIT_MS, failuresToOpen: 5, retryAfterMs: 50 } };

/** An engine, a wire to it that can be cut, and a store at the other end of the wire. */
interface Bench {
  readonly engine: { readonly port: number; readonly server: ServerProcess | undefined };
  readonly proxy: TcpProxy;
  readonly store: SessionStore;
  /** Statements for the engine itself, past the wire. */
  tell(statement: string): Promise<unknown>;
  /** Connections that somebody has taken and not given back, and listeners that are left; 0 where the client does not say. */
  leaks(): number;
  /** Ends the client. */
  close(): Promise<unknown>;
}

interface Kind {
  readonly name: string;
  readonly missing: false | string;
  /** Whether an acknowledged write outlives a killed server. */
  readonly survivesKill: boolean;
  readonly killBy: NodeJS.Signals;
  open(t: TestContext): Promise<Bench>;
}

const kinds: readonly Kind[] = [
  {
    name: "postgres",
    missing: ownPostgresMissing(),
    survivesKill: true,
    killBy: "SIGQUIT",
    open: async (t) => {
      const engine = await startOwnPostgres();
      const proxy = await TcpProxy.start(engine.port);
      const pool = new pg.Pool({ connectionString: `postgres://coatcheck@127.0.0.1:${proxy.port}/postgres`, max: 10, connectionTimeoutMillis: LIMIT_MS });
      pool.on("error", () => {});
      t.after(async () => {
        if (!pool.ended) await pool.end();
        await proxy.stop();
        await engine.stop();
      });
      const store = postgresStore(pool, { commandTimeoutMs: LIMIT_MS });
      await store.migrate();
      const tell = async (statement: string): Promise<unknown> => {
        const admin = new pg.Client(engine.url);
        await admin.connect();
        return admin.query(statement).finally(() => admin.end());
      };
      return { engine, proxy, store, tell, leaks: () => pool.totalCount - pool.idleCount + pool.waitingCount, close: () => pool.end() };
    },
  },
  {
    name: "mysql (MariaDB)",
    missing: ownMariadbMissing(),
    survivesKill: true,
    killBy: "SIGKILL",
    open: async (t) => {
      const engine = await startOwnMariadb();
      const proxy = await TcpProxy.start(engine.port);
      const pool = mysql.createPool({ uri: `mysql://root@127.0.0.1:${proxy.port}/${engine.database}`, connectionLimit: 10, connectTimeout: LIMIT_MS });
      t.after(async () => {
        await pool.end().catch(() => {});
        await proxy.stop();
        await engine.stop();
      });
      const store = mysqlStore(pool, { commandTimeoutMs: LIMIT_MS });
      await store.migrate();
      return { engine, proxy, store, tell: async () => undefined, leaks: () => 0, close: () => pool.end() };
    },
  },
  {
    name: "redis (appendfsync always)",
    missing: ownRedisMissing(),
    survivesKill: true,
    killBy: "SIGKILL",
    open: async (t) => {
      const engine = await startOwnRedis();
      const proxy = await TcpProxy.start(engine.port);
      const client = new Redis(`redis://127.0.0.1:${proxy.port}`, { retryStrategy: () => 10 });
      client.on("error", () => {});
      t.after(async () => {
        client.disconnect();
        await proxy.stop();
        await engine.stop();
      });
      const tell = async (statement: string): Promise<unknown> => {
        const admin = new Redis(engine.url);
        const [command = "", ...args] = statement.split(" ");
        return admin.call(command, ...args).finally(() => admin.disconnect());
      };
      return { engine, proxy, store: redisStore(client, { commandTimeoutMs: LIMIT_MS }), tell, leaks: () => client.listenerCount("ready") + client.listenerCount("end"), close: async () => client.disconnect() };
    },
  },
  {
    name: "memcached",
    missing: ownMemcachedMissing(),
    survivesKill: false,
    killBy: "SIGKILL",
    open: async (t) => {
      const engine = await startOwnMemcached();
      const proxy = await TcpProxy.start(engine.port);
      const client = connectMemcached(`127.0.0.1:${proxy.port}`);
      t.after(async () => {
        client.close();
        await proxy.stop();
        await engine.stop();
      });
      return { engine, proxy, store: memcachedStore(client, { commandTimeoutMs: LIMIT_MS }), tell: async () => undefined, leaks: () => 0, close: async () => client.close() };
    },
  },
];

async function begin(t: TestContext, kind: Kind): Promise<{ bench: Bench; app: WordServer }> {
  const bench = await kind.open(t);
  const app = await WordServer.start(bench.store, GUARD);
  t.after(() => app.close());
  return { bench, app };
}

/** Nothing is held any more: what was borrowed is given back, and with the client every connection goes. */
async function finish(bench: Bench): Promise<void> {
  await until("everything is given back", () => bench.leaks() === 0);
  await bench.close();
  await until("no connection is left", () => bench.proxy.connections === 0);
}

/** Answers come again. */
async function recover(app: WordServer, writer: Writer): Promise<void> {
  await until("the application answers again", async () => (await app.send(writer, "/words")).status === 200);
}

for (const kind of kinds) {
  describe(`CC-11 PAIN-11 ${kind.name}, through an HTTP server`, { skip: kind.missing }, () => {
    it("killed and started again in the middle of 2,000 requests", { timeout: 90_000 }, async (t) => {
      const { bench, app } = await begin(t, kind);
      const ended = await app.begin(20);
      const tickets = ended.map(({ cookie }) => cookie);
      for (const writer of ended) assert.equal((await app.send(writer, "/out")).status, 200);
      const writers = await app.begin(40);
      const requests = 50;
      let sent = 0;
      const half = Promise.withResolvers<void>();
      const work = writers.map(async (writer, index) => {
        for (let turn = 0; turn < requests; turn++) {
          if (++sent === (writers.length * requests) / 2) half.resolve();
          await app.send(writer, `/add/${index}-${turn}`);
        }
      });
      await half.promise;
      await bench.engine.server?.stop(kind.killBy);
      await bench.engine.server?.start();
      await Promise.all(work);
      await recover(app, { cookie: writers[0]?.cookie ?? "", acknowledged: [] });
      for (const writer of writers) {
        const { status, words } = await app.send(writer, "/words");
        assert.equal(status, 200);
        if (kind.survivesKill) assertWords(words, writer.acknowledged);
        else assert.equal(new Set(words).size, words.length, "a word came twice");
      }
      for (const cookie of tickets) assert.deepEqual((await app.send({ cookie, acknowledged: [] }, "/words")).words, [], "a session that was logged out lives");
      assert.ok([...app.statuses.keys()].every((status) => status === 200 || status === 503), JSON.stringify([...app.statuses]));
      assert.ok(app.longestMs < 12 * LIMIT_MS, `a request took ${app.longestMs} ms`);
      await finish(bench);
      t.diagnostic(`${JSON.stringify([...app.statuses])}, longest ${app.longestMs.toFixed(0)} ms`);
    });

    it("the connection is cut between the two calls of a request", { timeout: 60_000 }, async (t) => {
      const { bench, app } = await begin(t, kind);
      const writers = await app.begin(8);
      app.between = () => bench.proxy.cut();
      for (let turn = 0; turn < 5; turn++) {
        for (const [index, writer] of writers.entries()) {
          const { status } = await app.send(writer, `/add/${index}-${turn}`);
          assert.ok(status === 200 || status === 503, String(status));
          await recover(app, { cookie: writer.cookie, acknowledged: [] });
        }
      }
      app.between = () => {};
      for (const writer of writers) assertWords((await app.send(writer, "/words")).words, writer.acknowledged);
      await finish(bench);
      t.diagnostic(JSON.stringify([...app.statuses]));
    });

    it("CC-10 accepts and never answers: 503 with Retry-After within the limit, at once when it is known, and well again by itself", { timeout: 60_000 }, async (t) => {
      const { bench, app } = await begin(t, kind);
      const writers = await app.begin(20);
      bench.proxy.isMute = true;
      app.longestMs = 0;
      for (let round = 0; round < 5; round++) {
        const answers = await Promise.all(writers.map((writer, index) => app.send(writer, `/add/${index}-${round}`)));
        for (const { status, retryAfter } of answers) assert.deepEqual([status, retryAfter], [503, "1"]);
      }
      assert.ok(app.longestMs < 6 * LIMIT_MS, `a request took ${app.longestMs} ms`);
      bench.proxy.isMute = false;
      bench.proxy.cut();
      await recover(app, { cookie: writers[0]?.cookie ?? "", acknowledged: [] });
      for (const writer of writers) {
        await recover(app, { cookie: writer.cookie, acknowledged: [] });
        assertWords((await app.send(writer, "/words")).words, writer.acknowledged);
      }
      await finish(bench);
    });
  });
}

describe("PAIN-11 an engine that takes no writes, through an HTTP server", () => {
  it("a full redis: what is there is read, writes are 503, and logging out works", { skip: ownRedisMissing(), timeout: 60_000 }, async (t) => {
    const { bench, app } = await begin(t, kinds[2] as Kind);
    const [stays, goes] = (await app.begin(2)) as [Writer, Writer];
    const ticket = goes.cookie;
    await bench.tell("CONFIG SET maxmemory-policy noeviction");
    await bench.tell("CONFIG SET maxmemory 1");
    for (let turn = 0; turn < 10; turn++) assert.equal((await app.send(stays, `/add/lost-${turn}`)).status, 503);
    assert.equal((await app.send({ cookie: "", acknowledged: [] }, "/add/nobody")).status, 503);
    assert.deepEqual((await app.send(stays, "/words")).words, stays.acknowledged);
    assert.equal((await app.send(goes, "/out")).status, 200);
    assert.deepEqual((await app.send({ cookie: ticket, acknowledged: [] }, "/words")).words, []);
    await bench.tell("CONFIG SET maxmemory 0");
    await until("writes are taken again", async () => (await app.send(stays, "/add/back")).status === 200);
    assertWords((await app.send(stays, "/words")).words, stays.acknowledged);
    await finish(bench);
  });

  it("a read-only postgres: what is there is read, writes are 503, and nobody is told that he is logged out who is not", { skip: ownPostgresMissing(), timeout: 60_000 }, async (t) => {
    const { bench, app } = await begin(t, kinds[0] as Kind);
    const [stays, goes] = (await app.begin(2)) as [Writer, Writer];
    const ticket = goes.cookie;
    await bench.tell("alter system set default_transaction_read_only = on");
    await bench.tell("select pg_reload_conf()");
    bench.proxy.cut();
    await recover(app, { cookie: stays.cookie, acknowledged: [] });
    for (let turn = 0; turn < 10; turn++) assert.equal((await app.send(stays, `/add/lost-${turn}`)).status, 503);
    assert.deepEqual((await app.send(stays, "/words")).words, stays.acknowledged);
    assert.equal((await app.send(goes, "/out")).status, 503);
    assert.equal(goes.cookie, ticket, "the browser keeps the cookie of a session that lives");
    await bench.tell("alter system reset default_transaction_read_only");
    await bench.tell("select pg_reload_conf()");
    bench.proxy.cut();
    await until("writes are taken again", async () => (await app.send(stays, "/add/back")).status === 200);
    // Each connection hears of the new setting by itself.
    await until("logging out works again", async () => (await app.send(goes, "/out")).status === 200);
    assert.deepEqual((await app.send({ cookie: ticket, acknowledged: [] }, "/words")).words, []);
    assertWords((await app.send(stays, "/words")).words, stays.acknowledged);
    await finish(bench);
  });
});
