import type { Clock } from "../../clock.ts";
import { StoreUnavailable } from "../../errors.ts";
import { Deadlines } from "../deadlines.ts";
import type { SqlDialect } from "./dialect.ts";
import { retry, type RetryContext } from "./retry.ts";
import { SqlCall } from "./sql-call.ts";

/** What the calls of one set of tables have in common. */
export interface SqlCallsParts {
  readonly dialect: Pick<SqlDialect, "classify">;
  /** The table, for the message that it is missing. */
  readonly table: string;
  readonly clock: Clock;
  /** How long a call may take, in milliseconds; undefined for an engine in this process. */
  readonly limitMs: number | undefined;
}

/**
 * Runs what is asked of an engine: within a time limit, again while the engine is busy, with every failure in the words of the store contract. In as
 * few promises as there are things to wait for: every request comes through here.
 */
export class SqlCalls {
  readonly #parts: SqlCallsParts;
  readonly #deadlines: Deadlines | null;

  constructor(parts: SqlCallsParts) {
    this.#parts = parts;
    this.#deadlines = parts.limitMs === undefined ? null : new Deadlines(parts.limitMs);
  }

  /** @param task may run several times; hands its call to the driver, which sends nothing once that is over */
  run<T>(operation: string, signal: AbortSignal | undefined, task: (call: SqlCall | undefined) => T | Promise<T>): Promise<T> {
    if (this.#deadlines === null) return this.#attempt(operation, signal, undefined, () => task(undefined));
    const call = new SqlCall(signal);
    return this.#deadlines.limit(this.#attempt(operation, signal, call, () => task(call)), () => this.#tooLate(operation, call), call);
  }

  /** Without a limit, for what is done once: opening, migrating. */
  runUnlimited<T>(operation: string, task: () => T | Promise<T>): Promise<T> {
    return this.#attempt(operation, undefined, undefined, task);
  }

  #attempt<T>(operation: string, signal: AbortSignal | undefined, call: SqlCall | undefined, task: () => T | Promise<T>): Promise<T> {
    // What a connection says that was given up is no news.
    const fail = (error: unknown): Promise<T> => (call?.isOver === true ? Promise.reject(this.#tooLate(operation, call)) : retry(error, this.#contextOf(operation, signal, call), task));
    try {
      const working = task();
      return working instanceof Promise ? working.catch(fail) : Promise.resolve(working);
    } catch (error) {
      return fail(error);
    }
  }

  #contextOf(operation: string, signal: AbortSignal | undefined, call: SqlCall | undefined): RetryContext {
    const { dialect, table, clock } = this.#parts;
    return { dialect, table, clock, operation, signal, call };
  }

  #tooLate(operation: string, call: SqlCall): StoreUnavailable {
    const { limitMs } = this.#parts;
    const cause = new Error(call.wasSent ? `No answer came within ${limitMs} ms.` : `No connection was free within ${limitMs} ms.`);
    return new StoreUnavailable(operation, call.wasSent ? "unknown" : "not-sent", { cause });
  }
}
