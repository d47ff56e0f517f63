import { StoreUnavailable } from "../../errors.ts";
import { Deadlines } from "../deadlines.ts";
import type { RedisConnection, RedisPrimary } from "./connection.ts";
import { isUnknownScript, unavailable } from "./failures.ts";
import { PathCheck } from "./path-check.ts";
import type { ReadyWait } from "./readiness.ts";
import type { Script } from "./scripts.ts";

/** One call: what takes its command back, and whether its caller has given up. */
interface Attempt {
  readonly signal: AbortSignal | undefined;
  isOver: boolean;
}

/** Sends commands within a time limit, loads scripts where they are missing, and turns what drivers throw into `StoreUnavailable`. */
export class RedisCommands {
  readonly #connection: RedisConnection;
  readonly #deadlines: Deadlines;
  readonly #path: PathCheck;

  constructor(connection: RedisConnection, timeoutMs: number) {
    this.#connection = connection;
    this.#path = new PathCheck(() => connection.links(), timeoutMs);
    this.#deadlines = new Deadlines(timeoutMs);
  }

  /** A command on one key. */
  send(operation: string, key: string, args: string[], signal: AbortSignal | undefined): Promise<unknown> {
    return this.#run(operation, signal, (attempt) => this.#connection.send(key, args, attempt.signal));
  }

  /**
   * A script on one key: one round trip, two on a server that has to be given it first. Nothing more is sent once the caller
   * has been told that there was no answer: a write that comes after its own inquest would be counted twice.
   */
  evaluate(operation: string, script: Script, key: string, args: readonly string[], signal: AbortSignal | undefined): Promise<unknown> {
    return this.#run(operation, signal, async (attempt) => {
      try {
        return await this.#connection.send(key, ["EVALSHA", script.sha, "1", key, ...args], attempt.signal);
      } catch (error) {
        if (!isUnknownScript(error) || attempt.isOver) throw error;
        return this.#connection.send(key, ["EVAL", script.source, "1", key, ...args], attempt.signal);
      }
    });
  }

  /** A command for one server of possibly many. */
  sendTo(operation: string, primary: RedisPrimary, args: string[], signal: AbortSignal | undefined): Promise<unknown> {
    return this.#run(operation, signal, () => primary.send(args));
  }

  /** The servers that hold the records. */
  primaries(operation: string, signal: AbortSignal | undefined): Promise<RedisPrimary[]> {
    return this.#run(operation, signal, () => this.#connection.primaries());
  }

  #run<T>(operation: string, signal: AbortSignal | undefined, send: (attempt: Attempt) => Promise<T>): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const wait = this.#connection.whenReady();
    if (wait === undefined) return this.#attempt(operation, signal, send);
    return this.#getReady(wait, operation, signal).then(() => this.#attempt(operation, signal, send));
  }

  #attempt<T>(operation: string, signal: AbortSignal | undefined, send: (attempt: Attempt) => Promise<T>): Promise<T> {
    const back = this.#connection.takesBack() ? new AbortController() : undefined;
    const attempt: Attempt = { signal: back?.signal, isOver: false };
    const onExpire = (): void => {
      attempt.isOver = true;
      back?.abort();
    };
    try {
      return this.#deadlines.limit(send(attempt), () => this.#noAnswer(operation), { signal, onExpire, onFailure: (error) => unavailable(operation, error) });
    } catch (error) {
      return Promise.reject(unavailable(operation, error));
    }
  }

  #noAnswer(operation: string): StoreUnavailable {
    this.#path.begin();
    return new StoreUnavailable(operation, "unknown", { cause: new Error("Redis did not answer in time.") });
  }

  async #getReady(wait: ReadyWait, operation: string, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#deadlines.limit(wait.ready, () => notConnected(operation), { signal, onFailure: (error) => unavailable(operation, error) });
    } finally {
      wait.leave();
    }
  }
}

const notConnected = (operation: string): StoreUnavailable => new StoreUnavailable(operation, "not-sent", { cause: new Error("The client was not connected in time.") });
