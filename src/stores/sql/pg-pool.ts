import { StoreUnavailable } from "../../errors.ts";
import type { SqlCall } from "./sql-call.ts";

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

/** Hears how something ended: with a result, or with an error and none. */
export type End<Result> = (error: unknown, result?: Result) => void;

/**
 * Takes a connection, uses it, and gives it back before anybody hears of the end: all in one promise, because every request waits for it.
 *
 * @param call what gives the connection up when nobody waits for its answer any more
 * @param use begins something with the connection, and says by `end` how it ended
 * @throws (as a rejection) StoreUnavailable, not sent, when there was no connection or nobody waits any more
 */
export function useConnection<Result>(pool: PgPool, call: SqlCall | undefined, use: (client: PgPoolClient, end: End<Result>) => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    const begin = (client: PgPoolClient): void => {
      if (call?.isOver) {
        client.release();
        return reject(new StoreUnavailable("get a connection", "not-sent"));
      }
      call?.hold(client, destroyClient);
      // A connection that is in use and breaks tells both the query and its own listeners; without one the process would end.
      client.on("error", ignore);
      let isOver = false;
      const end: End<Result> = (error, result) => {
        if (isOver) return;
        isOver = true;
        const isFailure = result === undefined;
        client.off("error", ignore);
        if (call === undefined || call.letGo()) client.release(isFailure && !isAnswerOfServer(error));
        if (isFailure) reject(error as Error);
        else resolve(result);
      };
      try {
        use(client, end);
      } catch (error) {
        end(error);
      }
    };
    pool.connect().then(begin, (cause: unknown) => reject(new StoreUnavailable("get a connection", "not-sent", { cause })));
  });
}

function ignore(): void {}

const destroyClient = (client: PgPoolClient): void => client.release(true);

/** After these the connection is still good: the server answered, and is not about to hang up. */
function isAnswerOfServer(error: unknown): boolean {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown };
  return typeof code === "string" && severity === "ERROR";
}
