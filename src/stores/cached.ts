import { systemClock, type Clock } from "../clock.ts";
import { ConfigurationError } from "../errors.ts";
import {
  isByOwner,
  isClosable,
  isLeasable,
  isMigratable,
  isScannable,
  isSweepable,
  type ByOwner,
  type Closable,
  type Leasable,
  type Migratable,
  type Scannable,
  type Sweepable,
} from "../store/capabilities.ts";
import type { DeleteOutcome, SessionRecord, SessionStore, StoreCallOptions, StoreCapabilities, UpdateOutcome } from "../store/store.ts";
import { isLease, makeEntry, makeLease, readEntry } from "./cached/entry.ts";
import { Fence } from "./cached/fence.ts";
import { limitTime, LONGEST_TIMER_MS } from "./time-limit.ts";

export interface CachedStoreOptions {
  /** How long a copy may stay in the cache, in seconds. Default: 30. */
  readonly maxAgeSeconds?: number;
  /** How long one command of the cache may take before the request goes on without it, in milliseconds. Default: 250. */
  readonly cacheTimeoutMs?: number;
  /** How often each node asks the store whether the cache may be trusted, in milliseconds. Default: 1000. */
  readonly checkEveryMs?: number;
  /** Where the time comes from when a call does not say. Default: the machine's clock. */
  readonly clock?: Clock;
}

/** What the durable store can do beyond the contract, the cached one can too. */
export type CachedStore<S extends SessionStore> = SessionStore &
  Closable &
  (S extends ByOwner ? ByOwner : unknown) &
  (S extends Sweepable ? Sweepable : unknown) &
  (S extends Scannable ? Scannable : unknown) &
  (S extends Migratable ? Migratable : unknown) &
  (S extends Leasable ? Leasable : unknown);

/**
 * Puts a cache in front of a durable store: reads come from the cache, the store decides every write, and a session that was ended is dead at
 * once on every node. A cache that fails fails no request. Both are ordinary stores: `redisStore` or `memcachedStore` in front of
 * `postgresStore`, say. How that is kept, and what remains, is written in docs/decisions/cached-store.md.
 *
 * @param cache where copies are kept for a short time; it must reach as far as the store does
 * @param store the one that decides
 * @throws ConfigurationError when the cache cannot compare and set, shows writes late, or reaches less far than the store.
 * @example
 * const store = cachedStore(memcachedStore(connectMemcached("127.0.0.1:11211")), postgresStore(pool));
 * const cloakroom = createCoatcheck({ store });
 */
export function cachedStore<S extends SessionStore>(cache: SessionStore, store: S, options: CachedStoreOptions = {}): CachedStore<S> {
  const cached = new Cached(cache, store, options);
  return withCapabilitiesOf(cached, store) as unknown as CachedStore<S>;
}

const REACH: readonly StoreCapabilities["shared"][] = ["process", "machine", "network"];

/** After a failed read of the cache, reads go straight to the store for so long. */
const PAUSE_MS = 1000;

/** The cache did not answer, or with an error. */
const FAILED = Symbol("failed");

class Cached implements SessionStore, Closable {
  readonly name: string;
  readonly capabilities: StoreCapabilities;
  readonly #cache: SessionStore;
  readonly #store: SessionStore;
  readonly #fence: Fence;
  readonly #clock: Clock;
  readonly #maxAgeMs: number;
  readonly #cacheTimeoutMs: number;
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(cache: SessionStore, store: SessionStore, options: CachedStoreOptions) {
    const { maxAgeSeconds = 30, cacheTimeoutMs = 250, checkEveryMs = 1000, clock = systemClock } = options;
    checkNumber("maxAgeSeconds", maxAgeSeconds, 86_400);
    checkNumber("cacheTimeoutMs", cacheTimeoutMs, LONGEST_TIMER_MS);
    checkNumber("checkEveryMs", checkEveryMs, maxAgeSeconds * 1000);
    checkPair(cache, store);
    this.name = `cached(${cache.name}, ${store.name})`;
    this.capabilities = store.capabilities;
    this.#cache = cache;
    this.#store = store;
    this.#clock = clock;
    this.#maxAgeMs = maxAgeSeconds * 1000;
    this.#cacheTimeoutMs = cacheTimeoutMs;
    this.#fence = new Fence(store, clock, checkEveryMs, this.#maxAgeMs);
  }

  async read(id: string, options?: StoreCallOptions): Promise<SessionRecord | null> {
    options?.signal?.throwIfAborted();
    const now = options?.now ?? this.#clock.now();
    if (this.#clock.now() < this.#pausedUntil || !(await this.#fence.look())) return this.#store.read(id, options);
    const found = await this.#try(() => this.#cache.read(id, { now }));
    options?.signal?.throwIfAborted();
    if (found === FAILED || (found !== null && isLease(found))) return this.#store.read(id, options);
    if (found === null) return this.#readAndFill(id, now, options);
    const record = readEntry(found);
    if (record !== null && record.expiresAt > now) return record;
    return this.#readAndReplace(id, found.version, now, options);
  }

  create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean> {
    return this.#store.create(record, options);
  }

  async update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
    const answer = await this.#write(record.id, () => this.#store.update(record, expectedVersion, options));
    if (this.#fence.protects) return answer;
    if (answer.outcome === "updated") await this.#writeThrough(record, expectedVersion, options?.now ?? this.#clock.now());
    else await this.#remove(record.id);
    return answer;
  }

  async touch(id: string, version: string, lastSeenAt: number, expiresAt: number, options?: StoreCallOptions): Promise<boolean> {
    const touched = await this.#write(id, () => this.#store.touch(id, version, lastSeenAt, expiresAt, options));
    await this.forget(id);
    return touched;
  }

  async delete(id: string, expectedVersion?: string, options?: StoreCallOptions): Promise<DeleteOutcome> {
    const outcome = await this.#write(id, () => this.#store.delete(id, expectedVersion, options));
    await this.forget(id);
    return outcome;
  }

  async close(): Promise<void> {
    for (const one of [this.#cache, this.#store]) if (isClosable(one)) await one.close();
  }

  /** Returns when no node will serve what the cache held of that id: removed, or fenced off. */
  async forget(id: string): Promise<void> {
    if (this.#fence.protects) return;
    if ((await this.#remove(id)) === FAILED) await this.#fence.raise();
  }

  /** By no clock is a copy too old to be removed: another node's may be behind. */
  #remove(id: string): Promise<unknown> {
    return this.#try(() => this.#cache.delete(id, undefined, { now: 0 }));
  }

  /** An absent copy: a lease first, then the store, and the copy only in place of that very lease. */
  async #readAndFill(id: string, now: number, options: StoreCallOptions | undefined): Promise<SessionRecord | null> {
    const lease = makeLease(id, now);
    const leased = await this.#try(() => this.#cache.create(lease, { now }));
    const record = await this.#store.read(id, options);
    if (leased === true && record !== null) await this.#try(() => this.#cache.update(makeEntry(record, now, this.#maxAgeMs), lease.version, { now }));
    return record;
  }

  /** A copy that is too old, or that nobody can read: the store's answer takes its place, if it still is the same copy. */
  async #readAndReplace(id: string, copiedVersion: string, now: number, options: StoreCallOptions | undefined): Promise<SessionRecord | null> {
    const record = await this.#store.read(id, options);
    if (record === null) await this.#remove(id);
    else await this.#try(() => this.#cache.update(makeEntry(record, now, this.#maxAgeMs), copiedVersion, { now }));
    return record;
  }

  /** After an update: the copy of the version before becomes one of this version; whatever else may be there goes. */
  async #writeThrough(record: SessionRecord, expectedVersion: string, now: number): Promise<void> {
    const answer = await this.#try(() => this.#cache.update(makeEntry(record, now, this.#maxAgeMs), expectedVersion, { now }));
    if (answer === FAILED || answer.outcome !== "updated") await this.forget(record.id);
  }

  /** A write whose answer was lost may have happened: the copy goes in any case, and the error stays the same. */
  async #write<T>(id: string, write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      if ((error as { outcome?: unknown } | null)?.outcome === "unknown") await this.forget(id).catch(() => {});
      throw error;
    }
  }

  async #try<T>(call: () => Promise<T>): Promise<T | typeof FAILED> {
    try {
      return await limitTime(call(), this.#cacheTimeoutMs, undefined, () => new Error("The cache did not answer in time."));
    } catch {
      this.#pausedUntil = this.#clock.now() + PAUSE_MS;
      return FAILED;
    }
  }
}

/** Adds those optional methods that the durable store has. */
function withCapabilitiesOf(cached: Cached, store: SessionStore): Cached {
  const extra: Partial<ByOwner & Sweepable & Scannable & Migratable & Leasable> = {};
  if (isByOwner(store)) {
    extra.listByOwner = (owner, options) => store.listByOwner(owner, options);
    extra.deleteByOwner = (owner, options) => deleteByOwner(cached, store, owner, options);
  }
  if (isSweepable(store)) extra.sweep = (limit, options) => store.sweep(limit, options);
  if (isScannable(store)) {
    extra.scan = async (cursor, limit, options) => {
      const page = await store.scan(cursor, limit, options);
      return { ...page, records: page.records.filter((record) => record.id !== Fence.id) };
    };
  }
  if (isMigratable(store)) {
    extra.migrate = () => store.migrate();
    extra.pendingMigrations = () => store.pendingMigrations();
  }
  if (isLeasable(store)) extra.tryLease = (name, seconds, options) => store.tryLease(name, seconds, options);
  return Object.assign(cached, extra);
}

/** So often, a session that is being written to is deleted only if it is still that owner's; then it goes in any case. */
const PATIENT_ROUNDS = 10;

/** One by one, because each copy must go, and only a list says which copies there may be. Until the list is empty. */
async function deleteByOwner(
  cached: Cached,
  store: SessionStore & ByOwner,
  owner: string,
  options: (StoreCallOptions & { readonly exceptId?: string }) | undefined,
): Promise<number> {
  let count = 0;
  for (let round = 0; ; round++) {
    const records = (await store.listByOwner(owner, options)).filter((record) => record.id !== options?.exceptId);
    if (records.length === 0) return count;
    const outcomes = await Promise.all(records.map((record) => cached.delete(record.id, round < PATIENT_ROUNDS ? record.version : undefined, options)));
    count += outcomes.filter((outcome) => outcome === "deleted").length;
  }
}

function checkPair(cache: SessionStore, store: SessionStore): void {
  if ((cache as unknown) === store) throw new ConfigurationError("cachedStore", "cache and store are the same; give two");
  if (!cache.capabilities.compareAndSet) throw new ConfigurationError("cachedStore", `the cache (${cache.name}) cannot compare and set, so an old copy could replace a newer one; use redisStore or memcachedStore`);
  if (!cache.capabilities.immediate) throw new ConfigurationError("cachedStore", `the cache (${cache.name}) shows writes late, so a session that was ended could live on; use redisStore or memcachedStore`);
  if (REACH.indexOf(cache.capabilities.shared) < REACH.indexOf(store.capabilities.shared)) {
    throw new ConfigurationError(
      "cachedStore",
      `the cache (${cache.name}) is seen by one ${cache.capabilities.shared} only and the store (${store.name}) by the ${store.capabilities.shared}: other nodes could not remove a session from it that was ended. Use a cache that all of them share, such as redisStore or memcachedStore`,
    );
  }
}

function checkNumber(name: string, value: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < 1 || value > most) {
    throw new ConfigurationError(`cachedStore.${name}`, `must be a whole number from 1 to ${most}, not ${String(value)}`);
  }
}
