/**
 * Measures what one session takes in every engine that this machine has: 20,000 sessions of 300 bytes of values, each with an owner.
 * Prints bytes per session; the numbers are kept in `scripts/lib/store-facts.ts`, from which `docs/stores.md` is made.
 */
import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import pg from "pg";
import type { SessionStore } from "../src/store/store.ts";
import { fileStore } from "../src/stores/file.ts";
import { connectMemcached, memcachedStore } from "../src/stores/memcached.ts";
import { memoryStore } from "../src/stores/memory.ts";
import { mysqlStore } from "../src/stores/mysql.ts";
import { postgresStore } from "../src/stores/postgres.ts";
import { redisStore } from "../src/stores/redis.ts";
import { sqliteStore } from "../src/stores/sqlite.ts";
import { startOwnMariadb } from "../test/support/engines/mariadb.ts";
import { startOwnMemcached } from "../test/support/engines/memcached.ts";
import { startOwnPostgres } from "../test/support/engines/postgres.ts";
import { startOwnRedis } from "../test/support/engines/redis.ts";
import { temporaryFolder } from "../test/support/engines/server-process.ts";
import { makeRecord } from "../test/support/records.ts";

const SESSIONS = 20_000;
const DATA = JSON.stringify({ cart: Array.from({ length: 12 }, (_, index) => ({ book: `978-${index}`, n: 1 })) }).slice(0, 300);

async function fill(store: SessionStore): Promise<void> {
  for (let from = 0; from < SESSIONS; from += 100) await Promise.all(Array.from({ length: 100 }, (_, index) => store.create(makeRecord({ data: Buffer.from(`${DATA.slice(0, 292)}${100_000 + from + index}`).toString(), owner: `user-${from + index}` }))));
}

async function measure(name: string, store: SessionStore, size: () => Promise<number> | number): Promise<void> {
  const before = await size();
  await fill(store);
  console.log(name, Math.round(((await size()) - before) / SESSIONS));
}

const collect = (globalThis as { gc?: () => void }).gc;
await measure("memory", memoryStore({ unsafeInProduction: true, maxSessions: SESSIONS * 2 } as never), () => {
  collect?.();
  return process.memoryUsage().heapUsed;
});

const folder = await temporaryFolder("sizes");
const database = join(folder.path, "sessions.db");
const sqlite = sqliteStore(database);
await sqlite.migrate();
await measure("sqlite", sqlite, () => statSync(database).size);
await sqlite.close();
const sessions = join(folder.path, "sessions");
await measure("file", fileStore(sessions), () => Number(execFileSync("du", ["-s", "-B1", folder.path], { encoding: "utf8" }).split("\t")[0]));
await folder.remove();

const postgres = await startOwnPostgres(["-c", "fsync=off"]);
const pool = new pg.Pool({ connectionString: postgres.url });
const inPostgres = postgresStore(pool);
await inPostgres.migrate();
await measure("postgres", inPostgres, async () => Number((await pool.query<{ n: string }>("select pg_total_relation_size('coatcheck_session') n")).rows[0]?.n));
await pool.end();
await postgres.stop();

const mariadb = await startOwnMariadb(["--innodb-flush-log-at-trx-commit=0"]);
const connections = mysql.createPool({ uri: mariadb.url });
const inMysql = mysqlStore(connections);
await inMysql.migrate();
await measure("mysql", inMysql, async () => {
  await connections.query("analyze table coatcheck_session");
  const [rows] = await connections.query<mysql.RowDataPacket[]>("select data_length + index_length n from information_schema.tables where table_name = 'coatcheck_session'");
  return Number(rows[0]?.["n"]);
});
await connections.end();
await mariadb.stop();

const redis = await startOwnRedis(["--appendonly", "no"]);
const client = new Redis(redis.url);
await measure("redis", redisStore(client), async () => Number(/used_memory:(\d+)/.exec(await client.info("memory"))?.[1]));
client.disconnect();
await redis.stop();

const memcached = await startOwnMemcached(["-m", "256"]);
const cache = connectMemcached(memcached.address);
await measure("memcached", memcachedStore(cache), () => readStatistic(memcached.port, "bytes"));
cache.close();
await memcached.stop();

function readStatistic(port: number, name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write("stats\r\n"));
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      text += chunk.toString();
      if (!text.endsWith("END\r\n")) return;
      socket.destroy();
      resolve(Number(new RegExp(`STAT ${name} (\\d+)`).exec(text)?.[1]));
    });
  });
}
