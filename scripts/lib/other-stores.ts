/** What is no store of its own: something around a store, a bridge to one, or no store at all. */
export interface OtherStore {
  readonly call: string;
  readonly door: string;
  readonly compares: string;
  readonly survives: string;
  readonly seenBy: string;
  readonly removes: string;
  readonly costs: string;
  readonly notFor: string;
}

const BRIDGE_COST = "a read brings the whole record, a write brings and replaces it, in turns inside a process";
const BRIDGE_NOT_FOR = "several processes that write to one session: the last writer wins, and a slow one may bring back what another has ended";

export const otherStores: readonly OtherStore[] = [
  {
    call: "cachedStore(cache, store)",
    door: "coatcheck/cached",
    compares: "yes, in the store",
    survives: "as the store",
    seenBy: "as the store; the cache must reach as far",
    removes: "both, each in its way",
    costs: "a read whose copy is there: one call to the cache, none to the store. Without a copy three and one. An update one each, a creation none and one. One small read of the store for each node and second",
    notFor: "an embedded store, or Redis: they are as quick as a cache",
  },
  { call: "fromExpressStore(store)", door: "coatcheck/bridges/express-store", compares: "no", survives: "as you say in `promises`", seenBy: "one process, unless `promises` says more", removes: "as that store does", costs: BRIDGE_COST, notFor: BRIDGE_NOT_FOR },
  { call: "unstorageStore(storage)", door: "coatcheck/bridges/unstorage", compares: "no", survives: "as its driver", seenBy: "as its driver, where it is known", removes: "swept", costs: BRIDGE_COST, notFor: `${BRIDGE_NOT_FOR}; logins over a driver that shows its writes late` },
  { call: "keyvStore(keyv)", door: "coatcheck/bridges/keyv", compares: "no", survives: "as you say in `promises`", seenBy: "one process, unless `promises` says more", removes: "by itself", costs: BRIDGE_COST, notFor: BRIDGE_NOT_FOR },
  { call: "sealedCookieStore()", door: "coatcheck/sealed-cookie", compares: "no: the last response wins", survives: "in the browser", seenBy: "all", removes: "by the browser", costs: "no call at all; a cipher for a read, two for a write, and the whole session in every request and in every response that changed it", notFor: "what must end at the server's word, is large, or is changed by two tabs at once" },
  { call: "signedCookieStore()", door: "coatcheck/signed-cookie", compares: "no: the last response wins", survives: "in the browser", seenBy: "all", removes: "by the browser", costs: "the same with a signature instead of a cipher; everybody who has the browser reads it", notFor: "the same, and anything that is a secret" },
];

/** The engines that the tests were run with. What is compatible is not the same, and was not run. */
export const enginesRun: readonly { readonly engine: string; readonly run: string; readonly notRun: string }[] = [
  { engine: "SQLite", run: "Node's own (`node:sqlite`), better-sqlite3's interface by libsql", notRun: "a file on a network share" },
  { engine: "PostgreSQL", run: "15.18, by `pg` 8 and `postgres` 3", notRun: "other versions; PgBouncer; compatible services" },
  { engine: "MySQL", run: "MariaDB 10.11, by `mysql2` 3", notRun: "MySQL 8 itself; Galera; Aurora" },
  { engine: "Redis", run: "7.0.15: standalone, Sentinel, and a Cluster of three primaries; by `ioredis` 5 and `redis` 6", notRun: "Valkey; Redis 8; managed services. `TEST_VALKEY_URL` points the tests at one" },
  { engine: "memcached", run: "1.6.18, by Coatcheck's own client and by `memcached` 2", notRun: "proxies such as mcrouter" },
];
