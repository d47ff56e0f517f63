import { StoreUnavailable } from "../../errors.ts";
import { Deadlines, type LimitOptions } from "../deadlines.ts";
import type { RedisConnection, RedisPrimary } from "./connection.ts";
import { isUnknownScript, unavailable } from "./failures.ts";
import { PathCheck } from "./path-check.ts";
import type { ReadyWait } from "./readiness.ts";
import type { Script } from "./scripts.ts";

/** One call, as its time limit sees it. */
class Attempt implements LimitOptions {
  readonly operation: string;
  readonly signal: AbortSignal | undefined;
  /** Takes its command back out of the client's queue; null where it is sent at once. */
  readonly #back: AbortController | null;
  /** Its caller has given up. */
  isOver = false;

  constructor(operation: string, signal: AbortSignal | undefined, takesBack: boolean) {
    this.operation = operation;
    this.signal = signal;
    this.#back = takesBack ? new AbortController() : null;
  }

  get whenTakenBack(): AbortSignal | undefined {
    return this.#back?.signal;
  }

  onExpire(): void {
    this.isOver = true;
    this.#back?.abort();
  }

  onFailure(error: unknown): StoreUnavailable {
    return unavailable(this.operation, error);
  }
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
    return this.#run(operation, signal, (attempt) => this.#connection.send(key, args, attempt.whenTakenBack));
  }

  /**
   * A script on one key: one round trip, two on a server that has to be given it first. Nothing more is sent once the caller
   * has been told that there was no answer: a write that comes after its own inquest would be counted twice.
   */
  evaluate(operation: string, script: Script, key: string, args: readonly string[], signal: AbortSignal | undefined): Promise<unknown> {
    return this.#run(operation, signal, (attempt) =>
      this.#connection.send(key, ["EVALSHA", script.sha, "1", key, ...args], attempt.whenTakenBack).then(undefined, (error: unknown) => {
        if (!isUnknownScript(error) || attempt.isOver) throw error;
        return this.#connection.send(key, ["EVAL", script.source, "1", key, ...args], attempt.whenTakenBack);
      }),
    );
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
    const attempt = new Attempt(operation, signal, this.#connection.takesBack());
    try {
      return this.#deadlines.limit(send(attempt), () => this.#noAnswer(operation), attempt);
    } catch (error) {
      return Promise.reject(attempt.onFailure(error));
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
