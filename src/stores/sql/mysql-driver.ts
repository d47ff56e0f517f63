import { ConfigurationError, StoreUnavailable } from "../../errors.ts";
import type { SqlDriver } from "./dialect.ts";
import type { SqlCall } from "./sql-call.ts";
import { orderValues, type SqlParameters, type SqlRow, type SqlStatement } from "./statement.ts";

/** A statement as mysql2 takes it. */
export interface MysqlQuery {
  readonly sql: string;
  readonly rowsAsArray?: boolean;
}

/** The part of a connection of `mysql2/promise` that is used. */
export interface MysqlConnection {
  execute(query: MysqlQuery, values: (string | number | null)[]): Promise<[result: unknown, fields: unknown]>;
  query(query: MysqlQuery, values: (string | number | null)[]): Promise<[result: unknown, fields: unknown]>;
}

/** The part of a pool of `mysql2/promise` that is used. */
export interface MysqlPool extends MysqlConnection {
  getConnection(): Promise<MysqlPoolConnection>;
}

export interface MysqlPoolConnection extends MysqlConnection {
  release(): void;
  destroy(): void;
}

/** A pool or connection of `mysql2` with callbacks: its other half is asked for. */
export interface MysqlCallbackClient {
  promise(): MysqlPool | MysqlConnection;
}

/** What `mysqlStore` takes. */
export type MysqlClient = MysqlPool | MysqlConnection | MysqlCallbackClient;

/** Runs statements on MySQL or MariaDB. */
export class MysqlDriver implements SqlDriver {
  readonly #client: MysqlPool | MysqlConnection;
  readonly #prepare: boolean;

  constructor(client: MysqlClient, prepare: boolean) {
    const found = typeof (client as Partial<MysqlCallbackClient> | null)?.promise === "function" ? (client as MysqlCallbackClient).promise() : (client as MysqlPool | MysqlConnection);
    if (typeof (found as Partial<MysqlConnection> | null)?.execute !== "function") {
      throw new ConfigurationError("mysqlStore", "pass a pool or connection of the package `mysql2`, with promises or with callbacks");
    }
    this.#client = found;
    this.#prepare = prepare;
  }

  async one(statement: SqlStatement, parameters: SqlParameters, call?: SqlCall): Promise<SqlRow | undefined> {
    return (await this.all(statement, parameters, call))[0];
  }

  async all(statement: SqlStatement, parameters: SqlParameters, call?: SqlCall): Promise<readonly SqlRow[]> {
    return (await this.#send(statement, parameters, call)) as SqlRow[];
  }

  async change(statement: SqlStatement, parameters: SqlParameters, call?: SqlCall): Promise<number> {
    return ((await this.#send(statement, parameters, call)) as { affectedRows: number }).affectedRows;
  }

  /** One after the other: these engines commit a change of tables at once, so each statement may be run again. */
  async script(statements: readonly string[]): Promise<void> {
    for (const text of statements) await this.#use(undefined, (connection) => connection.query({ sql: text }, []));
  }

  close(): void {}

  async #send(statement: SqlStatement, parameters: SqlParameters, call: SqlCall | undefined): Promise<unknown> {
    const { sql, values } = bind(statement, parameters);
    const query = { sql, rowsAsArray: true };
    const [result] = await this.#use(call, (connection) => (this.#prepare ? connection.execute(query, values) : connection.query(query, values)));
    return result;
  }

  /** Takes a connection of a pool and gives it back, so that "there was none" and "the statement failed" are told apart. */
  async #use<T>(call: SqlCall | undefined, task: (connection: MysqlConnection) => Promise<T>): Promise<T> {
    const client = this.#client;
    if (!("getConnection" in client)) {
      if (call !== undefined) call.wasSent = true;
      return task(client);
    }
    let connection: MysqlPoolConnection;
    try {
      connection = await client.getConnection();
    } catch (cause) {
      throw new StoreUnavailable("get a connection", "not-sent", { cause });
    }
    if (call?.isOver) {
      connection.release();
      throw new StoreUnavailable("get a connection", "not-sent");
    }
    call?.hold(connection, destroyConnection);
    try {
      const result = await task(connection);
      if (call === undefined || call.letGo()) connection.release();
      return result;
    } catch (error) {
      if (call !== undefined && !call.letGo()) throw error;
      // The server's own errors leave the connection good; after anything else nobody knows what it is in the middle of.
      if (typeof (error as { sqlState?: unknown }).sqlState === "string" && !(error as { fatal?: unknown }).fatal) connection.release();
      else connection.destroy();
      throw error;
    }
  }
}

const destroyConnection = (connection: MysqlPoolConnection): void => connection.destroy();

const LIMIT = "limit ?";

/** Not every version of MySQL lets the number after `limit` be bound, so that one is written into the text. It is last wherever it occurs. */
function bind(statement: SqlStatement, parameters: SqlParameters): { sql: string; values: (string | number | null)[] } {
  const values = orderValues(statement, parameters);
  if (!statement.text.endsWith(LIMIT)) return { sql: statement.text, values };
  return { sql: `${statement.text.slice(0, -1)}${Number(values.pop())}`, values };
}
