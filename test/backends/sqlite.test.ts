import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runStoreCases, type StoreSubject } from "../../src/conformance/index.ts";
import { sqliteStore, type SqliteDatabase } from "../../src/stores/sqlite.ts";
import { makeRecord } from "../support/records.ts";
import { checkLogouts, checkWriters } from "../support/workers/two-processes.ts";

/** libsql's declarations want a compiler that loads CommonJS types by default; the shape that is used is ours. */
const Libsql = createRequire(import.meta.url)("libsql") as new (path: string) => SqliteDatabase;

/** Two clients of one new file, each opened by `open`. */
function subjectOf(open: (path: string) => string | SqliteDatabase): StoreSubject {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-sqlite-"));
  const databases = [open(join(folder, "sessions.db")), open(join(folder, "sessions.db"))] as const;
  const [store, otherStore] = [sqliteStore(databases[0]), sqliteStore(databases[1])];
  const cleanup = async (): Promise<void> => {
    await store.close();
    await otherStore.close();
    for (const database of databases) if (typeof database !== "string") database.close();
    rmSync(folder, { recursive: true });
  };
  return { store, otherStore, cleanup };
}

runStoreCases(() => subjectOf((path) => path), { name: "store contract: sqlite, a path", test, describe });
runStoreCases(() => subjectOf((path) => new DatabaseSync(path)), { name: "store contract: sqlite, node:sqlite passed in", test, describe });
runStoreCases(() => subjectOf((path) => new Libsql(path)), { name: "store contract: sqlite, libsql passed in (shaped like better-sqlite3)", test, describe });
runStoreCases(() => subjectOf((path) => withoutLists(new DatabaseSync(path))), { name: "store contract: sqlite, a database that gives rows as objects (node:sqlite before 22.16)", test, describe });
runStoreCases(() => ({ store: sqliteStore(":memory:") }), { name: "store contract: sqlite, in memory", test, describe });

/** A database whose statements know only the three oldest methods. */
function withoutLists(database: DatabaseSync): SqliteDatabase {
  return {
    prepare: (sql) => {
      const statement = database.prepare(sql);
      return { get: (...values) => statement.get(...values), all: (...values) => statement.all(...values), run: (...values) => statement.run(...values) };
    },
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
  };
}

const TABLE = "coatcheck_session";

describe("sqlite: two processes on one file", () => {
  let folder: string;
  let path: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "coatcheck-sqlite-"));
    path = join(folder, "sessions.db");
  });
  after(() => rmSync(folder, { recursive: true }));

  it("CC-05 PAIN-01 50 writers in each: every change survives, once", async () => {
    const store = sqliteStore(path);
    await checkWriters(store, "sqlite", path, TABLE);
    await store.close();
  });

  it("CC-01 PAIN-02 100 of 100 logouts stay dead while the other process writes", async () => {
    const store = sqliteStore(path);
    await checkLogouts(store, "sqlite", path, TABLE);
    await store.close();
  });

  it("both may be the first: they make the tables together and agree on a secret", async () => {
    const fresh = join(folder, "fresh.db");
    const answers = await Promise.all(Array.from({ length: 3 }, (_, index) => runSqliteWorker(["agree", fresh, `secret-${index}`])));
    assert.equal(new Set(answers).size, 1, answers.join(" "));
    assert.match(answers[0] as string, /^secret-\d$/);
  });
});

describe("CC-09 sqlite: a process killed while it writes", () => {
  const ROUNDS = 12;

  it("leaves the old record or the new one, and the next writer succeeds", async () => {
    const folder = mkdtempSync(join(tmpdir(), "coatcheck-sqlite-"));
    const path = join(folder, "sessions.db");
    const store = sqliteStore(path);
    const base = makeRecord({ data: "a".repeat(50_000) });
    await store.create(base);
    for (let round = 0; round < ROUNDS; round++) {
      const writer = startSqliteWorker(["write", path, base.id]);
      const ended = once(writer, "exit");
      let heard = "";
      for await (const chunk of writer.stdout) {
        heard += String(chunk);
        // Some writes after the first it dies, wherever it is.
        if (heard.length > 5 + round * 3) break;
      }
      writer.kill("SIGKILL");
      await ended;
      const left = await store.read(base.id);
      assert.ok(left, "the record is gone");
      assert.equal(left.data.length, 50_000);
      assert.equal(new Set(left.data).size, 1, "half a record");
      assert.deepEqual(await store.update({ ...left, version: `after-${round}` }, left.version), { outcome: "updated" });
    }
    await store.close();
    rmSync(folder, { recursive: true });
  });
});

const WORKER = fileURLToPath(new URL("../support/workers/sqlite-worker.ts", import.meta.url));

const startSqliteWorker = (args: readonly string[]) => spawn(process.execPath, ["--conditions=coatcheck-source", WORKER, ...args], { stdio: ["ignore", "pipe", "inherit"] });

async function runSqliteWorker(args: readonly string[]): Promise<string> {
  const child = startSqliteWorker(args);
  const ended = once(child, "exit");
  let output = "";
  for await (const chunk of child.stdout) output += String(chunk);
  assert.deepEqual((await ended)[0], 0);
  return output.trim();
}
