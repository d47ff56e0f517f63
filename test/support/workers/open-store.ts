import { Redis } from "ioredis";
import { redisStore } from "../../../src/stores/redis.ts";
import { sqliteStore } from "../../../src/stores/sqlite.ts";
import type { SessionStore } from "../../../src/store/store.ts";

export interface OpenedStore {
  readonly store: SessionStore;
  close(): Promise<void>;
}

/** Opens a store by its kind, as a process of its own would. */
export async function openStore(kind: string, address: string, prefix: string): Promise<OpenedStore> {
  if (kind === "redis") {
    const client = new Redis(address);
    return { store: redisStore(client, { prefix }), close: async () => client.disconnect() };
  }
  if (kind === "sqlite") {
    const store = sqliteStore(address, { table: prefix });
    return { store, close: () => store.close() };
  }
  throw new Error(`no store of kind ${kind}`);
}
