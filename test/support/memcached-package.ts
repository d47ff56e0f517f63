import { createRequire } from "node:module";
import type { MemcachedPackageClient } from "../../src/stores/memcached.ts";

/** The npm package `memcached`, which brings no types. */
export const Memcached = createRequire(import.meta.url)("memcached") as new (
  address: string | readonly string[],
  options?: Readonly<Record<string, unknown>>,
) => MemcachedPackageClient & { end(): void };
