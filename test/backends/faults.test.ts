import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import assert from "node:assert/strict";
import { connect } from "node:net";
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
import { OpenTimers } from "../support/open-timers.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";
import { assertWords, WordServer, type Writer } from "../support/word-server.ts";

const LIMIT_MS = 400;
/** Connections of a pool. */
const MOST = 10;
const GUARD = { storeGuard: { timeoutMs: LIMIT_MS, failuresToOpen: 5, retryAfterMs: 50 } };

/** An engine, a wire to it that can be cut, and a store at the other end of the wire. */
interface Bench {
  readonly engine: { readonly port: number; readonly server: ServerProcess | undefined };
  readonly proxy: TcpProxy;
  readonly store: SessionStore;
  /** Statements for the engine itself, past the wire. */
  tell(statement: string): Promise<unknown>;
  /** Connections that the server sees, those of the question itself left out, and how many of them are in the middle of something. */
  connections(): Promise<{ readonly all: number; readonly busy: number }>;
  /** How many connections the client may keep. */
  readonly mostConnections: number;
  /** Fails where somebody has taken a connection and not given it back. */
  takeAll(): Promise<void>;
  /** Listeners on the client. */
  listeners(): number;
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
      const pool = new pg.Pool({ connectionString: `postgres://coatcheck@127.0.0.1:${proxy.port}/postgres`, max: MOST, connectionTimeoutMillis: LIMIT_MS, idleTimeoutMillis: 0 });
      pool.on("error", () => {});
      t.after(async () => {
        if (!pool.ended) await pool.end();
        await proxy.stop();
        await engine.stop();
      });
      const store = postgresStore(pool, { commandTimeoutMs: LIMIT_MS });
      await until("the tables are made", () => store.migrate().then(() => true, () => false));
      const tell = async (statement: string): Promise<unknown> => {
        const admin = new pg.Client(engine.url);
        await admin.connect();
        return admin.query(statement).finally(() => admin.end());
      };
      const connections = async (): Promise<{ all: number; busy: number }> => {
        const { rows } = (await tell("select state from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()")) as { rows: { state: string }[] };
        return { all: rows.length, busy: rows.filter(({ state }) => state !== "idle").length };
      };
      const takeAll = async (): Promise<void> => {
        assert.equal(pool.waitingCount, 0);
        await giveBackAll(() => pool.connect(), (one) => one.release());
      };
      return { engine, proxy, store, tell, connections, mostConnections: MOST, takeAll, listeners: () => countListeners(pool), close: () => pool.end() };
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
      const pool = mysql.createPool({ uri: `mysql://root@127.0.0.1:${proxy.port}/${engine.database}`, connectionLimit: MOST, connectTimeout: LIMIT_MS });
      t.after(async () => {
        await pool.end().catch(() => {});
        await proxy.stop();
        await engine.stop();
      });
      const store = mysqlStore(pool, { commandTimeoutMs: LIMIT_MS });
      await until("the tables are made", () => store.migrate().then(() => true, () => false));
      const connections = async (): Promise<{ all: number; busy: number }> => {
        const admin = await mysql.createConnection(engine.url);
        const [rows] = (await admin.query("select command from information_schema.processlist where id <> connection_id() and user = 'root'")) as unknown as [{ command: string }[]];
        const [transactions] = (await admin.query("select trx_id from information_schema.innodb_trx")) as unknown as [unknown[]];
        await admin.end();
        return { all: rows.length, busy: rows.filter(({ command }) => command !== "Sleep").length + transactions.length };
      };
      const takeAll = (): Promise<void> => giveBackAll(() => pool.getConnection(), (one) => one.release());
      return { engine, proxy, store, tell: async () => undefined, connections, mostConnections: MOST, takeAll, listeners: () => countListeners(pool), close: () => pool.end() };
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
      const connections = async (): Promise<{ all: number; busy: number }> => {
        const lines = String(await tell("CLIENT LIST TYPE normal")).trim().split("\n").filter((line) => !line.includes("cmd=client|list"));
        return { all: lines.length, busy: lines.filter((line) => !/ qbuf=0 /.test(line)).length };
      };
      return { engine, proxy, store: redisStore(client, { commandTimeoutMs: LIMIT_MS }), tell, connections, mostConnections: 1, takeAll: async () => {}, listeners: () => countListeners(client), close: async () => client.disconnect() };
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
      const connections = async (): Promise<{ all: number; busy: number }> => {
        const text = await askMemcached(engine.port, "stats conns\r\n");
        // Each says its state: one that asks this, one that listens, and those that wait for the next command.
        const states = [...text.matchAll(/^STAT \d+:state (\w+)/gm)].map(([, state]) => state).filter((state) => state !== "conn_listening");
        return { all: states.length - 1, busy: states.filter((state) => state !== "conn_read" && state !== "conn_waiting").length - 1 };
      };
      return { engine, proxy, store: memcachedStore(client, { commandTimeoutMs: LIMIT_MS }), tell: async () => undefined, connections, mostConnections: 1, takeAll: async () => {}, listeners: () => 0, close: async () => client.close() };
    },
  },
];

/** Takes them all at once, which goes on failing where somebody keeps one. */
async function giveBackAll<Connection>(take: () => Promise<Connection>, giveBack: (connection: Connection) => void): Promise<void> {
  await until("every connection can be taken", async () => {
    const taken = await Promise.allSettled(Array.from({ length: MOST }, take));
    for (const one of taken) if (one.status === "fulfilled") giveBack(one.value);
    return taken.every(({ status }) => status === "fulfilled");
  });
}

const countListeners = (emitter: { eventNames(): (string | symbol)[]; listenerCount(name: string | symbol): number }): number =>
  emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);

/** One question on a connection of its own. */
async function askMemcached(port: number, question: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.setEncoding("utf8").write(question);
  for await (const chunk of socket) {
    text += String(chunk);
    if (text.endsWith("END\r\n")) break;
  }
  socket.destroy();
  return text;
}

interface Run {
  readonly bench: Bench;
  readonly app: WordServer;
  readonly timers: OpenTimers;
  /** What there was before anything went wrong. */
  readonly before: { readonly timers: number; readonly listeners: number };
}

async function begin(t: TestContext, kind: Kind): Promise<Run> {
  const bench = await kind.open(t);
  const timers = new OpenTimers();
  const app = await WordServer.start(bench.store, GUARD);
  t.after(async () => {
    timers.stop();
    await app.close();
  });
  return { bench, app, timers, before: { timers: timers.count, listeners: bench.listeners() } };
}

/** Nothing is held any more, as the server sees it: no more connections than the client may have, none in the middle of anything. */
async function finish({ bench, timers, before }: Run): Promise<void> {
  let seen = { all: 0, busy: 0 };
  await until("the server sees nothing that is left", async () => {
    seen = await bench.connections();
    return seen.busy === 0 && seen.all <= bench.mostConnections;
  });
  assert.ok(seen.all > 0, "the server sees the client");
  await bench.takeAll();
  assert.ok(bench.listeners() <= before.listeners, "listeners that are left");
  await until("no timer is left", async () => {
    // The one that this waited on is over in the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    return timers.count <= before.timers;
  });
  await bench.close();
  await until("no connection is left", async () => bench.proxy.connections === 0 && (await bench.connections()).all === 0);
}

/** Answers come again. */
async function recover(app: WordServer, writer: Writer): Promise<void> {
  await until("the application answers again", async () => (await app.send(writer, "/words")).status === 200);
}

for (const kind of kinds) {
  describe(`CC-11 PAIN-11 ${kind.name}, through an HTTP server`, { skip: kind.missing }, () => {
    it("killed and started again in the middle of 2,000 requests", { timeout: 90_000 }, async (t) => {
      const run = await begin(t, kind);
      const { bench, app } = run;
      const ended = await app.begin(20);
      const tickets = ended.map(({ cookie }) => cookie);
      for (const writer of ended) assert.equal((await app.send(writer, "/out")).status, 200);
      const leaving = await app.begin(20);
      tickets.push(...leaving.map(({ cookie }) => cookie));
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
      const leavers = leaving.map(async (visitor) => {
        while ((await app.send(visitor, "/out")).status !== 200) await new Promise((resolve) => setImmediate(resolve));
      });
      await bench.engine.server?.stop(kind.killBy);
      await bench.engine.server?.start();
      await Promise.all([...work, ...leavers]);
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
      await finish(run);
      t.diagnostic(`${JSON.stringify([...app.statuses])}, longest ${app.longestMs.toFixed(0)} ms`);
    });

    it("the connection is cut between the two calls of a request", { timeout: 60_000 }, async (t) => {
      const run = await begin(t, kind);
      const { bench, app } = run;
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
      await finish(run);
      t.diagnostic(JSON.stringify([...app.statuses]));
    });

    it("CC-10 accepts and never answers: 503 with Retry-After within the limit, at once when it is known, and well again by itself", { timeout: 60_000 }, async (t) => {
      const run = await begin(t, kind);
      const { bench, app } = run;
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
      await finish(run);
    });
  });
}

describe("PAIN-11 an engine that takes no writes, through an HTTP server", () => {
  it("a full redis: what is there is read, writes are 503, and logging out works", { skip: ownRedisMissing(), timeout: 60_000 }, async (t) => {
    const run = await begin(t, kinds[2] as Kind);
    const { bench, app } = run;
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
    await finish(run);
  });

  it("a read-only postgres: what is there is read, writes are 503, and nobody is told that he is logged out who is not", { skip: ownPostgresMissing(), timeout: 60_000 }, async (t) => {
    const run = await begin(t, kinds[0] as Kind);
    const { bench, app } = run;
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
    await finish(run);
  });
});
