import type { SqlRow, SqlValue } from "./statement.ts";

/** What a connection of `pg` offers to whoever speaks the protocol over it. */
export interface PgConnection {
  parse(message: { name?: string | undefined; text: string }): void;
  bind(message: { portal: string; statement?: string | undefined; values: (string | null)[]; binary: false }): void;
  execute(message: { portal: string; rows: number }): void;
  sync(): void;
  sendCopyFail(reason: string): void;
  readonly parsedStatements: Record<string, string>;
  /** Statements that are on their way; older releases keep none. */
  readonly submittedNamedStatements?: Record<string, string>;
  readonly stream: { cork?(): void; uncork?(): void };
}

/** A client of `pg` that takes statements of our own making. */
export interface PgStatementClient {
  query(statement: PgStatement): unknown;
}

/**
 * Whether a client of `pg` can be handed a `PgStatement`: one that is written in JavaScript and answers its queries one by one. The native one and one that
 * sends ahead (`pipeline: true`) get ordinary queries.
 */
export function takesStatements(client: unknown): client is PgStatementClient {
  const { connection, pipeline } = client as { readonly connection?: Partial<PgConnection> | null; readonly pipeline?: boolean };
  return pipeline !== true && typeof connection?.bind === "function" && typeof connection.parsedStatements === "object";
}

const NO_ROWS: SqlRow[] = [];

/**
 * One statement as `pg` takes it beside its own queries: a submittable, as `pg-cursor` is one. For each of its own queries `pg` copies the settings, makes an
 * emitter, has the server describe the columns of the answer, and chooses a reader for each of them, which together costs more than finding the record does.
 * Here the columns are known, and every value is read as text.
 *
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
export class PgStatement {
  /** Undefined: it is not prepared. The client keeps account of prepared statements by it. */
  readonly name: string | undefined;
  readonly text: string;
  readonly values: readonly SqlValue[];
  /** The rows of the answer, their values as text. */
  rows: SqlRow[] = NO_ROWS;
  /** What the client calls at the end, and replaces when it has a time limit of its own. */
  callback: (error: Error | null) => void;
  #tag = "";

  /** @param end hears of an error, or of null and the statement, which holds the answer then */
  constructor(name: string | undefined, text: string, values: readonly SqlValue[], end: (error: Error | null, statement?: PgStatement) => void) {
    this.name = name;
    this.text = text;
    this.values = values;
    this.callback = (error) => (error === null ? end(null, this) : end(error));
  }

  /** How many rows were found or changed: the last number of the command's tag (`UPDATE 1`, `INSERT 0 1`). */
  get count(): number {
    return Number(this.#tag.slice(this.#tag.lastIndexOf(" ") + 1)) || 0;
  }

  /** Sends everything in one packet. @returns an error that the client reports when the statement cannot be sent */
  submit(connection: PgConnection): Error | null {
    const { name, text } = this;
    const prepared = name === undefined ? undefined : (connection.parsedStatements[name] ?? connection.submittedNamedStatements?.[name]);
    if (prepared !== undefined && prepared !== text) return new Error(`The connection knows another statement by the name ${JSON.stringify(name)}.`);
    connection.stream.cork?.();
    try {
      if (prepared === undefined) this.#parse(connection);
      connection.bind({ portal: "", statement: name, values: this.values.map(toText), binary: false });
      connection.execute({ portal: "", rows: 0 });
      connection.sync();
    } finally {
      connection.stream.uncork?.();
    }
    return null;
  }

  #parse(connection: PgConnection): void {
    const { name, text } = this;
    connection.parse({ name, text });
    if (name !== undefined && connection.submittedNamedStatements !== undefined) connection.submittedNamedStatements[name] = text;
  }

  handleDataRow({ fields }: { readonly fields: SqlRow }): void {
    if (this.rows === NO_ROWS) this.rows = [fields];
    else this.rows.push(fields);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#tag = text;
  }

  handleReadyForQuery(): void {
    this.callback(null);
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  handleCopyInResponse(connection: PgConnection): void {
    connection.sendCopyFail("Nothing is copied here.");
  }

  handleRowDescription(): void {}

  handlePortalSuspended(): void {}

  handleEmptyQuery(): void {}

  handleCopyData(): void {}
}

const toText = (value: SqlValue): string | null => (value === null ? null : String(value));
