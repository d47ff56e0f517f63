import { after, before, describe } from "node:test";
import { isMigratable } from "../../src/store/capabilities.ts";
import { mariadbMissing, startMariadb } from "../support/engines/mariadb.ts";
import { memcachedMissing, startMemcached } from "../support/engines/memcached.ts";
import { postgresMissing, startPostgres } from "../support/engines/postgres.ts";
import { redisMissing, startRedis } from "../support/engines/redis.ts";
import { temporaryFolder } from "../support/engines/server-process.ts";
import { itKeepsWhatRequestsWrite, startProcesses } from "../support/http-races.ts";
import { openStore } from "../support/workers/open-store.ts";

/** Where a store is, and what stops its engine. */
interface Place {
  readonly address: string;
  stop(): Promise<void>;
}

interface Kind {
  readonly kind: string;
  readonly missing: false | string;
  start(): Promise<Place>;
}

const kinds: readonly Kind[] = [
  { kind: "postgres", missing: postgresMissing(), start: async () => startPostgres().then(({ url, stop }) => ({ address: url, stop })) },
  { kind: "mysql", missing: mariadbMissing(), start: async () => startMariadb().then(({ url, stop }) => ({ address: url, stop })) },
  { kind: "redis", missing: redisMissing(), start: async () => startRedis().then(({ url, stop }) => ({ address: url, stop })) },
  { kind: "memcached", missing: memcachedMissing(), start: async () => startMemcached() },
  { kind: "file", missing: false, start: async () => temporaryFolder("two-processes").then(({ path, remove }) => ({ address: `${path}/sessions`, stop: remove })) },
  {
    kind: "cached",
    missing: memcachedMissing() || postgresMissing(),
    start: async () => {
      const [cache, store] = await Promise.all([startMemcached(), startPostgres()]);
      return { address: `${cache.address}|${store.url}`, stop: async () => void (await Promise.all([cache.stop(), store.stop()])) };
    },
  },
];

/** Fifty for each of the two. */
const WRITERS = 100;

for (const { kind, missing, start } of kinds) {
  describe(`CC-05 PAIN-01 PAIN-02 two applications of two processes on one ${kind === "cached" ? "memcached in front of PostgreSQL" : kind}`, { skip: missing, timeout: 120_000 }, () => {
    const prefix = `two_processes_${process.pid}`;
    let place: Place;
    before(async () => {
      place = await start();
      const { store, close } = await openStore(kind, place.address, prefix);
      if (isMigratable(store)) await store.migrate();
      await close();
    });
    after(() => place.stop());
    itKeepsWhatRequestsWrite(() => startProcesses(kind, place.address, prefix), WRITERS);
  });
}
