import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import pg from "pg";
import { createClient } from "redis";
import { sqlUsers, type UsersDatabase } from "../../src/auth/sql-users.ts";
import { StoreUnavailable } from "../../src/errors.ts";
import type { SessionStore } from "../../src/store/store.ts";
import { guardStore } from "../../src/stores/guarded.ts";
import { connectMemcached, memcachedStore } from "../../src/stores/memcached.ts";
import { mysqlStore } from "../../src/stores/mysql.ts";
import { postgresStore } from "../../src/stores/postgres.ts";
import { redisStore } from "../../src/stores/redis.ts";
import { mariadbMissing, startMariadb } from "../support/engines/mariadb.ts";
import { memcachedMissing, startMemcached } from "../support/engines/memcached.ts";
import { postgresMissing, startPostgres } from "../support/engines/postgres.ts";
import { redisMissing, startRedis } from "../support/engines/redis.ts";
import { until } from "../support/engines/server-process.ts";
import { makeRecord } from "../support/records.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";

const LIMIT_MS = 300;

interface Kind {
  readonly name: string;
  readonly missing: false | string;
  start(): Promise<{ readonly port: number; stop(): Promise<void> }>;
  open(port: number): Promise<{ readonly store: SessionStore; close(): Promise<unknown> }>;
}

const kinds: readonly Kind[] = [
  {
    name: "postgres by a pool of pg, as it comes",
    missing: postgresMissing(),
    start: startPostgres,
    open: async (port) => {
      const pool = new pg.Pool({ connectionString: `postgres://coatcheck@127.0.0.1:${port}/postgres` });
      pool.on("error", () => {});
      const store = postgresStore(pool, { table: `dead_path_${process.pid}`, commandTimeoutMs: LIMIT_MS });
      await store.migrate();
      return { store, close: () => pool.query(`drop table dead_path_${process.pid}`).then(() => pool.end()) };
    },
  },
  {
    name: "mysql by a pool of mysql2, as it comes",
    missing: mariadbMissing(),
    start: startMariadb,
    open: async (port) => {
      const pool = mysql.createPool({ uri: `mysql://root@127.0.0.1:${port}/coatcheck` });
      const store = mysqlStore(pool, { table: `dead_path_${process.pid}`, commandTimeoutMs: LIMIT_MS });
      await store.migrate();
      return { store, close: () => pool.query(`drop table dead_path_${process.pid}`).then(() => pool.end()) };
    },
  },
  {
    name: "redis by ioredis",
    missing: redisMissing(),
    start: startRedis,
    open: async (port) => {
      const client = new Redis(`redis://127.0.0.1:${port}`, { disconnectTimeout: 100 });
      client.on("error", () => {});
      return { store: redisStore(client, { prefix: `dead-path-${process.pid}:`, commandTimeoutMs: LIMIT_MS }), close: async () => client.disconnect() };
    },
  },
  {
    name: "redis by node-redis",
    missing: redisMissing(),
    start: startRedis,
    open: async (port) => {
      const client = createClient({ url: `redis://127.0.0.1:${port}` });
      client.on("error", () => {});
      await client.connect();
      return { store: redisStore(client, { prefix: `dead-path-${process.pid}:`, commandTimeoutMs: LIMIT_MS }), close: async () => client.destroy() };
    },
  },
  {
    name: "memcached",
    missing: memcachedMissing(),
    start: startMemcached,
    open: async (port) => {
      const client = connectMemcached(`127.0.0.1:${port}`);
      return { store: memcachedStore(client, { prefix: `dead-path-${process.pid}:`, commandTimeoutMs: LIMIT_MS }), close: async () => client.close() };
    },
  },
];

describe("PAIN-11 CC-10 a path that breaks without a word (no power, a moved address): new connections are made, and the application is back by itself", () => {
  for (const kind of kinds) {
    it(kind.name, { skip: kind.missing, timeout: 60_000 }, async (t) => {
      const engine = await kind.start();
      const proxy = await TcpProxy.start(engine.port);
      const bench = await kind.open(proxy.port);
      t.after(async () => {
        await bench.close();
        await proxy.stop();
        await engine.stop();
      });
      const store = guardStore(bench.store, { timeoutMs: LIMIT_MS, retryAfterMs: 50 });
      const record = makeRecord();
      await store.create(record);
      const readAll = (): Promise<boolean> => Promise.all(Array.from({ length: 15 }, () => store.read(record.id))).then((found) => found.every((one) => one?.version === record.version), () => false);
      await until("every connection of the pool is made", readAll);
      proxy.swallow();
      assert.equal(await readAll(), false, "the connections were swallowed");
      await until("the application is back", readAll, 10_000);
    });
  }
});

describe("PAIN-11 logins over such a path cost no connections either", () => {
  const engines = [
    { name: "postgres", missing: postgresMissing(), start: startPostgres, open: (port: number) => new pg.Pool({ connectionString: `postgres://coatcheck@127.0.0.1:${port}/postgres`, max: 3 }).on("error", () => {}) },
    { name: "mysql", missing: mariadbMissing(), start: startMariadb, open: (port: number) => mysql.createPool({ uri: `mysql://root@127.0.0.1:${port}/coatcheck`, connectionLimit: 3 }) },
  ] as const;
  for (const { name, missing, start, open } of engines) {
    it(name, { skip: missing, timeout: 60_000 }, async (t) => {
      const engine = await start();
      const proxy = await TcpProxy.start(engine.port);
      const pool = open(proxy.port);
      t.after(async () => {
        // First what keeps connections of a pool that does not end by itself.
        await proxy.stop();
        await pool.end();
        await engine.stop();
      });
      const users = sqlUsers(pool as UsersDatabase, { commandTimeoutMs: LIMIT_MS });
      await users.migrate();
      const lookUpAll = (): Promise<boolean> => Promise.all(Array.from({ length: 6 }, () => users.findById("987654321"))).then((found) => found.every((one) => one === null), () => false);
      await until("every connection of the pool is made", lookUpAll);
      proxy.swallow();
      const refused = await users.findById("987654321").then(() => null, (error: unknown) => error);
      assert.ok(refused instanceof StoreUnavailable && refused.outcome === "unknown", String(refused));
      assert.equal(await lookUpAll(), false, "the other connections were swallowed");
      await until("people can log in again", lookUpAll, 10_000);
    });
  }
});
