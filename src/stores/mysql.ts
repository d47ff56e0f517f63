import { systemClock, type Clock } from "../clock.ts";
import type { ByOwner, Leasable, Migratable, Scannable, Sweepable } from "../store/capabilities.ts";
import type { SessionStore } from "../store/store.ts";
import { MysqlDriver, type MysqlClient } from "./sql/mysql-driver.ts";
import { mysqlDialect } from "./sql/mysql.ts";
import { SqlStore } from "./sql/sql-store.ts";
import { nameTables } from "./sql/table-name.ts";
import { checkTimeLimit } from "./sql/time-limit-option.ts";

export type { MysqlCallbackClient, MysqlClient, MysqlConnection, MysqlPool, MysqlPoolConnection, MysqlQuery } from "./sql/mysql-driver.ts";

export interface MysqlStoreOptions {
  /** The table's name, with its database and a dot before it if you like. Default: `coatcheck_session`. */
  readonly table?: string;
  /** Use prepared statements. Switch it off behind a proxy that cannot keep them. Default: true. */
  readonly prepare?: boolean;
  /** How long one call may take, waiting for a connection included, before it fails, in milliseconds. Default: 5000. */
  readonly commandTimeoutMs?: number;
  /** Where the time comes from when a call does not say. The server's clock is never asked. Default: the machine's clock. */
  readonly clock?: Clock;
}

/** What `mysqlStore()` returns. */
export interface MysqlStore extends SessionStore, Sweepable, ByOwner, Scannable, Migratable, Leasable {}

/**
 * Keeps records in a table of MySQL (8 or later) or MariaDB (10.5 or later), through the mysql2 client that you pass in and that
 * stays yours. The table is made by `npx coatcheck migrate` or `await store.migrate()`. A call that succeeds is one round trip; a conflict costs
 * a second one, since these engines cannot return what they did not update.
 *
 * @throws ConfigurationError for something that is no client, or an odd table name.
 * @example
 * import { createPool } from "mysql2/promise";
 * const cloakroom = createCoatcheck({ store: mysqlStore(createPool("mysql://app@127.0.0.1/shop")) });
 */
export function mysqlStore(client: MysqlClient, options: MysqlStoreOptions = {}): MysqlStore {
  const names = nameTables("mysqlStore.table", options.table ?? "coatcheck_session", "`", true);
  const commandTimeoutMs = checkTimeLimit("mysqlStore.commandTimeoutMs", options.commandTimeoutMs ?? 5000);
  const driver = new MysqlDriver(client, options.prepare ?? true);
  return new SqlStore({ dialect: mysqlDialect(names), driver, names, clock: options.clock ?? systemClock, migratesItself: false, commandTimeoutMs });
}
