import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { createCoatcheck } from "coatcheck";
import pg from "pg";
import { callCountOf, callCounts, type RequestKind } from "../../scripts/lib/store-facts.ts";
import type { SessionStore } from "../../src/store/store.ts";
import { connectMemcached, memcachedStore } from "../../src/stores/memcached.ts";
import { mysqlStore } from "../../src/stores/mysql.ts";
import { postgresStore } from "../../src/stores/postgres.ts";
import { redisStore } from "../../src/stores/redis.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { ownMariadbMissing, startOwnMariadb } from "../support/engines/mariadb.ts";
import { ownMemcachedMissing, startOwnMemcached } from "../support/engines/memcached.ts";
import { ownPostgresMissing, startOwnPostgres } from "../support/engines/postgres.ts";
import { ownRedisMissing, startOwnRedis } from "../support/engines/redis.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

/** Runs a request and returns how many commands reached the server meanwhile. */
type Count = (request: () => Promise<unknown>) => Promise<number>;

const HOUR_MS = 3_600_000;

/** Every kind of request, each through a cloakroom and a browser of its own, and what the server saw of it. */
async function countRequests(store: SessionStore, count: Count): Promise<Record<RequestKind, number>> {
  const clock = new FakeClock(Date.now());
  const make = (expireAtBrowserClose: boolean) => createCoatcheck<AnyData>({ store, production: false, clock, sweep: false, log: () => {}, session: { idleTimeout: "1h", absoluteTimeout: null, expireAtBrowserClose } });
  const [persistent, transient] = [make(false), make(true)];
  const begun = async (cloakroom = persistent): Promise<Visitor> => {
    const visitor = new Visitor(cloakroom);
    await visitor.run((coat) => void coat.session.set("n", 0));
    return visitor;
  };
  const counts = {} as Record<RequestKind, number>;
  const measure = async (kind: RequestKind, visitor: Visitor, ...request: Parameters<Visitor["run"]>): Promise<void> => {
    counts[kind] = await count(() => visitor.run(...request));
  };
  const look = (coat: Parameters<Parameters<Visitor["run"]>[0]>[0]): unknown => coat.session.get("n");
  await measure("anonymous", new Visitor(persistent), look);
  await measure("lazy", await begun(), () => null, { route: { lazy: true } });
  await measure("begin", new Visitor(persistent), (coat) => void coat.session.set("n", 1));
  await measure("read", await begun(), look);
  const ended = await begun();
  const cookie = ended.header() ?? "";
  await ended.run((coat) => coat.session.flush());
  await measure("unknown", ended, look, { headers: { cookie } });
  await measure("write", await begun(), (coat) => void coat.session.set("n", 2));
  await measure("logout", await begun(), (coat) => coat.session.flush());
  await measure("rotate", await begun(), (coat) => coat.session.rotate());
  const [sliding, renewing] = [await begun(transient), await begun()];
  clock.advance(HOUR_MS / 2);
  await measure("slide", sliding, look);
  await measure("renew", renewing, look);
  return counts;
}

async function check(t: TestContext, store: SessionStore, count: Count): Promise<void> {
  // The first round is for what happens once: scripts are loaded, statements prepared.
  await countRequests(store, async (request) => {
    await request();
    return 0;
  });
  const counts = await countRequests(store, count);
  t.diagnostic(JSON.stringify(counts));
  const expected = Object.fromEntries(Object.keys(counts).map((kind) => [kind, callCountOf(store.name, kind as RequestKind)]));
  assert.deepEqual(counts, expected);
  assert.deepEqual(Object.keys(counts).sort(), Object.keys(callCounts).sort());
}

describe("I4 I5 store calls per request, counted at the server", () => {
  it("redis, by MONITOR", { skip: ownRedisMissing(), timeout: 60_000 }, async (t) => {
    const engine = await startOwnRedis(["--appendonly", "no"]);
    const [client, admin] = [new Redis(engine.url), new Redis(engine.url)];
    const monitor = await admin.monitor();
    t.after(async () => {
      for (const one of [client, admin, monitor]) one.disconnect();
      await engine.stop();
    });
    let seen: string[][] = [];
    let rounds = 0;
    monitor.on("monitor", (_time: string, args: string[], source: string) => {
      if (source !== "lua") seen.push(args);
    });
    const count: Count = async (request) => {
      const settle = async (): Promise<void> => {
        const word = `end-${++rounds}`;
        await admin.echo(word);
        while (!seen.some((args) => args[1] === word)) await new Promise(setImmediate);
      };
      await settle();
      seen = [];
      await request();
      await settle();
      return seen.length - 1;
    };
    await check(t, redisStore(client), count);
  });

  it("postgres, by pg_stat_statements", { skip: ownPostgresMissing(), timeout: 60_000 }, async (t) => {
    const engine = await startOwnPostgres(["-c", "fsync=off", "-c", "shared_preload_libraries=pg_stat_statements", "-c", "pg_stat_statements.track=top"]);
    const [pool, admin] = [new pg.Pool({ connectionString: engine.url }), new pg.Client(engine.url)];
    await admin.connect();
    t.after(async () => {
      await Promise.all([pool.end(), admin.end()]);
      await engine.stop();
    });
    await admin.query("create extension pg_stat_statements");
    const store = postgresStore(pool);
    await store.migrate();
    const count: Count = async (request) => {
      await admin.query("select pg_stat_statements_reset()");
      await request();
      const { rows } = await admin.query<{ calls: string | null }>("select sum(calls) calls from pg_stat_statements where query not like '%pg_stat_statements%'");
      return Number(rows[0]?.calls ?? 0);
    };
    await check(t, store, count);
  });

  it("mysql, by its status", { skip: ownMariadbMissing(), timeout: 60_000 }, async (t) => {
    const engine = await startOwnMariadb(["--innodb-flush-log-at-trx-commit=0"]);
    const [pool, admin] = [mysql.createPool({ uri: engine.url, connectionLimit: 1 }), await mysql.createConnection({ uri: engine.url })];
    t.after(async () => {
      await Promise.all([pool.end(), admin.end()]);
      await engine.stop();
    });
    const store = mysqlStore(pool);
    await store.migrate();
    const read = async (): Promise<number> => {
      const [rows] = await admin.query<mysql.RowDataPacket[]>("show global status like 'Questions'");
      return Number(rows[0]?.["Value"]);
    };
    const count: Count = async (request) => {
      const before = await read();
      await request();
      return (await read()) - before - 1;
    };
    await check(t, store, count);
  });

  it("memcached, by its statistics", { skip: ownMemcachedMissing(), timeout: 60_000 }, async (t) => {
    const engine = await startOwnMemcached();
    const client = connectMemcached(engine.address);
    t.after(async () => {
      client.close();
      await engine.stop();
    });
    const count: Count = async (request) => {
      const before = await readStatistics(engine.port);
      await request();
      return (await readStatistics(engine.port)) - before;
    };
    await check(t, memcachedStore(client), count);
  });
});

const COMMANDS = new Set(["cmd_get", "cmd_set", "delete_hits", "delete_misses", "cmd_touch"]);

/** How many commands on items a memcached has served. */
function readStatistics(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write("stats\r\n"));
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      text += chunk.toString();
      if (!text.endsWith("END\r\n")) return;
      socket.destroy();
      const lines = [...text.matchAll(/^STAT (\w+) (\d+)\r$/gm)];
      resolve(lines.reduce((sum, [, name = "", value = "0"]) => (COMMANDS.has(name) ? sum + Number(value) : sum), 0));
    });
  });
}
