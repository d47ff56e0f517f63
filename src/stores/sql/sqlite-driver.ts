import type { SqlDriver } from "./dialect.ts";
import { orderValues, type SqlParameters, type SqlRow, type SqlStatement } from "./statement.ts";

/** The few methods of better-sqlite3 that are used. Those of libsql and node:sqlite are the same. */
export interface SqliteDatabase {
  prepare(sql: string): SqlitePreparedStatement;
  exec(sql: string): unknown;
  close(): unknown;
}

export interface SqlitePreparedStatement {
  get(...values: (string | number | null)[]): unknown;
  all(...values: (string | number | null)[]): unknown[];
  run(...values: (string | number | null)[]): { readonly changes: number | bigint };
  /** Rows as lists, in node:sqlite since 24.0 and 22.16. */
  setReturnArrays?(enabled: boolean): unknown;
  /** Rows as lists, in better-sqlite3 and libsql. */
  raw?(enabled: boolean): unknown;
}

/** Runs statements on a database of this process; every answer comes at once. */
export class SqliteDriver implements SqlDriver {
  readonly #database: SqliteDatabase;
  readonly #pragmas: readonly string[];
  readonly #isOwn: boolean;
  readonly #prepared = new Map<SqlStatement, SqlitePreparedStatement>();

  constructor(database: SqliteDatabase, pragmas: readonly string[], isOwn: boolean) {
    this.#database = database;
    this.#pragmas = pragmas;
    this.#isOwn = isOwn;
  }

  open(): void {
    for (const pragma of this.#pragmas) this.#database.exec(pragma);
  }

  one(statement: SqlStatement, parameters: SqlParameters): SqlRow | undefined {
    const row = this.#prepare(statement, true).get(...orderValues(statement, parameters));
    return row === undefined || row === null ? undefined : rowOf(row);
  }

  all(statement: SqlStatement, parameters: SqlParameters): readonly SqlRow[] {
    return this.#prepare(statement, true).all(...orderValues(statement, parameters)).map(rowOf);
  }

  change(statement: SqlStatement, parameters: SqlParameters): number {
    return Number(this.#prepare(statement, false).run(...orderValues(statement, parameters)).changes);
  }

  /** In one transaction that takes the write lock first, so that two processes do it one after the other. */
  script(statements: readonly string[]): void {
    this.#database.exec("begin immediate");
    try {
      for (const statement of statements) this.#database.exec(statement);
      this.#database.exec("commit");
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  close(): void {
    this.#prepared.clear();
    if (this.#isOwn) this.#database.close();
  }

  #prepare(statement: SqlStatement, returnsRows: boolean): SqlitePreparedStatement {
    let prepared = this.#prepared.get(statement);
    if (prepared === undefined) {
      prepared = this.#database.prepare(statement.text);
      if (returnsRows) (prepared.setReturnArrays ?? prepared.raw)?.call(prepared, true);
      this.#prepared.set(statement, prepared);
    }
    return prepared;
  }

  /** SQLite has rolled back by itself after some errors, and then refuses to do it twice. */
  #rollBack(): void {
    try {
      this.#database.exec("rollback");
    } catch {
      // The first error is the one to tell.
    }
  }
}


/** A driver that cannot give lists gives objects, whose keys are in the order of the columns. */
const rowOf = (row: unknown): SqlRow => (Array.isArray(row) ? (row as unknown[]) : Object.values(row as object));
