import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { connect } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import pg from "pg";
import { storeFacts } from "../../scripts/lib/store-facts.ts";
import type { SessionStore } from "../../src/store/store.ts";
import { connectMemcached, memcachedStore } from "../../src/stores/memcached.ts";
import { mysqlStore } from "../../src/stores/mysql.ts";
import { postgresStore } from "../../src/stores/postgres.ts";
import { redisStore } from "../../src/stores/redis.ts";
import { sqliteStore } from "../../src/stores/sqlite.ts";
import { mariadbMissing, startMariadb } from "../support/engines/mariadb.ts";
import { memcachedMissing, startMemcached } from "../support/engines/memcached.ts";
import { postgresMissing, startPostgres } from "../support/engines/postgres.ts";
import { ownRedisMissing, startOwnRedis } from "../support/engines/redis.ts";
import { temporaryFolder } from "../support/engines/server-process.ts";
import { makeRecord } from "../support/records.ts";

const queryOf = (name: string): string => storeFacts.find((fact) => fact.name === name)?.query?.text ?? assert.fail(`${name} has no query`);

/** Two live sessions of ann, one of bob, an expired one of eve, a stranger's. */
async function fill(store: SessionStore): Promise<number> {
  const now = Date.now();
  const [first, second] = [makeRecord({ owner: "ann", lastSeenAt: now - 5000 }), makeRecord({ owner: "ann", lastSeenAt: now - 1000 })];
  const records = [first, second, makeRecord({ owner: "bob", lastSeenAt: now - 3000 }), makeRecord()];
  for (const record of records) await store.create(record);
  await store.create(makeRecord({ owner: "eve", expiresAt: now - 1000 }), { now: now - 10_000 });
  return now - 1000;
}

const check = (rows: readonly Record<string, unknown>[], lastSeenAt: number): void =>
  assert.deepEqual(rows.map((row) => [row["owner"], Number(row["sessions"]), Number(row["last_seen"])]), [
    ["ann", 2, lastSeenAt],
    ["bob", 1, lastSeenAt - 2000],
  ]);

describe("the question of docs/stores.md, asked of", () => {
  it("sqlite", async (t) => {
    const folder = await temporaryFolder("layout");
    t.after(() => folder.remove());
    const file = join(folder.path, "coatcheck.db");
    const store = sqliteStore(file);
    const seen = await fill(store);
    await store.close();
    const database = new DatabaseSync(file);
    check(database.prepare(queryOf("sqlite")).all(), seen);
    const columns = database.prepare("select name from pragma_table_info('coatcheck_session')").all().map((row) => row["name"]);
    for (const column of columns) assert.ok(storeFacts.find(({ name }) => name === "sqlite")?.layout.includes(`\`${String(column)}\``), `the page does not name ${String(column)}`);
    database.close();
  });

  it("postgres", { skip: postgresMissing() }, async (t) => {
    const engine = await startPostgres();
    const pool = new pg.Pool({ connectionString: engine.url });
    t.after(async () => {
      await pool.query("drop table coatcheck_session, coatcheck_setting");
      await pool.end();
      await engine.stop();
    });
    const store = postgresStore(pool);
    await store.migrate();
    const seen = await fill(store);
    check((await pool.query<Record<string, unknown>>(queryOf("postgres"))).rows, seen);
  });

  it("mysql", { skip: mariadbMissing() }, async (t) => {
    const engine = await startMariadb();
    const pool = mysql.createPool({ uri: engine.url });
    t.after(async () => {
      await pool.query("drop table coatcheck_session, coatcheck_setting");
      await pool.end();
      await engine.stop();
    });
    const store = mysqlStore(pool);
    await store.migrate();
    const seen = await fill(store);
    check((await pool.query<mysql.RowDataPacket[]>(queryOf("mysql")))[0], seen);
  });

  it("redis, in a shell", { skip: ownRedisMissing() }, async (t) => {
    const engine = await startOwnRedis(["--appendonly", "no"]);
    const client = new Redis(engine.url);
    t.after(async () => {
      client.disconnect();
      await engine.stop();
    });
    const seen = await fill(redisStore(client));
    const answer = execFileSync("sh", ["-c", queryOf("redis").replaceAll("redis-cli", `redis-cli -p ${engine.port}`)], { encoding: "utf8" });
    const lines = answer.trim().split("\n");
    assert.equal(lines.filter((line) => line === "ann").length, 2);
    assert.equal(lines.filter((line) => line === "bob").length, 1);
    assert.ok(lines.some((line) => line.split(" ")[1] === String(seen)), answer);
  });

  it("memcached, by hand", { skip: memcachedMissing() }, async (t) => {
    const engine = await startMemcached();
    const client = connectMemcached(engine.address);
    t.after(async () => {
      client.close();
      await engine.stop();
    });
    const record = makeRecord({ owner: "ann" });
    await memcachedStore(client).create(record);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(engine.port, engine.host, () => socket.write(`${queryOf("memcached").replace("<id>", record.id)}\r\n`));
      socket.on("error", reject);
      socket.once("data", (chunk) => {
        socket.destroy();
        resolve(chunk.toString());
      });
    });
    assert.match(answer, new RegExp(`^VALUE coatcheck:s:${record.id} .*\\r\\nc1 ${record.version} ${record.createdAt} .* =ann `));
  });
});
