import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, beforeEach, describe, it } from "node:test";
import { ConfigurationError, StoreUnavailable } from "../../src/errors.ts";
import type { SessionRecord } from "../../src/store/store.ts";
import { sqliteStore, type SqliteDatabase, type SqlitePreparedStatement } from "../../src/stores/sqlite.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

const HOUR_MS = 3_600_000;

let folder: string;
let files = 0;
let clock: FakeClock;
const newPath = (): string => join(folder, `${++files}.db`);

before(() => {
  folder = mkdtempSync(join(tmpdir(), "coatcheck-sqlite-"));
});
after(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  clock = new FakeClock();
});

let made = 0;
const record = (changes: Partial<SessionRecord> = {}): SessionRecord => ({
  id: `id-${++made}`,
  data: '{"secret":"do-not-tell"}',
  version: `v${made}`,
  owner: null,
  createdAt: clock.now(),
  lastSeenAt: clock.now(),
  expiresAt: clock.now() + HOUR_MS,
  idleSeconds: 3600,
  endsAt: null,
  persistent: true,
  ...changes,
});

const isUnavailable =
  (outcome: "not-sent" | "unknown") =>
  (error: unknown): boolean => {
    assert.ok(error instanceof StoreUnavailable, String(error));
    assert.equal(error.outcome, outcome);
    assert.equal(error.code, "COAT_STORE_UNAVAILABLE");
    assert.ok(!error.message.includes("do-not-tell"));
    return true;
  };

describe("sqliteStore: options", () => {
  it("ST-07 a table name that is no plain name throws, and names the setting", () => {
    for (const table of ["", "a b", 'x"; drop table y; --', "sqlite.x", "1a", "täble", "a".repeat(41), "x\u0000", 7 as unknown as string]) {
      assert.throws(() => sqliteStore(":memory:", { table }), (error: unknown) => error instanceof ConfigurationError && error.setting === "sqliteStore.table");
    }
  });

  it("ST-09 two tables in one file know nothing of each other", async () => {
    const path = newPath();
    const [one, two] = [sqliteStore(path, { table: "shop_session", clock }), sqliteStore(path, { table: "Admin_Session2", clock })];
    const mine = record();
    await one.create(mine);
    assert.equal(await two.read(mine.id), null);
    assert.equal(await two.create({ ...mine, data: "{}" }), true);
    assert.deepEqual(await one.read(mine.id), mine);
    await one.close();
    await two.close();
  });

  it("refuses other values that make no sense (TM-05)", () => {
    for (const busyTimeoutMs of [-1, 1.5, Number.NaN, Infinity, 1e9]) assert.throws(() => sqliteStore(":memory:", { busyTimeoutMs }), /sqliteStore\.busyTimeoutMs/);
    assert.throws(() => sqliteStore(":memory:", { synchronous: "off" as "normal" }), /sqliteStore\.synchronous/);
  });

  it("a folder that is not there is an error at start that names the path", () => {
    assert.throws(() => sqliteStore(join(folder, "nowhere", "x.db")), (error: unknown) => error instanceof ConfigurationError && /nowhere.*ENOENT/.test(error.message));
  });

  it("a runtime without node:sqlite is told to pass a store", (t) => {
    t.mock.method(process, "getBuiltinModule", () => undefined);
    assert.throws(() => sqliteStore(newPath()), (error: unknown) => error instanceof ConfigurationError && error.setting === "store");
  });
});

describe("sqliteStore: the file", () => {
  it("can be read and written by its owner only, its companions too, whatever the umask (ST-06)", async () => {
    const umask = process.umask(0);
    try {
      const path = newPath();
      const store = sqliteStore(path, { clock });
      await store.create(record());
      for (const name of [path, `${path}-wal`, `${path}-shm`]) assert.equal((statSync(name).mode & 0o777).toString(8), "600", name);
      await store.close();
    } finally {
      process.umask(umask);
    }
  });

  it("is in WAL mode, with a short busy_timeout; a database that is passed in keeps its own settings and stays open", async () => {
    const path = newPath();
    const store = sqliteStore(path, { clock });
    await store.create(record());
    await store.close();
    const database = new DatabaseSync(path);
    assert.equal(database.prepare("pragma journal_mode").get()?.["journal_mode"], "wal");
    database.exec("pragma journal_mode = delete; pragma busy_timeout = 1234");
    const passedIn = sqliteStore(database, { clock });
    await passedIn.create(record());
    await passedIn.close();
    assert.equal(database.prepare("pragma journal_mode").get()?.["journal_mode"], "delete");
    assert.equal(database.prepare("pragma busy_timeout").get()?.["timeout"], 1234);
    database.close();
  });

  it("does nothing after close()", async () => {
    const store = sqliteStore(newPath(), { clock });
    await store.close();
    await assert.rejects(store.read("a"), isUnavailable("not-sent"));
    await assert.rejects(store.create(record()), isUnavailable("not-sent"));
  });
});

describe("sqliteStore: its tables", () => {
  it("says what is pending without doing it, does it at the first use, and says nothing then", async () => {
    const path = newPath();
    const store = sqliteStore(path, { clock });
    assert.deepEqual(await store.pendingMigrations(), ["make the table coatcheck_session, with an index for sweeping", "add an index on owner to coatcheck_session"]);
    assert.equal((await store.pendingMigrations()).length, 2);
    await store.read("a");
    assert.deepEqual(await store.pendingMigrations(), []);
    assert.deepEqual(await store.migrate(), []);
    await store.close();
  });

  it("upgrades tables of an older version by itself, and keeps what is in them", async () => {
    const path = newPath();
    const old = sqliteStore(path, { clock });
    const kept = record({ owner: "ann" });
    await old.create(kept);
    await old.close();
    const database = new DatabaseSync(path);
    database.exec("drop index coatcheck_session_owner; update coatcheck_setting set value = '1'");
    const store = sqliteStore(path, { clock });
    assert.deepEqual(await store.pendingMigrations(), ["add an index on owner to coatcheck_session"]);
    assert.deepEqual(await store.listByOwner("ann"), [kept]);
    assert.deepEqual(await store.pendingMigrations(), []);
    assert.equal(database.prepare("select count(*) as n from sqlite_schema where name = 'coatcheck_session_owner'").get()?.["n"], 1);
    database.close();
    await store.close();
  });

  it("leaves tables of a newer version alone", async () => {
    const path = newPath();
    const store = sqliteStore(path, { clock });
    await store.migrate();
    const database = new DatabaseSync(path);
    database.exec("update coatcheck_setting set value = '99'");
    assert.deepEqual(await store.migrate(), []);
    const second = sqliteStore(path, { clock });
    assert.equal(await second.read("a"), null);
    assert.equal(database.prepare("select value from coatcheck_setting").get()?.["value"], "99");
    database.close();
    await store.close();
    await second.close();
  });

  it("a failed migration leaves nothing behind, and the next call tries again", async () => {
    const database = new DatabaseSync(newPath());
    database.exec("create table coatcheck_session_sweep_from (x)");
    const store = sqliteStore(database, { clock });
    await assert.rejects(store.read("a"), isUnavailable("not-sent"));
    assert.equal(database.prepare("select count(*) as n from sqlite_schema where name in ('coatcheck_session', 'coatcheck_setting')").get()?.["n"], 0);
    database.exec("drop table coatcheck_session_sweep_from");
    assert.equal(await store.read("a"), null);
    database.close();
  });

  it("uses its indexes for sweeping and for owners", async () => {
    const database = new DatabaseSync(newPath());
    const plans: string[] = [];
    const store = sqliteStore(
      {
        prepare: (sql) => {
          const isPlanned = /^(select|delete)/.test(sql) && sql.includes("coatcheck_session");
          if (isPlanned && !sql.includes("id =")) plans.push(...database.prepare(`explain query plan ${sql}`).all(...[1, 1, 1].slice(0, new Set(sql.match(/\?\d/g)).size)).map((row) => String(row["detail"])));
          return database.prepare(sql) as unknown as SqlitePreparedStatement;
        },
        exec: (sql) => database.exec(sql),
        close: () => undefined,
      },
      { clock },
    );
    await store.migrate();
    await store.sweep(10);
    await store.listByOwner("ann");
    await store.deleteByOwner("ann");
    await store.scan(null, 10);
    assert.deepEqual(plans.filter((plan) => plan.startsWith("SCAN")), []);
    assert.ok(plans.some((plan) => plan.includes("coatcheck_session_sweep_from")), plans.join("\n"));
    assert.equal(plans.filter((plan) => plan.includes("coatcheck_session_owner")).length, 2, plans.join("\n"));
    database.close();
  });
});

describe("sqliteStore: settings beside the sessions", () => {
  it("the first value stays, and every process gets it", async () => {
    const path = newPath();
    const [one, two] = [sqliteStore(path, { clock }), sqliteStore(path, { clock })];
    assert.equal(await one.readSetting("secret"), null);
    const agreed = await Promise.all([one.writeSettingOnce("secret", "a"), two.writeSettingOnce("secret", "b")]);
    assert.equal(agreed[0], agreed[1]);
    assert.equal(await one.writeSettingOnce("secret", "c"), agreed[0]);
    assert.equal(await two.readSetting("secret"), agreed[0]);
    await one.close();
    await two.close();
  });
});

describe("sqliteStore: a file that somebody else has locked", () => {
  async function lockedStore(): Promise<{ store: ReturnType<typeof sqliteStore>; locker: DatabaseSync; mine: SessionRecord; end: () => Promise<void> }> {
    const path = newPath();
    const store = sqliteStore(path, { clock, busyTimeoutMs: 0 });
    const mine = record();
    await store.create(mine);
    const locker = new DatabaseSync(path);
    locker.exec("begin immediate");
    const end = async (): Promise<void> => {
      locker.close();
      await store.close();
    };
    return { store, locker, mine, end };
  }

  it("writes wait without stopping the process, and go through when it is free", async () => {
    const { store, locker, mine, end } = await lockedStore();
    let turns = 0;
    const release = async (): Promise<void> => {
      for (; turns < 5; turns++) await new Promise(setImmediate);
      locker.exec("commit");
    };
    const [answer] = await Promise.all([store.update({ ...mine, version: "next" }, mine.version), release()]);
    assert.deepEqual(answer, { outcome: "updated" });
    assert.equal(turns, 5);
    assert.ok(clock.waitedMs > 0);
    await end();
  });

  it("after two seconds it is unavailable, and certainly not written (CC-10)", async () => {
    const { store, locker, mine, end } = await lockedStore();
    const startedAt = clock.now();
    await assert.rejects(store.update({ ...mine, version: "next" }, mine.version), isUnavailable("not-sent"));
    assert.ok(clock.now() - startedAt >= 2000 && clock.now() - startedAt <= 2100, `${clock.now() - startedAt} ms`);
    await assert.rejects(store.delete(mine.id), isUnavailable("not-sent"));
    locker.exec("commit");
    assert.deepEqual(await store.read(mine.id), mine);
    await end();
  });

  it("reads go on, and a touch is answered at once: a reader waits for nobody's lock", async () => {
    const { store, mine, end } = await lockedStore();
    clock.advance(HOUR_MS / 2);
    assert.deepEqual(await store.read(mine.id), mine);
    assert.equal(await store.touch(mine.id, mine.version, clock.now(), clock.now() + HOUR_MS), false);
    assert.deepEqual(await store.read(mine.id), mine);
    assert.equal(clock.waitedMs, 0);
    await end();
  });

  it("a caller that leaves while waiting gets the reason of its signal", async () => {
    const { store, mine, end } = await lockedStore();
    const controller = new AbortController();
    const reason = new Error("gone home");
    const write = store.update({ ...mine, version: "next" }, mine.version, { signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    await assert.rejects(write, (error: unknown) => error === reason);
    await end();
  });
});

describe("sqliteStore: a disk that does not play along", () => {
  it("a full disk fails the write, not the reads, and heals", async () => {
    const database = new DatabaseSync(newPath());
    const store = sqliteStore(database, { clock });
    const mine = record();
    await store.create(mine);
    const pages = Number(database.prepare("pragma page_count").get()?.["page_count"]);
    database.exec(`pragma max_page_count = ${pages}`);
    const large = record({ data: "do-not-tell".repeat(10_000) });
    await assert.rejects(store.create(large), isUnavailable("not-sent"));
    await assert.rejects(store.update({ ...large, id: mine.id }, mine.version), isUnavailable("not-sent"));
    assert.deepEqual(await store.read(mine.id), mine);
    assert.equal(await store.read(large.id), null);
    database.exec("pragma max_page_count = 100000");
    assert.equal(await store.create(large), true);
    database.close();
  });

  it("a file that may not be written serves reads, and refuses writes", async () => {
    const database = new DatabaseSync(newPath());
    const store = sqliteStore(database, { clock });
    const mine = record();
    await store.create(mine);
    database.exec("pragma query_only = 1");
    clock.advance(HOUR_MS / 2);
    assert.deepEqual(await store.read(mine.id), mine);
    await assert.rejects(store.update({ ...mine, version: "next" }, mine.version), isUnavailable("not-sent"));
    await assert.rejects(store.touch(mine.id, mine.version, clock.now(), clock.now() + HOUR_MS), isUnavailable("not-sent"));
    await assert.rejects(store.delete(mine.id), isUnavailable("not-sent"));
    await assert.rejects(store.sweep(10), isUnavailable("not-sent"));
    database.close();
  });

  it("a file that is no database is unavailable, and is left as it is", async () => {
    const path = newPath();
    const text = "this is somebody's diary\n".repeat(100);
    writeFileSync(path, text);
    const store = sqliteStore(path, { clock });
    await assert.rejects(store.read("a"), isUnavailable("not-sent"));
    await store.close();
    assert.equal(readFileSync(path, "utf8"), text);
  });

  it("a damaged file is unavailable, never a stranger's session (ST-11)", async () => {
    const path = newPath();
    const store = sqliteStore(path, { clock });
    const mine = record();
    await store.create(mine);
    await store.close();
    const bytes = readFileSync(path);
    bytes.fill(0xaa, 4096);
    writeFileSync(path, bytes);
    const second = sqliteStore(path, { clock });
    await assert.rejects(second.read(mine.id), (error: unknown) => error instanceof StoreUnavailable);
    await second.close();
  });
});

describe("sqliteStore: what it asks of the engine", () => {
  it("one statement for each operation, prepared once; two when the sweeping index moves or the answer is no", async () => {
    const database = new DatabaseSync(newPath());
    const prepared: string[] = [];
    let calls = 0;
    const counting: SqliteDatabase = {
      prepare: (sql) => {
        prepared.push(sql);
        const statement = database.prepare(sql);
        const counted = <T extends unknown[], R>(call: (...values: T) => R) => (...values: T): R => {
          calls++;
          return call(...values);
        };
        return { get: counted(statement.get.bind(statement)), all: counted(statement.all.bind(statement)), run: counted(statement.run.bind(statement)) } as unknown as SqlitePreparedStatement;
      },
      exec: (sql) => database.exec(sql),
      close: () => undefined,
    };
    const store = sqliteStore(counting, { clock });
    await store.migrate();
    await store.read("nobody");
    prepared.length = 0;
    const cost = async (call: () => Promise<unknown>): Promise<number> => {
      calls = 0;
      await call();
      return calls;
    };
    const mine = record({ idleSeconds: 1_209_600, expiresAt: clock.now() + 1_209_600_000 });
    assert.equal(await cost(() => store.create(mine)), 1, "create");
    assert.equal(await cost(() => store.read(mine.id)), 1, "read");
    assert.equal(await cost(() => store.update({ ...mine, version: "second" }, mine.version)), 1, "update");
    assert.equal(await cost(() => store.update({ ...mine, version: "third", owner: "ann" }, "second")), 2, "update that changes the owner");
    assert.equal(await cost(() => store.touch(mine.id, "third", clock.now(), mine.expiresAt)), 1, "touch");
    assert.equal(await cost(() => store.touch(mine.id, "third", clock.now(), mine.expiresAt + HOUR_MS)), 2, "touch that moves the sweeping index");
    assert.equal(await cost(() => store.delete(mine.id)), 1, "delete");
    assert.equal(await cost(() => store.read("' or '1'='1")), 0, "an id that is no id");
    assert.equal(prepared.length, new Set(prepared).size, "a statement was prepared twice");
    database.close();
  });

  it("LC-26 sweeping 10,000 records in batches leaves exactly the live ones", async () => {
    const database = new DatabaseSync(newPath());
    const store = sqliteStore(database, { clock });
    await store.migrate();
    database.exec("begin");
    const live: string[] = [];
    for (let index = 0; index < 10_000; index++) {
      const one = record({ id: `id-${String(index).padStart(5, "0")}`, idleSeconds: [null, 60, 3600, 1_209_600][index % 4] as number | null, expiresAt: clock.now() + (index % 3 ? 10 : 11) });
      if (index % 3 === 0) live.push(one.id);
      await store.create(one);
    }
    database.exec("commit");
    clock.advance(10);
    const batches: number[] = [];
    for (let swept = await store.sweep(1000); swept > 0; swept = await store.sweep(1000)) batches.push(swept);
    assert.deepEqual(batches, [1000, 1000, 1000, 1000, 1000, 1000, 666]);
    assert.deepEqual((await store.scan(null, 20_000)).records.map((one) => one.id), live);
    database.close();
  });
});

describe("sqliteStore: sweeping", () => {
  it("writes its pages back at once while they are few, not after each batch, and fails for nothing that goes wrong there", async () => {
    const inner = new DatabaseSync(newPath());
    inner.exec("pragma journal_mode = wal");
    let checkpoints = 0;
    const database: SqliteDatabase = {
      exec: (sql) => inner.exec(sql),
      close: () => inner.close(),
      prepare: (sql) => {
        const prepared = inner.prepare(sql) as unknown as SqlitePreparedStatement;
        if (!sql.includes("wal_checkpoint")) return prepared;
        const fail = (): never => {
          checkpoints++;
          throw new Error("disk I/O error");
        };
        return { get: fail, all: fail, run: fail };
      },
    };
    const store = sqliteStore(database, { clock });
    const past = clock.now() - HOUR_MS;
    for (let index = 0; index < 4; index++) await store.create(record({ createdAt: past, lastSeenAt: past, expiresAt: past + 1000 }), { now: past });
    await store.create(record({}));
    assert.equal(await store.sweep(10, { now: past }), 0);
    assert.equal(checkpoints, 0, "nothing was removed");
    assert.deepEqual([await store.sweep(2), await store.sweep(2), await store.sweep(2)], [2, 2, 0]);
    assert.equal(checkpoints, 1);
    inner.close();
  });
});
