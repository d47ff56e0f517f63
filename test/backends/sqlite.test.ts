import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { runStoreCases, type StoreSubject } from "../../src/conformance/index.ts";
import { sqliteStore, type SqliteDatabase } from "../../src/stores/sqlite.ts";

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
runStoreCases(() => ({ store: sqliteStore(":memory:") }), { name: "store contract: sqlite, in memory", test, describe });
