import { ConfigurationError } from "../../errors.ts";
import type { SqlDriver } from "./dialect.ts";
import type { SqlCall } from "./sql-call.ts";
import { useConnection, type End, type PgClient, type PgPool } from "./pg-pool.ts";
import { PgStatement, takesStatements } from "./pg-statement.ts";
import { orderValues, type SqlParameters, type SqlRow, type SqlStatement } from "./statement.ts";

export type { PgClient, PgPool, PgPoolClient } from "./pg-pool.ts";

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

  /**
   * @param prefix the beginning of the names of prepared statements; they belong to a connection, not to a store
   * @param readsText rows may hold every value as text, whatever its type, which is a good deal quicker
   */
  constructor(client: PostgresClient, prefix: string, prepare: boolean, readsText: boolean) {
    this.#prefix = prepare ? prefix : null;
    if (isPostgresJs(client)) {
      this.#send = (name, text, values, call) => {
        // It writes to busy connections as well, and says of none what it has sent.
        if (call !== undefined) call.wasSent = true;
        return sendByPostgresJs(client, name !== undefined, text, values);
      };
      this.#runScript = async (text) => client.unsafe(text);
    } else if (isPool(client)) {
      this.#send = (name, text, values, call) => useConnection(client, call, (one, end) => sendByPg(one, name, text, values, readsText, end));
      this.#runScript = (text) => useConnection<unknown>(client, undefined, (one, end) => void one.query({ text }).then((result) => end(null, result), end));
    } else if (typeof (client as PgClient | null)?.query === "function") {
      this.#send = (name, text, values, call) => {
        if (call !== undefined) call.wasSent = true;
        return new Promise((resolve, reject) => sendByPg(client, name, text, values, readsText, (error, answer) => (answer === undefined ? reject(error as Error) : resolve(answer))));
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

function sendByPg(client: PgClient, name: string | undefined, text: string, values: (string | number | null)[], readsText: boolean, end: End<Answer>): void {
  if (readsText && takesStatements(client)) return void client.query(new PgStatement(name, text, values, end));
  const sending = client.query(name === undefined ? { text, values, rowMode: "array" } : { text, values, rowMode: "array", name });
  sending.then(({ rows, rowCount }) => end(null, { rows: rows as SqlRow[], count: rowCount ?? 0 }), end);
}

async function sendByPostgresJs(sql: PostgresJs, prepare: boolean, text: string, values: (string | number | null)[]): Promise<Answer> {
  const rows = await sql.unsafe(text, values, { prepare }).values();
  return { rows: rows as readonly unknown[] as SqlRow[], count: rows.count };
}
