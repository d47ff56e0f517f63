import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it, test } from "node:test";
import pg from "pg";
import postgres from "postgres";
import { runStoreCases, type StoreSubject } from "../../src/conformance/index.ts";
import { StoreNotMigrated, StoreUnavailable } from "../../src/errors.ts";
import { postgresStore, type PostgresClient } from "../../src/stores/postgres.ts";
import { ownPostgresMissing, postgresMissing, startOwnPostgres, startPostgres, type PostgresEngine } from "../support/engines/postgres.ts";
import { until } from "../support/engines/server-process.ts";
import { makeRecord, makeVersion } from "../support/records.ts";
import { checkLogouts, checkWriters } from "../support/workers/two-processes.ts";

const skip = postgresMissing();
let tables = 0;

describe("postgres", { skip }, () => {
  let engine: PostgresEngine;
  let admin: pg.Pool;
  before(async () => {
    engine = await startPostgres();
    admin = new pg.Pool({ connectionString: engine.url, max: 2 });
  });
  after(async () => {
    await admin.end();
    await engine.stop();
  });

  /** Two clients on a table of its own; the table's own tables are made unless a case wants to do it. */
  async function subjectOf(one: PostgresClient, other: PostgresClient, end: () => Promise<void>): Promise<StoreSubject> {
    const table = `case_${process.pid}_${tables++}`;
    const [store, otherStore] = [postgresStore(one, { table }), postgresStore(other, { table })];
    await store.migrate();
    const cleanup = async (): Promise<void> => {
      await admin.query(`drop table "${table}"`);
      await admin.query("delete from coatcheck_setting where name = $1", [`schema ${table}`]);
      await end();
    };
    return { store, otherStore, cleanup };
  }

  runStoreCases(
    () => {
      const [one, other] = [new pg.Pool({ connectionString: engine.url, max: 10 }), new pg.Pool({ connectionString: engine.url, max: 10 })];
      return subjectOf(one, other, async () => void (await Promise.all([one.end(), other.end()])));
    },
    { name: "store contract: postgres by a pool of pg", test, describe },
  );

  runStoreCases(
    () => {
      const settings = { max: 10, onnotice: () => {} };
      const [one, other] = [postgres(engine.url, settings), postgres(engine.url, settings)];
      return subjectOf(one, other, async () => void (await Promise.all([one.end(), other.end()])));
    },
    { name: "store contract: postgres by postgres.js", test, describe },
  );

  describe("two processes on one table", () => {
    const table = `shared_${process.pid}`;
    before(async () => void (await postgresStore(admin, { table }).migrate()));
    after(async () => void (await admin.query(`drop table "${table}"`)));

    it("CC-05 PAIN-01 50 writers in each: every change survives, once", async () => void (await checkWriters(postgresStore(admin, { table }), "postgres", engine.url, table)));
    it("CC-01 PAIN-02 100 of 100 logouts stay dead while the other process writes", async () => void (await checkLogouts(postgresStore(admin, { table }), "postgres", engine.url, table)));
  });

  describe("its tables", () => {
    it("before migrate() every call says what to do; five that migrate at once agree", async () => {
      await admin.query("create schema fresh");
      const stores = Array.from({ length: 5 }, () => postgresStore(admin, { table: "fresh.sessions" }));
      const [store] = stores as [(typeof stores)[0]];
      for (const call of [() => store.read("a"), () => store.create(makeRecord()), () => store.update(makeRecord(), "v"), () => store.sweep(1), () => store.listByOwner("ann")]) {
        await assert.rejects(call, (error: unknown) => error instanceof StoreNotMigrated && error.message.includes("fresh.sessions") && error.message.includes("npx coatcheck migrate"));
      }
      assert.equal((await store.pendingMigrations()).length, 2);
      await Promise.all(stores.map((one) => one.migrate()));
      assert.deepEqual(await store.pendingMigrations(), []);
      const mine = makeRecord({ owner: "ann" });
      assert.equal(await store.create(mine), true);
      assert.deepEqual(await store.listByOwner("ann"), [mine]);
      await admin.query("drop schema fresh cascade");
    });

    it("tables of an older version are upgraded, and keep what is in them", async () => {
      await admin.query("create schema older");
      const store = postgresStore(admin, { table: "older.sessions" });
      await store.migrate();
      const mine = makeRecord({ owner: "ann" });
      await store.create(mine);
      await admin.query("drop index older.sessions_owner; update older.coatcheck_setting set value = '1'");
      assert.deepEqual(await store.migrate(), ["add an index on owner to older.sessions"]);
      assert.deepEqual(await store.migrate(), []);
      assert.deepEqual(await store.read(mine.id), mine);
      assert.equal((await admin.query("select 1 from pg_indexes where indexname = 'sessions_owner'")).rowCount, 1);
      await admin.query("drop schema older cascade");
    });

    it("ST-07 odd table names throw, odd values are only values", async () => {
      for (const table of ["", "a.b.c", 'x"y', "x;y", "a b", ".x", "x."]) assert.throws(() => postgresStore(admin, { table }), /postgresStore\.table/);
      assert.throws(() => postgresStore({} as PostgresClient), /postgresStore: pass a Pool or Client/);
      for (const commandTimeoutMs of [0, -1, 2 ** 31, Number.NaN]) assert.throws(() => postgresStore(admin, { commandTimeoutMs }), /postgresStore\.commandTimeoutMs/);
    });
  });

  describe("what it asks of the server", () => {
    const table = `asked_${process.pid}`;
    before(async () => void (await postgresStore(admin, { table }).migrate()));
    after(async () => void (await admin.query(`drop table "${table}"`)));

    it("one round trip for each call, a conflict included, prepared or not", async () => {
      for (const prepare of [true, false]) {
        const client = new pg.Client(engine.url);
        await client.connect();
        let trips = 0;
        const counting = {
          query: (query: pg.QueryArrayConfig) => {
            trips++;
            assert.equal(query.name !== undefined, prepare);
            return client.query(query);
          },
        };
        const store = postgresStore(counting as never, { table, prepare });
        const mine = makeRecord({ owner: "ann", lastSeenAt: Date.now() - 1_800_000 });
        const calls: [string, () => Promise<unknown>][] = [
          ["create", () => store.create(mine)],
          ["create, taken", () => store.create(mine)],
          ["read", () => store.read(mine.id)],
          ["update", () => store.update({ ...mine, version: "second" }, mine.version)],
          ["conflict", () => store.update({ ...mine, version: "third" }, mine.version)],
          ["touch", () => store.touch(mine.id, "second", Date.now(), mine.expiresAt)],
          ["sweep", () => store.sweep(10)],
          ["list", () => store.listByOwner("ann")],
          ["delete", () => store.delete(mine.id)],
          ["update, gone", () => store.update(mine, mine.version)],
        ];
        for (const [name, call] of calls) {
          trips = 0;
          await call();
          assert.equal(trips, 1, name);
        }
        await client.end();
      }
    });

    it("whatever the client is: of a pool, alone, sending ahead, with a time limit of its own, or only shaped like one", async () => {
      const pool = new pg.Pool({ connectionString: engine.url });
      const alone = new pg.Client(engine.url);
      const ahead = new pg.Client({ connectionString: engine.url, pipeline: true } as pg.ClientConfig);
      const limited = new pg.Pool({ connectionString: engine.url, query_timeout: 60_000 });
      for (const client of [alone, ahead]) await client.connect();
      const shaped = { query: (query: pg.QueryArrayConfig) => alone.query(query) };
      for (const [name, client] of Object.entries({ pool, alone, ahead, limited, shaped })) {
        const store = postgresStore(client as never, { table });
        const mine = makeRecord({ owner: `owner of ${name}`, data: '{"é":"\\u0000 \u{1F600}"}', persistent: true });
        assert.equal(await store.create(mine), true, name);
        assert.equal(await store.create(mine), false, name);
        assert.deepEqual(await store.read(mine.id), mine, name);
        const next = { ...mine, version: makeVersion(), owner: null, idleSeconds: null, endsAt: null, persistent: false };
        assert.deepEqual(await store.update(next, mine.version), { outcome: "updated" }, name);
        assert.deepEqual(await store.update(mine, mine.version), { outcome: "conflict", current: next }, name);
        assert.deepEqual(await Promise.all([store.read(next.id), store.read(next.id)]), [next, next], name);
        assert.equal(await store.delete(next.id), "deleted", name);
        assert.equal(await store.delete(next.id), "gone", name);
      }
      for (const client of [pool, limited, alone, ahead]) await client.end();
    });

    it("a statement that a client's own time limit ends is of unknown outcome, and the pool goes on", async () => {
      const pool = new pg.Pool({ connectionString: engine.url, max: 1, query_timeout: 100 });
      const store = postgresStore(pool, { table });
      const mine = makeRecord();
      await store.create(mine);
      const holder = new pg.Client(engine.url);
      await holder.connect();
      await holder.query("begin");
      await holder.query(`select 1 from "${table}" where id = $1 for update`, [mine.id]);
      await assert.rejects(store.update({ ...mine, version: makeVersion() }, mine.version), (error: unknown) => error instanceof StoreUnavailable && error.outcome === "unknown" && /timeout/.test(String(error.cause)));
      await holder.query("rollback");
      await holder.end();
      assert.equal((await store.read(mine.id))?.id, mine.id);
      await pool.end();
    });

    it("a conflict brings the record that won, even when both lock at once", async () => {
      const pool = new pg.Pool({ connectionString: engine.url, max: 20 });
      const store = postgresStore(pool, { table });
      const base = makeRecord();
      await store.create(base);
      let stale = 0;
      for (let round = 0, version = base.version; round < 20; round++) {
        const writers = Array.from({ length: 10 }, () => ({ ...base, version: makeVersion() }));
        const answers = await Promise.all(writers.map((one) => store.update(one, version)));
        const winner = writers[answers.findIndex((one) => one.outcome === "updated")];
        assert.ok(winner);
        for (const answer of answers) if (answer.outcome === "conflict" && answer.current.version !== winner.version) stale++;
        version = winner.version;
      }
      assert.equal(stale, 0);
      await pool.end();
    });

    it("LC-26 sweeping passes over rows that somebody holds, and waits for nobody", async () => {
      const store = postgresStore(admin, { table });
      const ended = Array.from({ length: 6 }, () => makeRecord({ expiresAt: Date.now() - 1000 }));
      for (const one of ended) await store.create(one, { now: Date.now() - 10_000 });
      const holder = new pg.Client(engine.url);
      await holder.connect();
      await holder.query("begin");
      await holder.query(`select 1 from "${table}" where id = $1 for update`, [ended[0]?.id]);
      assert.equal(await store.sweep(100), 5);
      await holder.query("rollback");
      await holder.end();
      assert.equal(await store.sweep(100), 1);
    });

    it("sweeping, listing and walking use an index", async () => {
      const client = new pg.Client(engine.url);
      await client.connect();
      await client.query("set enable_seqscan = off");
      const plans: string[] = [];
      const explaining = {
        query: async (query: { text: string; values: unknown[] }) => {
          const { rows } = await client.query(`explain ${query.text}`, query.values);
          plans.push(rows.map((row: Record<string, string>) => row["QUERY PLAN"]).join("\n"));
          return { rows: [], rowCount: 0 };
        },
      };
      const store = postgresStore(explaining as never, { table, prepare: false });
      await store.sweep(10);
      await store.listByOwner("ann");
      await store.deleteByOwner("ann");
      await store.scan(null, 10);
      for (const [index, name] of [`${table}_sweep_from`, `${table}_owner`, `${table}_owner`, `${table}_pkey`].entries()) assert.ok(plans[index]?.includes(name), `${name}:\n${plans[index]}`);
      assert.deepEqual(plans.filter((plan) => plan.includes("Seq Scan")), []);
      await client.end();
    });

    it("a session that only reads is told so by a read-only server", async () => {
      const client = new pg.Client(engine.url);
      await client.connect();
      const store = postgresStore(client, { table });
      const mine = makeRecord();
      await store.create(mine);
      await client.query("set default_transaction_read_only = on");
      assert.deepEqual(await store.read(mine.id), mine);
      await assert.rejects(store.update({ ...mine, version: "next" }, mine.version), (error: unknown) => error instanceof StoreUnavailable && error.outcome === "not-sent");
      await client.end();
    });
  });
});

describe("postgres: a server that fails", { skip: ownPostgresMissing() }, () => {
  let engine: PostgresEngine;
  let pool: pg.Pool;
  let sql: postgres.Sql;
  beforeEach(async () => {
    engine = await startOwnPostgres(["-c", "fsync=off"]);
    pool = new pg.Pool({ connectionString: engine.url });
    pool.on("error", () => {});
    sql = postgres(engine.url, { onnotice: () => {} });
    await postgresStore(pool).migrate();
  });

  const isUnavailable =
    (outcome: string) =>
    (error: unknown): boolean =>
      error instanceof StoreUnavailable && error.outcome === outcome && error.cause !== undefined;

  it("CC-10 that does not answer fails within the limit, unknown; that is gone, not-sent; and all is well when it is back", async (t) => {
    t.after(async () => {
      await pool.end();
      await sql.end({ timeout: 0 });
      await engine.stop();
    });
    const mine = makeRecord();
    const stores = [postgresStore(pool, { commandTimeoutMs: 80 }), postgresStore(sql, { commandTimeoutMs: 80 })];
    await postgresStore(pool).create(mine);
    for (const store of stores) assert.deepEqual(await postgresStore(sql).read(mine.id), await store.read(mine.id));
    const { rows } = await pool.query<{ pid: number }>("select pid from pg_stat_activity where backend_type = 'client backend'");
    for (const { pid } of rows) process.kill(pid, "SIGSTOP");
    for (const store of stores) await assert.rejects(store.update({ ...mine, version: "next" }, mine.version), isUnavailable("unknown"));
    for (const { pid } of rows) process.kill(pid, "SIGCONT");
    await engine.server?.stop("SIGQUIT");
    for (const store of [postgresStore(pool), postgresStore(sql)]) {
      // The first call after the end may find a connection that nobody has told yet.
      await store.read(mine.id).catch(() => null);
      await assert.rejects(store.create(makeRecord()), isUnavailable("not-sent"));
    }
    await engine.server?.start();
    for (const store of [postgresStore(pool), postgresStore(sql)]) await until("the store is back", () => store.read(mine.id).then((one) => one !== null, () => false));
  });
});
