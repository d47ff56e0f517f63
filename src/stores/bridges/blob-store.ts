import { systemClock, type Clock } from "../../clock.ts";
import { ConfigurationError, StoreUnavailable } from "../../errors.ts";
import {
  GONE,
  UPDATED,
  type DeleteOutcome,
  type SessionRecord,
  type SessionStore,
  type StoreCallOptions,
  type StoreCapabilities,
  type UpdateOutcome,
} from "../../store/store.ts";
import { checkPrefix, safeKey } from "../safe-key.ts";
import { limitTime, LONGEST_TIMER_MS } from "../time-limit.ts";
import { readBlob, writeBlob } from "./blob.ts";
import { InTurn } from "./in-turn.ts";

/** What depends on what stands behind the bridge, and only you know. */
export type BridgePromises = Partial<Pick<StoreCapabilities, "durable" | "shared" | "ownExpiry" | "immediate" | "mayEvict">>;

export interface BridgeOptions {
  /** What every key begins with. Default: `"coatcheck:"`. */
  readonly prefix?: string;
  /** How long one call may take before it fails, in milliseconds. Default: 2000. */
  readonly commandTimeoutMs?: number;
  /**
   * What stands behind the bridge. Default: nothing that is not known: not durable, seen by this process only, expired records stay until they are
   * overwritten. Say `{ shared: "network", durable: true }` when it is so.
   */
  readonly promises?: BridgePromises;
  /** Where the time comes from when a call does not say. Default: the machine's clock. */
  readonly clock?: Clock;
}

/** A place that can get, set and remove, and no more. */
export interface Blobs {
  load(key: string): Promise<unknown>;
  /** @param lifeMs how long the blob is needed at least, by the machine's clock */
  save(key: string, blob: Readonly<Record<string, unknown>>, lifeMs: number): Promise<void>;
  remove(key: string): Promise<void>;
}

/**
 * The contract over a place that cannot compare. Calls on one id take turns inside this process, so that nothing is lost here; between
 * processes the last writer wins and a slow one may bring back what another has deleted, and the capabilities say so.
 */
export class BlobStore implements SessionStore {
  readonly name: string;
  readonly capabilities: StoreCapabilities;
  protected readonly prefix: string;
  readonly #blobs: Blobs;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #turns = new InTurn();

  constructor(name: string, setting: string, blobs: Blobs, options: BridgeOptions, known: BridgePromises) {
    const { prefix = "coatcheck:", commandTimeoutMs = 2000, promises = {}, clock = systemClock } = options;
    if (!Number.isSafeInteger(commandTimeoutMs) || commandTimeoutMs < 1 || commandTimeoutMs > LONGEST_TIMER_MS) {
      throw new ConfigurationError(`${setting}.commandTimeoutMs`, `must be whole milliseconds from 1 to ${LONGEST_TIMER_MS}, not ${String(commandTimeoutMs)}`);
    }
    this.name = name;
    this.capabilities = Object.freeze({ compareAndSet: false, durable: false, shared: "process", ownExpiry: false, immediate: true, mayEvict: false, ...known, ...promises });
    this.prefix = checkPrefix(prefix, `${setting}.prefix`);
    this.#blobs = blobs;
    this.#timeoutMs = commandTimeoutMs;
    this.#clock = clock;
  }

  read(id: string, options?: StoreCallOptions): Promise<SessionRecord | null> {
    return this.#find("read a session", id, options);
  }

  create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean> {
    return this.#turns.run(record.id, async () => {
      if ((await this.#find("create a session", record.id, options)) !== null) return false;
      await this.#save("create a session", record, options);
      return true;
    });
  }

  update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
    return this.#turns.run(record.id, async () => {
      const current = await this.#find("update a session", record.id, options);
      if (current === null) return GONE;
      if (current.version !== expectedVersion) return { outcome: "conflict", current };
      await this.#save("update a session", record, options);
      return UPDATED;
    });
  }

  touch(id: string, version: string, lastSeenAt: number, expiresAt: number, options?: StoreCallOptions): Promise<boolean> {
    return this.#turns.run(id, async () => {
      const current = await this.#find("renew a session", id, options);
      if (current === null || current.version !== version) return false;
      if (lastSeenAt >= current.lastSeenAt) await this.#save("renew a session", { ...current, lastSeenAt, expiresAt }, options);
      return true;
    });
  }

  delete(id: string, expectedVersion?: string, options?: StoreCallOptions): Promise<DeleteOutcome> {
    return this.#turns.run(id, async () => {
      const current = await this.#find("delete a session", id, options);
      if (current !== null && expectedVersion !== undefined && current.version !== expectedVersion) return "conflict";
      await this.#run("delete a session", "unknown", options?.signal, () => this.#blobs.remove(this.key(id)));
      return current === null ? "gone" : "deleted";
    });
  }

  protected key(id: string): string {
    return safeKey(this.prefix, "s", id);
  }

  protected now(options: StoreCallOptions | undefined): number {
    return options?.now ?? this.#clock.now();
  }

  /** Removes what stands under an id, if it has expired (or is no record) by then. True when it went. */
  protected removeExpired(id: string, options: StoreCallOptions | undefined): Promise<boolean> {
    return this.#turns.run(id, async () => {
      const stored = await this.#run("sweep", "not-sent", options?.signal, () => this.#blobs.load(this.key(id)));
      const record = readBlob(id, stored);
      if (record === null || record.expiresAt > this.now(options)) return false;
      await this.#run("sweep", "unknown", options?.signal, () => this.#blobs.remove(this.key(id)));
      return true;
    });
  }

  async #find(operation: string, id: string, options: StoreCallOptions | undefined): Promise<SessionRecord | null> {
    const blob = await this.#run(operation, "not-sent", options?.signal, () => this.#blobs.load(this.key(id)));
    const record = readBlob(id, blob);
    return record === null || record.expiresAt <= this.now(options) ? null : record;
  }

  #save(operation: string, record: SessionRecord, options: StoreCallOptions | undefined): Promise<void> {
    const lifeMs = record.expiresAt - this.now(options);
    return this.#run(operation, "unknown", options?.signal, () => (lifeMs <= 0 ? this.#blobs.remove(this.key(record.id)) : this.#blobs.save(this.key(record.id), writeBlob(record), lifeMs)));
  }

  async #run<T>(operation: string, outcome: "not-sent" | "unknown", signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    try {
      return await limitTime(call(), this.#timeoutMs, signal, () => new Error(`${this.name} did not answer in time.`));
    } catch (error) {
      if (signal?.aborted && error === signal.reason) throw error;
      throw new StoreUnavailable(operation, outcome, { cause: error });
    }
  }
}
