import type { SessionRecord, SessionStore, StoreCallOptions } from "./store.ts";

/** Deletes what has expired, in bounded batches. */
export interface Sweepable {
  /** Removes at most `limit` records with `expiresAt <= now` and returns how many went. Never removes a live one. */
  sweep(limit: number, options?: StoreCallOptions): Promise<number>;
}

/**
 * Finds records by user. An index may be a hint: `listByOwner` checks each record's own `owner` and expiry before it
 * returns it.
 */
export interface ByOwner {
  /** Every live record of that owner, newest `lastSeenAt` first. */
  listByOwner(owner: string, options?: StoreCallOptions): Promise<SessionRecord[]>;
  /** Deletes every record of that owner (except one id, if given) and returns how many went. */
  deleteByOwner(owner: string, options?: StoreCallOptions & { readonly exceptId?: string }): Promise<number>;
}

/** Walks over every live record, a page at a time. */
export interface Scannable {
  /**
   * A page of at most about `limit` records, and the cursor of the next page, null at the end. A record that exists during
   * the whole walk is seen at least once.
   */
  scan(cursor: string | null, limit: number, options?: StoreCallOptions): Promise<{ records: SessionRecord[]; next: string | null }>;
}

/** Lends a task to one process at a time, so that what needs doing once is not done by every node. */
export interface Leasable {
  /**
   * Takes the lease, or takes it anew when this store object holds it already. It ends by itself: a process that dies keeps
   * nothing. The nodes' clocks have to agree to a small part of `seconds`.
   *
   * @returns false while another process holds it
   */
  tryLease(name: string, seconds: number, options?: StoreCallOptions): Promise<boolean>;
}

/** Makes and upgrades its own tables. */
export interface Migratable {
  /** What `migrate` would do, a sentence each; empty when nothing is pending. */
  pendingMigrations(): Promise<string[]>;
  /** Brings the tables up to date and returns what was done. Safe to call from two processes at once. */
  migrate(): Promise<string[]>;
}

/** Holds something that must be let go: a file, a timer. Clients that were passed in stay open. */
export interface Closable {
  close(): Promise<void>;
}

const has = (store: SessionStore, ...methods: string[]): boolean =>
  methods.every((method) => typeof (store as unknown as Record<string, unknown>)[method] === "function");

export const isSweepable = (store: SessionStore): store is SessionStore & Sweepable => has(store, "sweep");
export const isByOwner = (store: SessionStore): store is SessionStore & ByOwner => has(store, "listByOwner", "deleteByOwner");
export const isScannable = (store: SessionStore): store is SessionStore & Scannable => has(store, "scan");
export const isLeasable = (store: SessionStore): store is SessionStore & Leasable => has(store, "tryLease");
export const isMigratable = (store: SessionStore): store is SessionStore & Migratable => has(store, "migrate", "pendingMigrations");
export const isClosable = (store: SessionStore): store is SessionStore & Closable => has(store, "close");

/** What a store may offer beside its contract, by the methods. */
type CapabilityMethod = keyof (Sweepable & ByOwner & Scannable & Leasable & Migratable & Closable);

/** For a store that stands in front of another: those of the methods that the one behind it has, as they are there. */
export function handOn(store: SessionStore, methods: readonly CapabilityMethod[]): Record<string, unknown> {
  const handed: Record<string, unknown> = {};
  for (const name of methods) {
    const method = (store as SessionStore & Partial<Record<CapabilityMethod, unknown>>)[name];
    if (typeof method === "function") handed[name] = method.bind(store);
  }
  return handed;
}
