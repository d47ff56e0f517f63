import mysqlCallbacks from "mysql2";
import mysql from "mysql2/promise";
import assert from "node:assert/strict";
import { after, before, describe, it, test } from "node:test";
import { runStoreCases, type StoreSubject } from "../../src/conformance/index.ts";
import { StoreNotMigrated, StoreUnavailable } from "../../src/errors.ts";
import { mysqlStore, type MysqlClient, type MysqlStoreOptions } from "../../src/stores/mysql.ts";
import { mariadbMissing, ownMariadbMissing, startMariadb, startOwnMariadb, type MariadbEngine } from "../support/engines/mariadb.ts";
import { until } from "../support/engines/server-process.ts";
import { makeRecord } from "../support/records.ts";
import { checkLogouts, checkWriters } from "../support/workers/two-processes.ts";

const skip = mariadbMissing();
let tables = 0;

describe("mysql (MariaDB unless TEST_MYSQL_URL says otherwise)", { skip }, () => {
  let engine: MariadbEngine;
  let admin: mysql.Pool;
  before(async () => {
    engine = await startMariadb();
    admin = mysql.createPool({ uri: engine.url, connectionLimit: 2 });
  });
  after(async () => {
    await admin.end();
    await engine.stop();
  });

  async function subjectOf(one: MysqlClient, other: MysqlClient, end: () => Promise<void>, options: MysqlStoreOptions = {}): Promise<StoreSubject> {
    const table = `case_${process.pid}_${tables++}`;
    const [store, otherStore] = [mysqlStore(one, { ...options, table }), mysqlStore(other, { ...options, table })];
    await store.migrate();
    const cleanup = async (): Promise<void> => {
      await admin.query(`drop table \`${table}\``);
      await admin.query("delete from coatcheck_setting where name = ?", [`schema ${table}`]);
      await end();
    };
    return { store, otherStore, cleanup };
  }

  runStoreCases(
    () => {
      const [one, other] = [mysql.createPool({ uri: engine.url }), mysql.createPool({ uri: engine.url })];
      return subjectOf(one, other, async () => void (await Promise.all([one.end(), other.end()])));
    },
    { name: "store contract: mysql by a pool with promises", test, describe },
  );

  runStoreCases(
    () => {
      // Counts changed rows instead of matched ones, and sends texts instead of prepared statements.
      const settings = { uri: engine.url, flags: ["-FOUND_ROWS"] };
      const [one, other] = [mysqlCallbacks.createPool(settings), mysqlCallbacks.createPool(settings)];
      const end = async (): Promise<void> => void (await Promise.all([one.promise().end(), other.promise().end()]));
      return subjectOf(one, other, end, { prepare: false });
    },
    { name: "store contract: mysql by a pool with callbacks, without FOUND_ROWS, unprepared", test, describe },
  );

  describe("two processes on one table", () => {
    const table = `shared_${process.pid}`;
    before(async () => void (await mysqlStore(admin, { table }).migrate()));
    after(async () => void (await admin.query(`drop table \`${table}\``)));

    it("CC-05 PAIN-01 50 writers in each: every change survives, once", async () => void (await checkWriters(mysqlStore(admin, { table }), "mysql", engine.url, table)));
    it("CC-01 PAIN-02 100 of 100 logouts stay dead while the other process writes", async () => void (await checkLogouts(mysqlStore(admin, { table }), "mysql", engine.url, table)));
  });

  describe("its tables", () => {
    it("before migrate() every call says what to do; five that migrate at once agree", async () => {
      const table = `fresh_${process.pid}`;
      const stores = Array.from({ length: 5 }, () => mysqlStore(admin, { table }));
      const [store] = stores as [(typeof stores)[0]];
      for (const call of [() => store.read("a"), () => store.create(makeRecord()), () => store.update(makeRecord(), "v"), () => store.sweep(1), () => store.listByOwner("ann")]) {
        await assert.rejects(call, (error: unknown) => error instanceof StoreNotMigrated && error.message.includes(table) && error.message.includes("npx coatcheck migrate"));
      }
      assert.equal((await store.pendingMigrations()).length, 1);
      await Promise.all(stores.map((one) => one.migrate()));
      assert.deepEqual(await store.pendingMigrations(), []);
      assert.deepEqual(await store.migrate(), []);
      const mine = makeRecord({ owner: "ann" });
      assert.equal(await store.create(mine), true);
      assert.deepEqual(await store.listByOwner("ann"), [mine]);
      await admin.query(`drop table \`${table}\``);
    });

    it("ST-07 odd table names throw, and so does something that is no client", () => {
      for (const table of ["", "a.b.c", "x`y", "x;y", "a b", ".x", "x."]) assert.throws(() => mysqlStore(admin, { table }), /mysqlStore\.table/);
      assert.throws(() => mysqlStore({} as MysqlClient), /mysqlStore: pass a pool or connection/);
      for (const commandTimeoutMs of [0, -1, 2 ** 31, Number.NaN]) assert.throws(() => mysqlStore(admin, { commandTimeoutMs }), /mysqlStore\.commandTimeoutMs/);
    });
  });

  describe("what it asks of the server", () => {
    const table = `asked_${process.pid}`;
    before(async () => void (await mysqlStore(admin, { table }).migrate()));
    after(async () => void (await admin.query(`drop table \`${table}\``)));

    it("one round trip for what succeeds, a second one for what is refused, whatever the connection counts", async () => {
      for (const flags of [[], ["-FOUND_ROWS"]]) {
        const connection = await mysql.createConnection({ uri: engine.url, flags });
        let trips = 0;
        const counting = {
          execute: (...values: Parameters<typeof connection.execute>) => {
            trips++;
            return connection.execute(...values);
          },
        };
        const store = mysqlStore(counting as never, { table });
        const mine = makeRecord({ owner: "ann" });
        const later = mine.lastSeenAt + 1;
        const calls: [string, number, () => Promise<unknown>, unknown][] = [
          ["create", 1, () => store.create(mine), true],
          ["create, taken", 2, () => store.create(mine), false],
          ["read", 1, () => store.read(mine.id), mine],
          ["update", 1, () => store.update({ ...mine, version: "second" }, mine.version), { outcome: "updated" }],
          ["conflict", 2, () => store.update({ ...mine, version: "third" }, mine.version), { outcome: "conflict", current: { ...mine, version: "second" } }],
          ["touch", 1, () => store.touch(mine.id, "second", later, mine.expiresAt), true],
          ["touch to the same times", flags.length + 1, () => store.touch(mine.id, "second", later, mine.expiresAt), true],
          ["touch, changed", 2, () => store.touch(mine.id, "third", later, mine.expiresAt), false],
          ["the same update again, after an answer was lost", 2, () => store.update({ ...mine, version: "second" }, mine.version), { outcome: "updated" }],
          ["delete", 1, () => store.delete(mine.id), "deleted"],
          ["update, gone", 2, () => store.update(mine, mine.version), { outcome: "gone" }],
        ];
        for (const [name, wanted, call, answer] of calls) {
          trips = 0;
          assert.deepEqual(await call(), answer, name);
          assert.equal(trips, wanted, `round trips of: ${name}, ${flags.join()}`);
        }
        await connection.end();
      }
    });

    it("sweeping, listing and walking use an index, with numbers bound as the client binds them", async () => {
      const connection = await mysql.createConnection(engine.url);
      const store = mysqlStore(connection, { table });
      const now = Date.now();
      for (let index = 0; index < 60; index++) await store.create(makeRecord({ owner: `user ${index}`, expiresAt: index < 3 ? now + 1000 : now + 3_600_000 }), { now });
      const rowsRead = async (call: () => Promise<unknown>): Promise<number> => {
        await connection.query("flush status");
        await call();
        const [rows] = await connection.query<mysql.RowDataPacket[]>("show session status like 'Handler_read%'");
        return rows.reduce((sum, row) => sum + Number(row["Value"]), 0);
      };
      assert.ok((await rowsRead(() => store.sweep(100, { now: now + 1000 }))) < 20);
      assert.ok((await rowsRead(() => store.listByOwner("user 7", { now }))) < 20);
      assert.ok((await rowsRead(() => store.scan(null, 5, { now }))) < 20);
      await connection.end();
    });
  });
});

describe("mysql: a server that fails", { skip: ownMariadbMissing() }, () => {
  const isUnavailable =
    (outcome: string) =>
    (error: unknown): boolean =>
      error instanceof StoreUnavailable && error.outcome === outcome && error.cause !== undefined;

  it("CC-10 that does not answer fails within the limit, unknown; that is gone, not-sent; and all is well when it is back", async (t) => {
    const engine = await startOwnMariadb();
    const pool = mysql.createPool({ uri: engine.url });
    t.after(async () => {
      await pool.end();
      await engine.stop();
    });
    const [store, hasty] = [mysqlStore(pool), mysqlStore(pool, { commandTimeoutMs: 80 })];
    await store.migrate();
    const mine = makeRecord();
    await store.create(mine);
    await engine.server?.freeze();
    await assert.rejects(hasty.update({ ...mine, version: "next" }, mine.version), isUnavailable("unknown"));
    engine.server?.thaw();
    // Whether it was carried out depends on how far the server had come when its connection was given up; that is what unknown means.
    const stored = (await store.read(mine.id))?.version;
    assert.ok(stored === "next" || stored === mine.version, stored);
    await engine.server?.stop("SIGKILL");
    await store.read(mine.id).catch(() => null);
    await assert.rejects(store.create(makeRecord()), isUnavailable("not-sent"));
    await engine.server?.start();
    await until("the store is back", () => store.read(mine.id).then((one) => one !== null, () => false));
  });
});
