import { systemClock, type Clock } from "../clock.ts";
import { ConfigurationError } from "../errors.ts";
import type { ByOwner, Scannable, Sweepable } from "../store/capabilities.ts";
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
import { Eviction } from "./memory/eviction.ts";
import { Ids } from "./memory/ids.ts";
import { Owners } from "./memory/owners.ts";
import { Shelves } from "./memory/shelves.ts";

export interface MemoryStoreOptions {
  /**
   * How many records are kept at most. A newcomer to a full store takes the place of an expired record, and where
   * there is none, of the one that was seen least recently. Default: 100,000.
   */
  readonly maxRecords?: number;
  /** Allow it in production, where it loses every session at a restart and knows nothing of a second process. Default: false. */
  readonly unsafeInProduction?: boolean;
  /** Where the time comes from when a call does not say. Default: the machine's clock. */
  readonly clock?: Clock;
}

/** What `memoryStore()` returns. */
export interface MemoryStore extends SessionStore, Sweepable, ByOwner, Scannable {
  /** True unless `unsafeInProduction` was given: `createCoatcheck` refuses it in production. */
  readonly developmentOnly: boolean;
  /** How many records are held, expired ones that nobody has removed yet included. */
  readonly size: number;
}

const CAPABILITIES: StoreCapabilities = Object.freeze({
  compareAndSet: true,
  durable: false,
  shared: "process",
  ownExpiry: false,
  immediate: true,
  mayEvict: true,
});

/**
 * Keeps records in this process, for tests and development. It is bounded, sets no timer (expired records read as
 * absent and leave with the next sweep), and stores text like every other store, never live objects.
 *
 * @throws ConfigurationError when `maxRecords` is not a whole number above zero.
 * @example
 * const cloakroom = createCoatcheck({ store: memoryStore({ maxRecords: 10_000 }), production: false });
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  return new InMemory(options);
}

class InMemory implements MemoryStore {
  readonly name = "memory";
  readonly capabilities: StoreCapabilities = CAPABILITIES;
  readonly developmentOnly: boolean;
  readonly #maxRecords: number;
  readonly #clock: Clock;
  readonly #shelves = new Shelves();
  readonly #ids = new Ids((place) => this.#shelves.idOf(place));
  readonly #owners = new Owners();
  readonly #eviction = new Eviction();
  #sweepFrom = 0;

  constructor(options: MemoryStoreOptions) {
    const { maxRecords = 100_000, unsafeInProduction = false, clock = systemClock } = options;
    if (!Number.isSafeInteger(maxRecords) || maxRecords < 1) {
      throw new ConfigurationError("memoryStore.maxRecords", `must be a whole number above zero, not ${String(maxRecords)}`);
    }
    this.#maxRecords = maxRecords;
    this.#clock = clock;
    this.developmentOnly = !unsafeInProduction;
  }

  get size(): number {
    return this.#ids.size;
  }

  read(id: string, options?: StoreCallOptions): Promise<SessionRecord | null> {
    if (options?.signal?.aborted) return rejectWith(options.signal);
    const now = options?.now ?? this.#clock.now();
    const place = this.#livePlace(id, now);
    if (place === undefined) return Promise.resolve(null);
    return Promise.resolve(this.#shelves.record(place));
  }

  create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean> {
    if (options?.signal?.aborted) return rejectWith(options.signal);
    const now = options?.now ?? this.#clock.now();
    const taken = this.#ids.get(record.id);
    if (taken !== undefined) {
      if (this.#shelves.expiryOf(taken) > now) return Promise.resolve(false);
      this.#replace(taken, record);
      return Promise.resolve(true);
    }
    if (this.#ids.size >= this.#maxRecords) this.#makeRoom(now);
    const place = this.#shelves.add(record);
    this.#ids.add(record.id, place);
    if (record.owner !== null) this.#owners.add(record.owner, place);
    return Promise.resolve(true);
  }

  update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
    if (options?.signal?.aborted) return rejectWith(options.signal);
    const place = this.#livePlace(record.id, options?.now ?? this.#clock.now());
    if (place === undefined) return Promise.resolve(GONE);
    if (this.#shelves.versionOf(place) !== expectedVersion) {
      return Promise.resolve({ outcome: "conflict", current: this.#shelves.record(place) });
    }
    this.#replace(place, record);
    return Promise.resolve(UPDATED);
  }

  touch(id: string, version: string, lastSeenAt: number, expiresAt: number, options?: StoreCallOptions): Promise<boolean> {
    if (options?.signal?.aborted) return rejectWith(options.signal);
    const place = this.#livePlace(id, options?.now ?? this.#clock.now());
    if (place === undefined || this.#shelves.versionOf(place) !== version) return Promise.resolve(false);
    if (lastSeenAt >= this.#shelves.seenOf(place)) this.#shelves.moveTimes(place, lastSeenAt, expiresAt);
    return Promise.resolve(true);
  }

  delete(id: string, expectedVersion?: string, options?: StoreCallOptions): Promise<DeleteOutcome> {
    if (options?.signal?.aborted) return rejectWith(options.signal);
    const place = this.#livePlace(id, options?.now ?? this.#clock.now());
    if (place === undefined) return Promise.resolve("gone");
    if (expectedVersion !== undefined && this.#shelves.versionOf(place) !== expectedVersion) return Promise.resolve("conflict");
    this.#remove(place);
    return Promise.resolve("deleted");
  }

  sweep(limit: number, options?: StoreCallOptions): Promise<number> {
    if (options?.signal?.aborted) return rejectWith(options.signal);
    return Promise.resolve(this.#removeExpired(limit, options?.now ?? this.#clock.now()));
  }

  listByOwner(owner: string, options?: StoreCallOptions): Promise<SessionRecord[]> {
    if (options?.signal?.aborted) return rejectWith(options.signal);
    const now = options?.now ?? this.#clock.now();
    const records = this.#owners
      .placesOf(owner)
      .filter((place) => this.#shelves.expiryOf(place) > now)
      .map((place) => this.#shelves.record(place));
    return Promise.resolve(records.sort((a, b) => b.lastSeenAt - a.lastSeenAt));
  }

  deleteByOwner(owner: string, options?: StoreCallOptions & { readonly exceptId?: string }): Promise<number> {
    if (options?.signal?.aborted) return rejectWith(options.signal);
    const places = this.#owners.placesOf(owner).filter((place) => this.#shelves.idOf(place) !== options?.exceptId);
    for (const place of places) this.#remove(place);
    return Promise.resolve(places.length);
  }

  scan(cursor: string | null, limit: number, options?: StoreCallOptions): Promise<{ records: SessionRecord[]; next: string | null }> {
    if (options?.signal?.aborted) return rejectWith(options.signal);
    const now = options?.now ?? this.#clock.now();
    const records: SessionRecord[] = [];
    let place = cursor === null ? 0 : Number(cursor);
    for (; place < this.#shelves.end && records.length < limit; place++) {
      if (this.#isTaken(place) && this.#shelves.expiryOf(place) > now) records.push(this.#shelves.record(place));
    }
    return Promise.resolve({ records, next: place < this.#shelves.end ? String(place) : null });
  }

  #livePlace(id: string, now: number): number | undefined {
    const place = this.#ids.get(id);
    return place !== undefined && this.#shelves.expiryOf(place) > now ? place : undefined;
  }

  #isTaken(place: number): boolean {
    return this.#shelves.idOf(place) !== null;
  }

  #replace(place: number, record: SessionRecord): void {
    const owner = this.#shelves.ownerOf(place);
    if (owner !== record.owner) {
      if (owner !== null) this.#owners.remove(owner, place);
      if (record.owner !== null) this.#owners.add(record.owner, place);
    }
    this.#shelves.replace(place, record);
  }

  #remove(place: number): void {
    const owner = this.#shelves.ownerOf(place);
    if (owner !== null) this.#owners.remove(owner, place);
    this.#ids.delete(this.#shelves.idOf(place) as string);
    this.#shelves.clear(place);
  }

  /** Goes on where the last sweep stopped, once around at most. */
  #removeExpired(limit: number, now: number): number {
    const end = this.#shelves.end;
    let removed = 0;
    for (let looked = 0; looked < end && removed < limit; looked++) {
      const place = this.#sweepFrom < end ? this.#sweepFrom : 0;
      this.#sweepFrom = place + 1;
      if (this.#isTaken(place) && this.#shelves.expiryOf(place) <= now) {
        this.#remove(place);
        removed++;
      }
    }
    return removed;
  }

  #makeRoom(now: number): void {
    let victim = this.#eviction.next(this.#shelves);
    if (victim === null) {
      if (this.#removeExpired(Infinity, now) > 0) return;
      this.#eviction.refill(this.#shelves);
      victim = this.#eviction.next(this.#shelves);
    }
    if (victim !== null) this.#remove(victim);
  }
}

const rejectWith = (signal: AbortSignal): Promise<never> => Promise.reject(signal.reason as Error);
