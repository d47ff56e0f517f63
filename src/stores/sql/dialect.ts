import type { WriteOutcome } from "../../errors.ts";
import type { StoreCapabilities } from "../../store/store.ts";
import type { Migration } from "./migrations.ts";
import type { SqlCall } from "./sql-call.ts";
import type { SqlParameters, SqlRow, SqlStatement } from "./statement.ts";

/** What one engine says differently. Everything else is in `SqlStore`. */
export interface SqlDialect {
  /** The store's name. */
  readonly name: string;
  readonly capabilities: StoreCapabilities;
  readonly statements: SqlStatements;
  /** The steps that make and upgrade the tables, oldest first. Each may be run twice. */
  readonly migrations: readonly Migration[];
  /** Its answers count rows that changed, not rows that matched: an update to the same values counts none. */
  readonly countsChangedRows: boolean;
  /** What went wrong, decided by the driver's error code. */
  classify(error: unknown): SqlFault;
}

/** The statements of one table. Parameters bear the names that `SqlStore` hands over. */
export interface SqlStatements {
  /** `:id`: the columns of a record, be it expired or not. */
  readonly read: SqlStatement;
  /** Every field and `:now`; changes one row unless a live one is there, or fails as `duplicate`. */
  readonly create: SqlStatement;
  /** `:id :now`: removes an expired row that stands in the way of `create`. */
  readonly removeExpired: SqlStatement;
  /** Every field, `:expected` and `:now`; counts the rows. */
  readonly update?: SqlStatement;
  /** The same for a row whose indexed columns stay as they are, for an engine where that is cheaper; else it changes nothing. */
  readonly updateInPlace?: SqlStatement;
  /** The same as `update` in one trip with what it found: a row whose last column is true, or one with the current record. No row: gone. */
  readonly updateOrCurrent?: SqlStatement;
  /** `:id :version :lastSeenAt :expiresAt :now` */
  readonly touch: SqlStatement;
  /** The same for a row whose indexed columns stay as they are. */
  readonly touchInPlace?: SqlStatement;
  /** `:id :now` */
  readonly remove: SqlStatement;
  /** `:id :version :now` */
  readonly removeVersion: SqlStatement;
  /** `:now :limit` */
  readonly sweep: SqlStatement;
  /** `:owner :now` */
  readonly listByOwner: SqlStatement;
  /** `:owner :exceptId` */
  readonly removeByOwner: SqlStatement;
  /** `:after :now :limit` */
  readonly scan: SqlStatement;
  /** `:name` */
  readonly readSetting: SqlStatement;
  /** `:name :value :until :holder`: writes the value unless one is there that ends later and is somebody else's. */
  readonly takeLease: SqlStatement;
  /** `:name :value` */
  readonly writeSettingOnce: SqlStatement;
}

/**
 * - `retry`: the engine refused for now and did nothing (busy, deadlock, serialization): try again under the deadline.
 * - `duplicate`: the key is taken.
 * - `missing table`: nobody has migrated.
 * - else whether the statement may have happened.
 */
export type SqlFault = "retry" | "duplicate" | "missing table" | WriteOutcome;

/**
 * A client of one engine. What it throws is classified by the dialect. Answers may come at once or later. A driver that waits for
 * connections is given the call, sends nothing once that is over, and tells it what it holds.
 */
export interface SqlDriver {
  one(statement: SqlStatement, parameters: SqlParameters, call?: SqlCall): Now<SqlRow | undefined>;
  all(statement: SqlStatement, parameters: SqlParameters, call?: SqlCall): Now<readonly SqlRow[]>;
  /** How many rows were inserted, updated or removed. */
  change(statement: SqlStatement, parameters: SqlParameters, call?: SqlCall): Now<number>;
  /** Opens what has to be opened before the first statement. */
  open?(): Now<void>;
  /** Runs statements of a migration in order, in one transaction where the engine has that for tables. */
  script(statements: readonly string[]): Now<void>;
  close(): Now<void>;
}

export type Now<T> = T | Promise<T>;
