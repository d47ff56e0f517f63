import { ConfigurationError } from "../../errors.ts";
import type { SqlDriver } from "../../stores/sql/dialect.ts";
import { MysqlDriver, type MysqlClient } from "../../stores/sql/mysql-driver.ts";
import { PostgresDriver, type PostgresClient } from "../../stores/sql/postgres-driver.ts";
import { SqliteDriver, type SqliteDatabase } from "../../stores/sql/sqlite-driver.ts";
import { mysqlUsers } from "./mysql-users.ts";
import { postgresUsers } from "./postgres-users.ts";
import { sqliteUsers } from "./sqlite-users.ts";
import type { UsersDialect } from "./users-dialect.ts";

/**
 * The database that users live in: a path or an open database of SQLite (node:sqlite, better-sqlite3, libsql), a pool or client of `pg`,
 * the `sql` of postgres.js, or a pool or connection of mysql2.
 */
export type UsersDatabase = string | SqliteDatabase | PostgresClient | MysqlClient;

/** Driver and dialect for a database. */
export interface UsersEngine {
  readonly dialect: UsersDialect;
  readonly driver: SqlDriver;
  /** The engine is in this process, so nobody has to wait for it. */
  readonly isEmbedded: boolean;
}

/** Finds out by its methods what was passed in. @throws ConfigurationError for anything else */
export function chooseEngine(database: UsersDatabase, prepare: boolean): UsersEngine {
  if (typeof database === "string") return { dialect: sqliteUsers(), driver: new SqliteDriver(openFile(database), OWN_FILE, true), isEmbedded: true };
  const has = (method: string): boolean => typeof (database as unknown as Record<string, unknown> | null)?.[method] === "function";
  if (has("prepare") && has("exec")) return { dialect: sqliteUsers(), driver: new SqliteDriver(database as SqliteDatabase, [], false), isEmbedded: true };
  if (has("execute") || has("promise")) return { dialect: mysqlUsers(), driver: new MysqlDriver(database as MysqlClient, prepare), isEmbedded: false };
  if (has("query") || has("unsafe")) return { dialect: postgresUsers(), driver: new PostgresDriver(database as PostgresClient, "coatcheck_users", prepare, false), isEmbedded: false };
  throw new ConfigurationError("sqlUsers", "pass a path or an open SQLite database, a Pool of `pg`, the `sql` of postgres.js, or a pool of `mysql2`.");
}

const OWN_FILE: readonly string[] = ["pragma busy_timeout = 50", "pragma journal_mode = wal"];
const OWNER_ONLY = 0o600;

function openFile(path: string): SqliteDatabase {
  const engine = process.getBuiltinModule?.("node:sqlite");
  if (engine === undefined) throw new ConfigurationError("sqlUsers", "this runtime has no node:sqlite: pass an open database, a Pool of `pg` or a pool of `mysql2`.");
  const { closeSync, openSync } = process.getBuiltinModule("node:fs");
  try {
    // Password hashes are nobody else's business, and SQLite makes files that everybody may read.
    if (path !== ":memory:" && path !== "") closeSync(openSync(path, "a", OWNER_ONLY));
    return new engine.DatabaseSync(path);
  } catch (cause) {
    throw new ConfigurationError("sqlUsers", `the file ${JSON.stringify(path)} cannot be opened (${(cause as { code?: string }).code ?? "unknown reason"}): is its folder there, and may this process write to it?`);
  }
}
