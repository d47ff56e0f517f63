/** How often a request goes to the store. `test/backends/store-calls.test.ts` counts them at the servers. */
export interface CallCount {
  /** What the request does, as the documentation says it. */
  readonly request: string;
  readonly calls: number;
}

export const callCounts = {
  anonymous: { request: "without a cookie, reads the session or not", calls: 0 },
  lazy: { request: "with a cookie, on a `lazy` route that does not look", calls: 0 },
  begin: { request: "without a cookie, writes: the session begins", calls: 1 },
  read: { request: "with a cookie, reads", calls: 1 },
  unknown: { request: "with a cookie that opens nothing", calls: 1 },
  slide: { request: "with a cookie that ends with the browser, reads, and the session's end moves", calls: 2 },
  write: { request: "with a cookie, writes", calls: 2 },
  renew: { request: "with a persistent cookie, reads, and both the session's end and the cookie's move", calls: 2 },
  logout: { request: "logs out (`flush`)", calls: 2 },
  rotate: { request: "logs in with a session that exists (`rotate`)", calls: 3 },
} as const satisfies Readonly<Record<string, CallCount>>;

export type RequestKind = keyof typeof callCounts;

/** Where an engine needs more. */
const otherCounts: Readonly<Record<string, Partial<Record<RequestKind, number>>>> = {
  memcached: { slide: 3, renew: 3 },
};

/** @param store the store's name */
export function callCountOf(store: string, kind: RequestKind): number {
  return otherCounts[store]?.[kind] ?? callCounts[kind].calls;
}

/** What a person needs to know of a store, beside what its capabilities say. */
export interface StoreFact {
  /** The store's name. */
  readonly name: string;
  /** How one makes it, and the door that it comes through. */
  readonly call: string;
  readonly door: string;
  /** How it is started. */
  readonly start: string;
  /** Bytes for a session of 300 bytes of values with an owner, by `scripts/measure-store-sizes.ts`, and where they are. */
  readonly bytes: number;
  readonly place: "memory" | "disk";
  readonly goodFor: string;
  readonly notFor: string;
  readonly restart: string;
  readonly secondServer: string;
  readonly fullDisk: string;
  readonly failover: string;
  /** Where a record stands, and the one question that lists who is logged in. Run by `test/backends/store-layouts.test.ts`. */
  readonly layout: string;
  readonly query: { readonly language: string; readonly text: string } | null;
}

const SQL_LAYOUT =
  "Table `coatcheck_session`: `id` (primary key), `data`, `version`, `owner`, `created_at`, `last_seen_at`, `expires_at`, `idle_seconds`, `ends_at`, `persistent`, and `sweep_from`, which only sweeping goes by: `expires_at` rounded down to a thousandth of the idle time, so that its index stays as it is through most writes. Times are milliseconds since 1970. Indexes on `sweep_from` and `owner`. Table `coatcheck_setting` (`name`, `value`) keeps the tables' version.";
const NOW: Readonly<Record<"postgres" | "mysql" | "sqlite", string>> = {
  postgres: "extract(epoch from now()) * 1000",
  mysql: "unix_timestamp(now(3)) * 1000",
  sqlite: "unixepoch('now', 'subsec') * 1000",
};
const sqlQuery = (now: string): StoreFact["query"] => ({ language: "sql", text: `select owner, count(*) as sessions, max(last_seen_at) as last_seen from coatcheck_session where expires_at > ${now} and owner is not null group by owner order by last_seen desc limit 20;` });

export const storeFacts: readonly StoreFact[] = [
  {
    name: "memory",
    call: "memoryStore()",
    door: "coatcheck/memory",
    start: "nothing to start",
    bytes: 570,
    place: "memory",
    goodFor: "tests and development",
    notFor: "production, which refuses it",
    restart: "everybody is a stranger",
    secondServer: "each process has sessions of its own",
    fullDisk: "writes nothing to disk",
    failover: "there is none",
    layout: "A map in the process.",
    query: null,
  },
  {
    name: "file",
    call: 'fileStore("sessions")',
    door: "coatcheck/file",
    start: "a folder that only the application may read",
    bytes: 4932,
    place: "disk",
    goodFor: "one machine without a database, and looking at sessions with an editor",
    notFor: "network file systems, and more sessions than a file system likes",
    restart: "sessions live on; with `durable: true` also after a power cut",
    secondServer: "does not see them",
    fullDisk: "reads go on, writes are 503, logging out works",
    failover: "there is none: back the folder up, or lose it with the machine",
    layout: "One file a session, in folders by the first characters of the id: a line of fields with a checksum, then the data.",
    query: null,
  },
  {
    name: "sqlite",
    call: 'sqliteStore("coatcheck.db")',
    door: "coatcheck/sqlite",
    start: "nothing to start; it makes its tables itself",
    bytes: 511,
    place: "disk",
    goodFor: "one machine, any number of processes: the default",
    notFor: "several machines, network file systems",
    restart: "sessions live on",
    secondServer: "does not see them",
    fullDisk: "reads go on without renewing, writes are 503",
    failover: "there is none: copy it with `VACUUM INTO` or a replicating tool, or lose it with the machine",
    layout: SQL_LAYOUT,
    query: sqlQuery(NOW.sqlite),
  },
  {
    name: "postgres",
    call: "postgresStore(pool)",
    door: "coatcheck/postgres",
    start: "`npx coatcheck migrate` or `await store.migrate()`",
    bytes: 640,
    place: "disk",
    goodFor: "several machines, where the application has a PostgreSQL anyway",
    notFor: "pools that are too small for one query a request",
    restart: "sessions live on; requests meanwhile are 503",
    secondServer: "sees everything at once",
    fullDisk: "reads go on without renewing, writes are 503",
    failover: "asynchronous replicas lose the last writes: a session of the last second may be gone, one that was logged out in it may live. `synchronous_commit = remote_apply` loses none. A replica that is read-only serves reads until it is promoted",
    layout: SQL_LAYOUT,
    query: sqlQuery(NOW.postgres),
  },
  {
    name: "mysql",
    call: "mysqlStore(pool)",
    door: "coatcheck/mysql",
    start: "`npx coatcheck migrate` or `await store.migrate()`",
    bytes: 1078,
    place: "disk",
    goodFor: "several machines, where the application has a MySQL or MariaDB anyway",
    notFor: "Galera clusters that are written to on several nodes at once",
    restart: "sessions live on with `innodb_flush_log_at_trx_commit = 1`; requests meanwhile are 503",
    secondServer: "sees everything at once",
    fullDisk: "the server itself waits for room: calls end at their time limit with 503",
    failover: "asynchronous replicas lose the last writes, semi-synchronous ones those that were not acknowledged",
    layout: SQL_LAYOUT,
    query: sqlQuery(NOW.mysql),
  },
  {
    name: "redis",
    call: "redisStore(client)",
    door: "coatcheck/redis",
    start: "`maxmemory-policy noeviction`; `appendonly yes`, else a restart logs everybody out",
    bytes: 1035,
    place: "memory",
    goodFor: "several machines, sessions that are read very often",
    notFor: "more sessions than memory",
    restart: "as Redis is set: `appendfsync always` keeps every acknowledged write, `everysec` loses up to a second, without a file everybody is a stranger",
    secondServer: "sees everything at once",
    fullDisk: "writes are 503 once the append-only file cannot grow; full memory refuses writes the same way, reads and logging out go on",
    failover: "a promoted replica lacks the writes that had not reached it: `WAIT` is not used, so up to a second of writes, logouts among them, can come undone. `min-replicas-to-write 1` bounds it",
    layout: "A hash for each session, `coatcheck:s:<id>`, with the fields `version`, `data`, `owner` and `times` (`createdAt lastSeenAt expiresAt idleSeconds endsAt persistent`, `-` for null), and a sorted set for each user's ids, a hint. Redis removes both by itself.",
    query: { language: "text", text: "redis-cli --scan --pattern 'coatcheck:s:*' | head -20 | xargs -I{} redis-cli HMGET {} owner times" },
  },
  {
    name: "memcached",
    call: "memcachedStore(client)",
    door: "coatcheck/memcached",
    start: "enough memory (`-m`), so that it never evicts",
    bytes: 490,
    place: "memory",
    goodFor: "the cache of `cachedStore`, or sessions whose loss annoys nobody",
    notFor: "carts, logins that matter: it forgets",
    restart: "everybody is a stranger",
    secondServer: "sees everything at once; a dead server's sessions are gone",
    fullDisk: "writes nothing to disk; full memory drops the sessions that were used least lately",
    failover: "there is none: the sessions of a dead server are gone",
    layout: "An item for each session, `coatcheck:s:<id>`: `c1 version createdAt lastSeenAt expiresAt idleSeconds endsAt persistent owner data`, `-` for null. Memcached removes it by itself.",
    query: { language: "text", text: "get coatcheck:s:<id>" },
  },
];
