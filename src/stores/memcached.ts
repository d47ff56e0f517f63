import { systemClock, type Clock } from "../clock.ts";
import { ConfigurationError, StoreUnavailable } from "../errors.ts";
import {
  GONE,
  UPDATED,
  type DeleteOutcome,
  type SessionRecord,
  type SessionStore,
  type StoreCallOptions,
  type StoreCapabilities,
  type UpdateOutcome,
} from "../store/store.ts";
import { NotSentError, type MemcachedClient, type MemcachedItem } from "./memcached/client.ts";
import { checkItemSize, expiryDate, readItem, writeItem } from "./memcached/item.ts";
import { Marks, type Mark } from "./memcached/marks.ts";
import { wrapPackage, type MemcachedPackageClient } from "./memcached/package-client.ts";
import { checkPrefix, safeKey } from "./safe-key.ts";
import { limitTime, LONGEST_TIMER_MS } from "./time-limit.ts";

export { NotSentError } from "./memcached/client.ts";
export type { MemcachedClient, MemcachedItem, MemcachedWrite } from "./memcached/client.ts";
export { RecordTooLarge } from "./memcached/item.ts";
export { connectMemcached, type MemcachedConnection } from "./memcached/meta-client.ts";
export type { MemcachedPackageClient } from "./memcached/package-client.ts";

export interface MemcachedStoreOptions {
  /** What every key begins with. Two applications on one server need two prefixes. Default: `"coatcheck:"`. */
  readonly prefix?: string;
  /** How long one command may take before the call fails, in milliseconds. Default: 2000. */
  readonly commandTimeoutMs?: number;
  /**
   * The size that memcached was started with (`-I`), in bytes. Larger records are refused here, before they are sent: a server that finds
   * an item too large drops the old one with it. Default: 1,048,576.
   */
  readonly maxItemBytes?: number;
  /** Where the time comes from when a call does not say. Default: the machine's clock. */
  readonly clock?: Clock;
}

const CAPABILITIES: StoreCapabilities = Object.freeze({
  compareAndSet: true,
  durable: false,
  shared: "network",
  ownExpiry: true,
  immediate: true,
  mayEvict: true,
});

/**
 * Keeps records in memcached (1.4.8 or later; `connectMemcached` needs 1.6). A cache and no more: it forgets at a restart and may drop live sessions
 * when it is full, so people are logged out; what was logged out stays so. It cannot list a user's sessions: to end them all,
 * put it in front of a durable store with `cachedStore`.
 *
 * @param client from `connectMemcached`, from the package `memcached`, or an object of your own with the four methods of `MemcachedClient`
 * @throws ConfigurationError for a client that cannot compare and set, an odd prefix, or a limit that is none.
 * @example
 * const cloakroom = createCoatcheck({ store: memcachedStore(connectMemcached("127.0.0.1:11211")) });
 */
export function memcachedStore(client: MemcachedClient | MemcachedPackageClient, options: MemcachedStoreOptions = {}): SessionStore {
  return new InMemcached(client, options);
}

class InMemcached implements SessionStore {
  readonly name = "memcached";
  readonly capabilities: StoreCapabilities = CAPABILITIES;
  readonly #client: MemcachedClient;
  readonly #prefix: string;
  readonly #timeoutMs: number;
  readonly #maxItemBytes: number;
  readonly #clock: Clock;
  readonly #marks = new Marks();

  constructor(client: MemcachedClient | MemcachedPackageClient, options: MemcachedStoreOptions) {
    const { prefix = "coatcheck:", commandTimeoutMs = 2000, maxItemBytes = 1_048_576, clock = systemClock } = options;
    checkNumber("commandTimeoutMs", commandTimeoutMs, 1, LONGEST_TIMER_MS);
    checkNumber("maxItemBytes", maxItemBytes, 1024, 2 ** 30);
    this.#client = recognise(client);
    this.#prefix = checkPrefix(prefix, "memcachedStore.prefix");
    this.#timeoutMs = commandTimeoutMs;
    this.#maxItemBytes = maxItemBytes;
    this.#clock = clock;
  }

  async read(id: string, options?: StoreCallOptions): Promise<SessionRecord | null> {
    const found = await this.#find("read a session", id, options);
    return found.record;
  }

  async create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean> {
    const operation = "create a session";
    const value = this.#checkedItem(record);
    const expiry = this.#expiry(record.expiresAt, options);
    const key = this.#key(record.id);
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const added = await this.#run(operation, options, (signal) => this.#client.add(key, value, expiry, signal));
      if (added.stored) return this.#keepMark(record, added);
      const found = await this.#find(operation, record.id, options);
      if (found.record !== null) return false;
      // Expired by the caller's clock, or no record at all: its place is free.
      if (found.item !== undefined && (await this.#write(operation, record, value, expiry, found.item.cas, options)) === true) return true;
    }
    throw tooBusy(operation);
  }

  async update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
    const operation = "update a session";
    const value = this.#checkedItem(record);
    const expiry = this.#expiry(record.expiresAt, options);
    let known: Known = this.#known(record.id, expectedVersion, options) ?? (await this.#find(operation, record.id, options));
    for (let round = 0; round < MOST_ROUNDS; round++) {
      if (known.record === null) return GONE;
      if (known.record.version !== expectedVersion) return { outcome: "conflict", current: known.record as SessionRecord };
      const written = await this.#write(operation, record, value, expiry, known.item.cas, options);
      if (written === true) return UPDATED;
      known = written;
    }
    throw tooBusy(operation);
  }

  async touch(id: string, version: string, lastSeenAt: number, expiresAt: number, options?: StoreCallOptions): Promise<boolean> {
    const operation = "renew a session";
    let found = await this.#find(operation, id, options);
    for (let round = 0; round < MOST_ROUNDS; round++) {
      if (found.record === null || found.record.version !== version) return false;
      if (lastSeenAt < found.record.lastSeenAt) return true;
      const next = { ...found.record, lastSeenAt, expiresAt };
      const written = await this.#write(operation, next, writeItem(next), this.#expiry(expiresAt, options), found.item.cas, options);
      if (written === true) return true;
      found = written;
    }
    throw tooBusy(operation);
  }

  async delete(id: string, expectedVersion?: string, options?: StoreCallOptions): Promise<DeleteOutcome> {
    const operation = "delete a session";
    const key = this.#key(id);
    if (expectedVersion === undefined) {
      const known = this.#marks.get(id) ?? (await this.#find(operation, id, options)).record;
      this.#marks.forget(id);
      const deleted = await this.#run(operation, options, (signal) => this.#client.delete(key, signal));
      return deleted && known !== null && known.expiresAt > this.#now(options) ? "deleted" : "gone";
    }
    let known: Known = this.#known(id, expectedVersion, options) ?? (await this.#find(operation, id, options));
    for (let round = 0; round < MOST_ROUNDS; round++) {
      if (known.record === null) return "gone";
      if (known.record.version !== expectedVersion) return "conflict";
      const { cas } = known.item;
      this.#marks.forget(id);
      // There is no delete that compares, but an item may be replaced by one that has expired already.
      const { stored } = await this.#run(operation, options, (signal) => this.#client.cas(key, "-", -1, cas, signal));
      if (stored) return "deleted";
      known = await this.#find(operation, id, options);
    }
    throw tooBusy(operation);
  }

  /** Which server a session is on, for those who watch servers one by one. */
  serverOf(id: string): string | undefined {
    return this.#client.serverOf?.(this.#key(id));
  }

  /** The item, and the live record in it. */
  async #find(operation: string, id: string, options: StoreCallOptions | undefined): Promise<Found> {
    const item = await this.#run(operation, options, (signal) => this.#client.gets(this.#key(id), signal));
    const record = item === undefined ? null : readItem(id, item.value);
    if (item === undefined || record === null || record.expiresAt <= this.#now(options)) {
      this.#marks.forget(id);
      return { item, record: null };
    }
    this.#marks.set(id, { version: record.version, cas: item.cas, expiresAt: record.expiresAt });
    return { item, record };
  }

  /** True, or what is there instead of the item that was expected. */
  async #write(operation: string, record: SessionRecord, value: string, expiry: number, cas: string, options: StoreCallOptions | undefined): Promise<true | Found> {
    this.#marks.forget(record.id);
    const written = await this.#run(operation, options, (signal) => this.#client.cas(this.#key(record.id), value, expiry, cas, signal));
    if (written.stored) return this.#keepMark(record, written);
    const found = await this.#find(operation, record.id, options);
    if (found.item?.cas !== cas) return found;
    // Nobody has touched the item, so the server itself did not want the new one.
    throw new StoreUnavailable(operation, "not-sent", { cause: new Error("memcached refused the item: it is out of memory, or -I is smaller than memcachedStore.maxItemBytes.") });
  }

  #keepMark(record: SessionRecord, { cas }: { readonly cas?: string | undefined }): true {
    if (cas === undefined) this.#marks.forget(record.id);
    else this.#marks.set(record.id, { version: record.version, cas, expiresAt: record.expiresAt });
    return true;
  }

  /** What a write needs to know, when this process has just read or written that very version. */
  #known(id: string, version: string, options: StoreCallOptions | undefined): Known | undefined {
    const mark = this.#marks.get(id);
    if (mark === undefined || mark.version !== version || mark.expiresAt <= this.#now(options)) return undefined;
    return { record: mark, item: mark };
  }

  #checkedItem(record: SessionRecord): string {
    const value = writeItem(record);
    checkItemSize(this.#key(record.id), value, this.#maxItemBytes);
    return value;
  }

  async #run<T>(operation: string, options: StoreCallOptions | undefined, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = options?.signal;
    signal?.throwIfAborted();
    const back = new AbortController();
    try {
      return await limitTime(send(back.signal), this.#timeoutMs, signal, () => noAnswer(operation), () => back.abort());
    } catch (error) {
      if ((signal?.aborted && error === signal.reason) || error instanceof StoreUnavailable) throw error;
      throw new StoreUnavailable(operation, error instanceof NotSentError ? "not-sent" : "unknown", { cause: error });
    }
  }

  #expiry(expiresAt: number, options: StoreCallOptions | undefined): number {
    return expiryDate(expiresAt, this.#now(options), systemClock.now());
  }

  #key(id: string): string {
    return safeKey(this.#prefix, "s", id);
  }

  #now(options: StoreCallOptions | undefined): number {
    return options?.now ?? this.#clock.now();
  }
}

type Found = { readonly record: SessionRecord; readonly item: MemcachedItem } | { readonly record: null; readonly item: MemcachedItem | undefined };
type Known = Found | { readonly record: Mark; readonly item: Mark };

/** Each round that a call loses is one that another writer has won. */
const MOST_ROUNDS = 1000;

const tooBusy = (operation: string): StoreUnavailable => new StoreUnavailable(operation, "not-sent", { cause: new Error(`The item was changed by others ${MOST_ROUNDS} times meanwhile.`) });

const noAnswer = (operation: string): StoreUnavailable => new StoreUnavailable(operation, "unknown", { cause: new Error("memcached did not answer in time.") });

function recognise(client: MemcachedClient | MemcachedPackageClient): MemcachedClient {
  const has = (...methods: string[]): boolean => typeof client === "object" && client !== null && methods.every((method) => typeof (client as unknown as Record<string, unknown>)[method] === "function");
  if (has("gets", "add", "cas", "del")) return wrapPackage(client as MemcachedPackageClient);
  if (has("gets", "add", "cas", "delete")) return client as MemcachedClient;
  throw new ConfigurationError(
    "memcachedStore",
    "the client cannot compare and set (gets, add, cas, delete), so parallel requests would lose changes. Use connectMemcached(\"host:port\") or the package memcached; memjs has no cas",
  );
}

function checkNumber(name: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new ConfigurationError(`memcachedStore.${name}`, `must be a whole number from ${least} to ${most}, not ${String(value)}`);
  }
}
