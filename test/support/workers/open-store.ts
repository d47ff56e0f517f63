import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import pg from "pg";
import { fileStore } from "../../../src/stores/file.ts";
import { mysqlStore } from "../../../src/stores/mysql.ts";
import { postgresStore } from "../../../src/stores/postgres.ts";
import { cachedStore } from "../../../src/stores/cached.ts";
import { connectMemcached, memcachedStore } from "../../../src/stores/memcached.ts";
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
  if (kind === "postgres") {
    const pool = new pg.Pool({ connectionString: address, max: 20 });
    return { store: postgresStore(pool, { table: prefix }), close: () => pool.end() };
  }
  if (kind === "mysql") {
    const pool = mysql.createPool({ uri: address, connectionLimit: 20 });
    return { store: mysqlStore(pool, { table: prefix }), close: () => pool.end() };
  }
  if (kind === "sqlite") {
    const store = sqliteStore(address, { table: prefix });
    return { store, close: () => store.close() };
  }
  if (kind === "file") {
    const store = fileStore(address);
    return { store, close: () => store.close() };
  }
  if (kind === "memcached") {
    const client = connectMemcached(address);
    return { store: memcachedStore(client, { prefix }), close: async () => client.close() };
  }
  if (kind === "cached") {
    const [cacheAddress = "", storeUrl = ""] = address.split("|");
    const [cache, store] = [await openStore("memcached", cacheAddress, prefix), await openStore(storeUrl.startsWith("postgres:") ? "postgres" : "redis", storeUrl, prefix)];
    return {
      store: cachedStore(cache.store, store.store),
      close: async () => {
        await cache.close();
        await store.close();
      },
    };
  }
  throw new Error(`no store of kind ${kind}`);
}
