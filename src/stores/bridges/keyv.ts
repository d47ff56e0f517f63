import { ConfigurationError } from "../../errors.ts";
import type { SessionStore } from "../../store/store.ts";
import { BlobStore, type BridgeOptions } from "./blob-store.ts";

export type { BridgeOptions, BridgePromises } from "./blob-store.ts";

/** Keyv 5, as far as it is used. */
export interface KeyvLike {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, ttlMs?: number): Promise<boolean>;
  delete(key: string): Promise<boolean>;
  readonly throwOnErrors: boolean;
  readonly store?: unknown;
}

/**
 * Keeps records in any Keyv. Keyv cannot compare and set: inside one process nothing is lost, between processes the last writer wins, and a slow request may
 * bring back a session that another process has ended. Records leave when Keyv's own time to live is over. Keyv cannot be walked in
 * pages and lists no users' sessions.
 *
 * @throws ConfigurationError when `throwOnErrors` is off: Keyv would then answer "nothing there" when its store is down, and everybody would look logged out.
 * @example
 * import Keyv from "keyv";
 * const cloakroom = createCoatcheck({ store: keyvStore(new Keyv({ throwOnErrors: true })) });
 */
export function keyvStore(keyv: KeyvLike, options: BridgeOptions = {}): SessionStore {
  if (keyv.throwOnErrors !== true) {
    throw new ConfigurationError("keyvStore", "the Keyv must be made with `throwOnErrors: true` (new Keyv({ store, throwOnErrors: true })), or a store that is down would look like a logout");
  }
  const blobs = {
    load: (key: string) => keyv.get(key),
    save: async (key: string, blob: Readonly<Record<string, unknown>>, lifeMs: number) => {
      // Keyv drops a key one millisecond late, and by a clock that may have been read a moment earlier.
      if ((await keyv.set(key, blob, lifeMs + 1000)) === false) throw new Error("Keyv did not store the session.");
    },
    remove: async (key: string) => {
      await keyv.delete(key);
    },
  };
  return new BlobStore("keyv", "keyvStore", blobs, options, { ownExpiry: true });
}
