import { readStopwatch, systemClock, type Clock } from "../clock.ts";
import { ConfigurationError } from "../errors.ts";
import type { ByOwner, Closable, Leasable, Migratable, Scannable, Sweepable } from "../store/capabilities.ts";
import { looksOnly } from "../store/looks-only.ts";
import type { SessionStore, StoreCallOptions } from "../store/store.ts";
import { SqlStore, type SqlStoreParts } from "./sql/sql-store.ts";
import { compileStatement } from "./sql/statement.ts";
import { SqliteDriver, type SqliteDatabase } from "./sql/sqlite-driver.ts";
import { sqliteDialect } from "./sql/sqlite.ts";
import { nameTables } from "./sql/table-name.ts";

export type { SqliteDatabase, SqlitePreparedStatement } from "./sql/sqlite-driver.ts";

export interface SqliteStoreOptions {
  /** The table's name: letters, digits, underscores. Default: `coatcheck_session`. */
  readonly table?: string;
  /**
   * For how long a locked file stops the process before the store goes on waiting without stopping it (up to 2 s in
   * all). Default: 50 ms; for a database that is passed in, whatever its own setting is.
   */
  readonly busyTimeoutMs?: number;
  /**
   * `"normal"`: a commit outlives the death of the process; a power cut may take the last ones. `"full"`: it outlives that
   * too, and each write waits for the disk. Default: `"normal"`; for a database that is passed in, its own setting.
   */
  readonly synchronous?: "normal" | "full";
  /** Where the time comes from when a call does not say, and what waiting is done on. Default: the machine's clock. */
  readonly clock?: Clock;
}

/** What `sqliteStore()` returns. */
export interface SqliteStore extends SessionStore, Sweepable, ByOwner, Scannable, Migratable, Leasable, Closable {
  /** A value that is kept in the file beside the sessions, or null. */
  readSetting(name: string): Promise<string | null>;
  /** Keeps a value unless there is one of that name, and returns the one that is kept: all processes agree on it. */
  writeSettingOnce(name: string, value: string): Promise<string>;
}

/**
 * Keeps records in an SQLite file, which several processes of one machine may share (a network share is no place for
 * it). Makes and upgrades its own tables at the first use. A new file can be read by its owner only.
 *
 * @param pathOrDatabase a file's path, `":memory:"`, or an open database with the methods of better-sqlite3, libsql or
 *   node:sqlite. A database that is passed in stays open, and keeps its journal mode.
 * @throws ConfigurationError when the runtime has no node:sqlite, the folder does not exist, or an option is wrong.
 * @example
 * const cloakroom = createCoatcheck({ store: sqliteStore("var/sessions.db") });
 */
export function sqliteStore(pathOrDatabase: string | SqliteDatabase, options: SqliteStoreOptions = {}): SqliteStore {
  const names = nameTables("sqliteStore.table", options.table ?? "coatcheck_session", '"', false);
  const pragmas = pragmasOf(options, typeof pathOrDatabase === "string");
  const driver =
    typeof pathOrDatabase === "string" ? new SqliteDriver(openFile(pathOrDatabase), pragmas, true) : new SqliteDriver(pathOrDatabase, pragmas, false);
  return new InSqlite({ dialect: sqliteDialect(names, isPrivate(pathOrDatabase)), driver, names, clock: options.clock ?? systemClock, migratesItself: true });
}

/** Pages from the log go to the file after a sweep, but not more often than this. */
const CHECKPOINT_EVERY_MS = 500;
const CHECKPOINT = compileStatement("checkpoint", "pragma wal_checkpoint(passive)", "?1");

class InSqlite extends SqlStore implements SqliteStore {
  readonly #driver: SqliteDriver;
  #checkpointAt = Number.NEGATIVE_INFINITY;

  constructor(parts: SqlStoreParts & { readonly driver: SqliteDriver }) {
    super(parts);
    this.#driver = parts.driver;
  }

  /**
   * SQLite itself waits for a thousand pages and then stops whoever happens to write for as long as they take. What a sweep has touched goes
   * at once, while it is little: the sweep's own pace sees how long that takes. It waits for nobody, and does nothing without a log.
   */
  override async sweep(limit: number, options?: StoreCallOptions): Promise<number> {
    const removed = await super.sweep(limit, options);
    const now = readStopwatch();
    if (removed > 0 && now >= this.#checkpointAt) {
      this.#checkpointAt = now + CHECKPOINT_EVERY_MS;
      try {
        this.#driver.one(CHECKPOINT, {});
      } catch {
        // Then SQLite does it by itself later.
      }
    }
    return removed;
  }

  readSetting(name: string): Promise<string | null> {
    return this.settingOf(name);
  }

  writeSettingOnce(name: string, value: string): Promise<string> {
    return this.keepSetting(name, value);
  }
}

/** Paths at which SQLite makes a database that nobody else sees, in memory or in a nameless file. */
const isPrivate = (pathOrDatabase: unknown): boolean => pathOrDatabase === ":memory:" || pathOrDatabase === "";

const LONGEST_BUSY_TIMEOUT_MS = 60_000;

function pragmasOf({ busyTimeoutMs, synchronous }: SqliteStoreOptions, isOwnFile: boolean): string[] {
  if (busyTimeoutMs !== undefined && !(Number.isInteger(busyTimeoutMs) && busyTimeoutMs >= 0 && busyTimeoutMs <= LONGEST_BUSY_TIMEOUT_MS)) {
    throw new ConfigurationError("sqliteStore.busyTimeoutMs", `must be whole milliseconds from 0 to ${LONGEST_BUSY_TIMEOUT_MS}, not ${String(busyTimeoutMs)}`);
  }
  if (synchronous !== undefined && synchronous !== "normal" && synchronous !== "full") {
    throw new ConfigurationError("sqliteStore.synchronous", `must be "normal" or "full", not ${JSON.stringify(synchronous)}`);
  }
  const wanted = [busyTimeoutMs, isOwnFile ? 50 : undefined].find((one) => one !== undefined);
  return [
    ...(wanted === undefined ? [] : [`pragma busy_timeout = ${wanted}`]),
    ...(isOwnFile ? ["pragma journal_mode = wal"] : []),
    ...(synchronous !== undefined || isOwnFile ? [`pragma synchronous = ${synchronous ?? "normal"}`] : []),
  ];
}

const OWNER_ONLY = 0o600;

function openFile(path: string): SqliteDatabase {
  const engine = process.getBuiltinModule?.("node:sqlite");
  if (engine === undefined) {
    throw new ConfigurationError("store", "this runtime has no node:sqlite, so there is no default store: pass one, for instance `store: postgresStore(pool)` or `sqliteStore(new Database(path))` with better-sqlite3");
  }
  const { closeSync, existsSync, openSync } = process.getBuiltinModule("node:fs");
  if (looksOnly() && !existsSync(path)) return new engine.DatabaseSync(":memory:");
  try {
    // SQLite makes files that everybody may read, and gives its companions (-wal, -shm) the mode of the file.
    if (!isPrivate(path)) closeSync(openSync(path, "a", OWNER_ONLY));
    return new engine.DatabaseSync(path);
  } catch (cause) {
    throw new ConfigurationError("sqliteStore", `the file ${JSON.stringify(path)} cannot be opened (${(cause as { code?: string }).code ?? "unknown reason"}): is its folder there, and may this process write to it?`);
  }
}
