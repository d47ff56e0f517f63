import { StoreUnavailable } from "../../errors.ts";
import { limitTime } from "../time-limit.ts";
import type { RedisConnection, RedisPrimary } from "./connection.ts";
import { isUnknownScript, unavailable } from "./failures.ts";
import type { Script } from "./scripts.ts";

/** Sends commands within a time limit, loads scripts where they are missing, and turns what drivers throw into `StoreUnavailable`. */
export class RedisCommands {
  readonly #connection: RedisConnection;
  readonly #timeoutMs: number;

  constructor(connection: RedisConnection, timeoutMs: number) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
  }

  /** A command on one key. */
  send(operation: string, key: string, args: string[], signal: AbortSignal | undefined): Promise<unknown> {
    return this.#run(operation, signal, (taken) => this.#connection.send(key, args, taken));
  }

  /** A script on one key: one round trip, two on a server that has to be given it first. */
  evaluate(operation: string, script: Script, key: string, args: readonly string[], signal: AbortSignal | undefined): Promise<unknown> {
    return this.#run(operation, signal, async (taken) => {
      try {
        return await this.#connection.send(key, ["EVALSHA", script.sha, "1", key, ...args], taken);
      } catch (error) {
        if (!isUnknownScript(error)) throw error;
        return this.#connection.send(key, ["EVAL", script.source, "1", key, ...args], taken);
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

  async #run<T>(operation: string, signal: AbortSignal | undefined, send: (taken: AbortSignal | undefined) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    try {
      const coming = this.#connection.whenReady();
      if (coming) await limitTime(coming, this.#timeoutMs, signal, () => notConnected(operation));
      const back = this.#connection.takesBack() ? new AbortController() : undefined;
      return await limitTime(send(back?.signal), this.#timeoutMs, signal, () => noAnswer(operation), back && ((): void => back.abort()));
    } catch (error) {
      if (signal?.aborted && error === signal.reason) throw error;
      throw unavailable(operation, error);
    }
  }
}

const notConnected = (operation: string): StoreUnavailable => new StoreUnavailable(operation, "not-sent", { cause: new Error("The client was not connected in time.") });
const noAnswer = (operation: string): StoreUnavailable => new StoreUnavailable(operation, "unknown", { cause: new Error("Redis did not answer in time.") });
