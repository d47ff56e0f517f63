import { systemClock, type Clock } from "../clock.ts";
import { hash } from "../crypto/platform.ts";
import type { ByOwner, Leasable, Migratable, Scannable, Sweepable } from "../store/capabilities.ts";
import type { SessionStore } from "../store/store.ts";
import { PostgresDriver, type PostgresClient } from "./sql/postgres-driver.ts";
import { postgresDialect } from "./sql/postgres.ts";
import { SqlStore } from "./sql/sql-store.ts";
import { nameTables } from "./sql/table-name.ts";
import { checkTimeLimit } from "./sql/time-limit-option.ts";

export type { PgClient, PgPool, PgPoolClient, PostgresClient, PostgresJs, PostgresJsQuery } from "./sql/postgres-driver.ts";

export interface PostgresStoreOptions {
  /** The table's name, with its schema and a dot before it if you like. Default: `coatcheck_session`. */
  readonly table?: string;
  /** Use prepared statements. Switch it off behind a pooler that cannot keep them (PgBouncer before 1.21 in transaction mode). Default: true. */
  readonly prepare?: boolean;
  /** How long one call may take, waiting for a connection included, before it fails, in milliseconds. Default: 5000. */
  readonly commandTimeoutMs?: number;
  /** Where the time comes from when a call does not say. The server's clock is never asked. Default: the machine's clock. */
  readonly clock?: Clock;
}

/** What `postgresStore()` returns. */
export interface PostgresStore extends SessionStore, Sweepable, ByOwner, Scannable, Migratable, Leasable {}

/**
 * Keeps records in a table of PostgreSQL (12 or later), through the client that you pass in and that stays yours. The
 * table is made by `npx coatcheck migrate` or `await store.migrate()`. Each call is one statement and one round trip.
 *
 * @throws ConfigurationError for something that is no client, or an odd table name.
 * @example
 * import { Pool } from "pg";
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL });
 * pool.on("error", (error) => console.error(error.message)); // else a connection that breaks ends the process
 * const cloakroom = createCoatcheck({ store: postgresStore(pool) });
 */
export function postgresStore(client: PostgresClient, options: PostgresStoreOptions = {}): PostgresStore {
  const names = nameTables("postgresStore.table", options.table ?? "coatcheck_session", '"', true);
  const commandTimeoutMs = checkTimeLimit("postgresStore.commandTimeoutMs", options.commandTimeoutMs ?? 5000);
  const driver = new PostgresDriver(client, `coatcheck_${digestOf(names.plain)}`, options.prepare ?? true, true);
  return new SqlStore({ dialect: postgresDialect(names), driver, names, clock: options.clock ?? systemClock, migratesItself: false, commandTimeoutMs });
}

/** The server cuts the names of statements at 63 bytes, and a schema and a table alone may be longer. */
const digestOf = (table: string): string => hash("sha256", table, "hex").slice(0, 16);
