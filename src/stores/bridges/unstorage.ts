import type { Scannable, Sweepable } from "../../store/capabilities.ts";
import type { SessionRecord, SessionStore, StoreCallOptions } from "../../store/store.ts";
import { isPlain } from "../safe-key.ts";
import { LONGEST_TIMER_MS } from "../time-limit.ts";
import { BlobStore, type BridgeOptions, type BridgePromises } from "./blob-store.ts";

export type { BridgeOptions, BridgePromises } from "./blob-store.ts";

/** unstorage's `createStorage(...)`, as far as it is used. */
export interface UnstorageLike {
  getItem(key: string): Promise<unknown>;
  setItem(key: string, value: never, options?: { readonly ttl?: number }): Promise<void>;
  removeItem(key: string): Promise<void>;
  getKeys(base?: string): Promise<string[]>;
  getMount?(key?: string): { readonly driver: { readonly name?: string | undefined } };
}

/** What `unstorageStore()` returns. */
export interface UnstorageStore extends SessionStore, Sweepable, Scannable {}

/** Drivers of which it is known that a write is seen by the next read, wherever that comes from. */
const IMMEDIATE_DRIVERS: Readonly<Record<string, BridgePromises>> = {
  memory: { shared: "process" },
  "lru-cache": { shared: "process", mayEvict: true },
  fs: { shared: "machine", durable: true },
  "fs-lite": { shared: "machine", durable: true },
  redis: { shared: "network", durable: true },
  mongodb: { shared: "network", durable: true },
};

/**
 * Keeps records in any unstorage driver. No driver can compare and set: inside one process nothing is lost, between processes the last writer wins, and a slow
 * request may bring back a session that another process has ended. For those use a store of Coatcheck's own. A driver that is not known to show its writes at
 * once (Cloudflare KV does not) says `immediate: false`, which logins refuse; `promises` overrules it.
 *
 * @throws ConfigurationError for an odd prefix or time limit.
 * @example
 * import { createStorage } from "unstorage";
 * const cloakroom = createCoatcheck({ store: unstorageStore(createStorage()) });
 */
export function unstorageStore(storage: UnstorageLike, options: BridgeOptions = {}): UnstorageStore {
  return new InUnstorage(storage, options);
}

class InUnstorage extends BlobStore implements UnstorageStore {
  readonly #storage: UnstorageLike;
  /** A sweep goes on where the last one stopped: so far nobody has looked at these. */
  #unswept: string[] = [];

  constructor(storage: UnstorageLike, options: BridgeOptions) {
    const driver = storage.getMount?.("")?.driver.name ?? "";
    super(
      "unstorage",
      "unstorageStore",
      {
        load: (key) => storage.getItem(key),
        // Some drivers set a timer for it, and a long one would fire at once.
        save: (key, blob, lifeMs) => storage.setItem(key, blob as never, lifeMs < LONGEST_TIMER_MS ? { ttl: Math.ceil(lifeMs / 1000) + 1 } : {}),
        remove: (key) => storage.removeItem(key),
      },
      options,
      { immediate: driver in IMMEDIATE_DRIVERS, ...IMMEDIATE_DRIVERS[driver] },
    );
    this.#storage = storage;
  }

  async sweep(limit: number, options?: StoreCallOptions): Promise<number> {
    options?.signal?.throwIfAborted();
    if (this.#unswept.length === 0) this.#unswept = await this.#ids();
    let removed = 0;
    for (let rounds = 0; rounds < 2 && removed < limit; rounds++) {
      for (let id = this.#unswept.pop(); id !== undefined; id = removed < limit ? this.#unswept.pop() : undefined) {
        if (await this.removeExpired(id, options)) removed += 1;
      }
      if (rounds === 0 && removed < limit) this.#unswept = await this.#ids();
    }
    return removed;
  }

  async scan(cursor: string | null, limit: number, options?: StoreCallOptions): Promise<{ records: SessionRecord[]; next: string | null }> {
    options?.signal?.throwIfAborted();
    const ids = (await this.#ids()).filter((id) => cursor === null || id > cursor).sort();
    const page = ids.slice(0, limit);
    const records = (await Promise.all(page.map((id) => this.read(id, options)))).filter((record) => record !== null);
    return { records, next: ids.length > limit ? (page.at(-1) ?? null) : null };
  }

  async #ids(): Promise<string[]> {
    const base = `${this.prefix}s:`;
    const keys = await this.#storage.getKeys(base);
    return keys.map((key) => key.slice(base.length)).filter(isPlain);
  }
}
