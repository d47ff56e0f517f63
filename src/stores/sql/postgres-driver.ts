import { ConfigurationError, StoreUnavailable } from "../../errors.ts";
import type { SqlDriver } from "./dialect.ts";
import type { SqlCall } from "./sql-call.ts";
import { PgStatement, takesStatements, type PgStatementClient } from "./pg-statement.ts";
import { orderValues, type SqlParameters, type SqlRow, type SqlStatement } from "./statement.ts";

/** The part of a `pg` client that is used. */
export interface PgClient {
  query(query: { text: string; values?: unknown[]; rowMode?: "array"; name?: string }): Promise<{ rows: unknown[]; rowCount: number | null }>;
}

/** The part of a `pg` pool that is used. */
export interface PgPool extends PgClient {
  readonly totalCount: number;
  connect(): Promise<PgPoolClient>;
}

export interface PgPoolClient extends PgClient {
  release(destroy?: boolean): void;
  on(event: "error", listener: (error: Error) => void): unknown;
  off(event: "error", listener: (error: Error) => void): unknown;
}

/** The part of a postgres.js `sql` that is used. */
export interface PostgresJs {
  unsafe(text: string, values?: (string | number | null)[], options?: { prepare?: boolean }): PostgresJsQuery;
}

export interface PostgresJsQuery extends PromiseLike<unknown> {
  values(): PromiseLike<{ readonly count: number } & readonly unknown[]>;
}

/** What `postgresStore` takes: a pool or client of `pg`, or the `sql` of postgres.js. */
export type PostgresClient = PgPool | PgClient | PostgresJs;

interface Answer {
  readonly rows: readonly SqlRow[];
  readonly count: number;
}

/** One way to send a statement, whichever package it goes through. */
type Send = (name: string | undefined, text: string, values: (string | number | null)[], call: SqlCall | undefined) => Promise<Answer>;

/** Runs statements on PostgreSQL. */
export class PostgresDriver implements SqlDriver {
  readonly #send: Send;
  readonly #runScript: (text: string) => Promise<unknown>;
  readonly #prefix: string | null;
  readonly #names = new Map<SqlStatement, string>();

  /** @param prefix the beginning of the names of prepared statements; they belong to a connection, not to a store. */
  constructor(client: PostgresClient, prefix: string, prepare: boolean) {
    this.#prefix = prepare ? prefix : null;
    if (isPostgresJs(client)) {
      this.#send = (name, text, values, call) => {
        // It writes to busy connections as well, and says of none what it has sent.
        if (call !== undefined) call.wasSent = true;
        return sendByPostgresJs(client, name !== undefined, text, values);
      };
      this.#runScript = async (text) => client.unsafe(text);
    } else if (isPool(client)) {
      this.#send = (name, text, values, call) => client.connect().then((one) => sendByPoolClient(one, name, text, values, call), noConnection);
      this.#runScript = (text) => client.connect().then((one) => useClient(one, undefined, () => one.query({ text })), noConnection);
    } else if (typeof (client as PgClient | null)?.query === "function") {
      this.#send = (name, text, values, call) => {
        if (call !== undefined) call.wasSent = true;
        return sendByPg(client, name, text, values);
      };
      this.#runScript = (text) => client.query({ text });
    } else {
      throw new ConfigurationError("postgresStore", "pass a Pool or Client of the package `pg`, or the `sql` function of the package `postgres`");
    }
  }

  one(statement: SqlStatement, parameters: SqlParameters, call?: SqlCall): Promise<SqlRow | undefined> {
    return this.#run(statement, parameters, call).then(firstRow);
  }

  all(statement: SqlStatement, parameters: SqlParameters, call?: SqlCall): Promise<readonly SqlRow[]> {
    return this.#run(statement, parameters, call).then(({ rows }) => rows);
  }

  change(statement: SqlStatement, parameters: SqlParameters, call?: SqlCall): Promise<number> {
    return this.#run(statement, parameters, call).then(({ count }) => count);
  }

  /** Sent as one message: the server makes one transaction of it, and undoes all of it when one statement fails. */
  async script(statements: readonly string[]): Promise<void> {
    await this.#runScript(statements.join(";\n"));
  }

  close(): void {}

  #run(statement: SqlStatement, parameters: SqlParameters, call: SqlCall | undefined): Promise<Answer> {
    return this.#send(this.#nameOf(statement), statement.text, orderValues(statement, parameters), call);
  }

  #nameOf(statement: SqlStatement): string | undefined {
    if (this.#prefix === null) return undefined;
    let name = this.#names.get(statement);
    if (name === undefined) this.#names.set(statement, (name = `${this.#prefix}_${statement.name}`));
    return name;
  }
}

const firstRow = ({ rows }: Answer): SqlRow | undefined => rows[0];

const isPostgresJs = (client: PostgresClient): client is PostgresJs => typeof (client as Partial<PostgresJs> | null)?.unsafe === "function";

const isPool = (client: PgPool | PgClient): client is PgPool => typeof (client as Partial<PgPool> | null)?.totalCount === "number";

function sendByPg(client: PgClient, name: string | undefined, text: string, values: (string | number | null)[]): Promise<Answer> {
  if (takesStatements(client)) return sendStatement(client, name, text, values, null);
  const sending = client.query(name === undefined ? { text, values, rowMode: "array" } : { text, values, rowMode: "array", name });
  return sending.then(({ rows, rowCount }) => ({ rows: rows as SqlRow[], count: rowCount ?? 0 }));
}

/** @param whenOver is called before anybody hears of the end, to give the connection back */
function sendStatement(client: PgStatementClient, name: string | undefined, text: string, values: (string | number | null)[], whenOver: ((error: Error | null) => void) | null): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const end = (error: Error | null, answer: Answer): void => {
      whenOver?.(error);
      if (error === null) resolve(answer);
      else reject(error);
    };
    const statement = new PgStatement(name, text, values, end);
    try {
      client.query(statement);
    } catch (error) {
      end(error as Error, statement);
    }
  });
}

async function sendByPostgresJs(sql: PostgresJs, prepare: boolean, text: string, values: (string | number | null)[]): Promise<Answer> {
  const rows = await sql.unsafe(text, values, { prepare }).values();
  return { rows: rows as readonly unknown[] as SqlRow[], count: rows.count };
}

/** "There was none" and "the statement failed" are told apart. */
function noConnection(cause: unknown): never {
  throw new StoreUnavailable("get a connection", "not-sent", { cause });
}

function sendByPoolClient(client: PgPoolClient, name: string | undefined, text: string, values: (string | number | null)[], call: SqlCall | undefined): Promise<Answer> {
  if (!takesStatements(client)) return useClient(client, call, () => sendByPg(client, name, text, values));
  hold(client, call);
  const whenOver = (error: Error | null): void => giveBack(client, call, error !== null && !isAnswerOfServer(error));
  return sendStatement(client, name, text, values, whenOver);
}

function useClient<T>(client: PgPoolClient, call: SqlCall | undefined, use: () => Promise<T>): Promise<T> {
  hold(client, call);
  const fail = (error: unknown): never => {
    giveBack(client, call, !isAnswerOfServer(error));
    throw error;
  };
  try {
    return use().then((value) => {
      giveBack(client, call, false);
      return value;
    }, fail);
  } catch (error) {
    return fail(error);
  }
}

/** @throws StoreUnavailable when nobody waits any more */
function hold(client: PgPoolClient, call: SqlCall | undefined): void {
  if (call?.isOver) {
    client.release();
    throw new StoreUnavailable("get a connection", "not-sent");
  }
  call?.hold(client, destroyClient);
  // A connection that is in use and breaks tells both the query and its own listeners; without one the process would end.
  client.on("error", ignore);
}

function giveBack(client: PgPoolClient, call: SqlCall | undefined, isBroken: boolean): void {
  client.off("error", ignore);
  if (call === undefined || call.letGo()) client.release(isBroken);
}

function ignore(): void {}

const destroyClient = (client: PgPoolClient): void => client.release(true);

/** After these the connection is still good: the server answered, and is not about to hang up. */
function isAnswerOfServer(error: unknown): boolean {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown };
  return typeof code === "string" && severity === "ERROR";
}
