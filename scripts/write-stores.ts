/**
 * Writes `docs/stores.md` from the capabilities of the stores themselves and from `scripts/lib/store-facts.ts`. With `--check` it writes
 * nothing and fails when the page is out of date.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SessionStore } from "../src/store/store.ts";
import { fileStore } from "../src/stores/file.ts";
import { memcachedStore } from "../src/stores/memcached.ts";
import { memoryStore } from "../src/stores/memory.ts";
import { mysqlStore } from "../src/stores/mysql.ts";
import { postgresStore } from "../src/stores/postgres.ts";
import { redisStore } from "../src/stores/redis.ts";
import { sqliteStore } from "../src/stores/sqlite.ts";
import { enginesRun, otherStores } from "./lib/other-stores.ts";
import { callCountOf, callCounts, storeFacts, type RequestKind, type StoreFact } from "./lib/store-facts.ts";

/** A client of which nothing is ever asked: capabilities are known before the first call. */
const idle = (...methods: string[]): never => Object.fromEntries(methods.map((method) => [method, () => Promise.reject(new Error("nobody is asked"))])) as never;

const folder = mkdtempSync(join(tmpdir(), "coatcheck-stores-"));
const stores: Readonly<Record<string, SessionStore>> = {
  memory: memoryStore({ unsafeInProduction: true }),
  file: fileStore(folder),
  sqlite: sqliteStore(join(folder, "coatcheck.db")),
  postgres: postgresStore(idle("query")),
  mysql: mysqlStore(idle("query", "execute")),
  redis: redisStore(idle("sendCommand")),
  memcached: memcachedStore(idle("gets", "add", "cas", "delete")),
};
const storeOf = ({ name }: StoreFact): SessionStore => stores[name] as SessionStore;

const row = (...cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => [row(...head), row(...head.map(() => "---")), ...rows.map((cells) => row(...cells))].join("\n");
const yes = (value: boolean): string => (value ? "yes" : "no");

const REACH = { process: "one process", machine: "one machine", network: "all" } as const;

const promises = table(
  ["store", "door", "compares versions", "survives a restart", "seen by", "removes what expired", "may drop live sessions"],
  storeFacts.map((fact) => {
    const { capabilities } = storeOf(fact);
    const { compareAndSet, durable, shared, ownExpiry, mayEvict } = capabilities;
    return [`\`${fact.call}\``, `\`${fact.door}\``, yes(compareAndSet), fact.name === "redis" ? "as Redis is set" : yes(durable), REACH[shared], ownExpiry ? "by itself" : "swept", yes(mayEvict)];
  }),
);

const others = table(
  ["what", "door", "compares versions", "survives a restart", "seen by", "removes what expired", "what it costs", "not for"],
  otherStores.map(({ call, door, compares, survives, seenBy, removes, costs, notFor }) => [`\`${call}\``, `\`${door}\``, compares, survives, seenBy, removes, costs, notFor]),
);

const engines = table(["engine", "run", "not run"], enginesRun.map(({ engine, run, notRun }) => [engine, run, notRun]));

const practice = table(
  ["store", "how it is started", "good for", "not for"],
  storeFacts.map(({ name, start, goodFor, notFor }) => [name, start, goodFor, notFor]),
);

const trouble = table(
  ["store", "at a restart", "on a second server", "on a full disk", "in a failover"],
  storeFacts.map(({ name, restart, secondServer, fullDisk, failover }) => [name, restart, secondServer, fullDisk, failover]),
);

const network = storeFacts.filter((fact) => storeOf(fact).capabilities.shared === "network");
const calls = table(
  ["a request", ...network.map(({ name }) => name)],
  (Object.keys(callCounts) as RequestKind[]).map((kind) => [callCounts[kind].request, ...network.map(({ name }) => String(callCountOf(name, kind)))]),
);

const UNITS = ["B", "kB", "MB", "GB", "TB"];
function sizeOf(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 1000 && unit < UNITS.length - 1) [size, unit] = [size / 1000, unit + 1];
  return `${size >= 100 || unit === 0 ? Math.round(size) : Number(size.toPrecision(2))} ${UNITS[unit]}`;
}

const sizes = table(
  ["store", "where", "one session, measured", "10 thousand, computed", "1 million, computed", "100 million, computed"],
  storeFacts.map(({ name, place, bytes }) => [name, place, ...[1, 1e4, 1e6, 1e8].map((count) => sizeOf(bytes * count))]),
);

const layouts = storeFacts
  .filter(({ query }) => query !== null)
  .map(({ name, layout, query }) => `### ${name}\n\n${layout}\n\n\`\`\`${query?.language}\n${query?.text}\n\`\`\`\n`)
  .join("\n");

const page = `# Every store, side by side

Made by \`scripts/write-stores.ts\` from what the stores say of themselves. Which one to take, in a few sentences: [the guide](guide/stores.md).
Not every engine that is spoken to here was run: [which ones were](#which-engines-were-run).

## What they promise

${promises}

A write that compares versions loses no other request's change and brings no ended session back. Records that are swept are dead at the instant
at which they expire; sweeping only gives the room back.

Around a store, through a bridge, or without one:

${others}

[How the cached store keeps its promises](decisions/cached-store.md), and [when a session in the cookie fits](guide/cookie-sessions.md). A write to a
store of the first table costs one call beside the read; how many calls each request takes stands [below](#how-often-a-request-goes-to-the-store).

## In practice

${practice}

## How often a request goes to the store

Counted at the servers (Redis \`MONITOR\`, \`pg_stat_statements\`, MariaDB's \`Questions\`, memcached's \`stats\`) by
[a test](../test/backends/store-calls.test.ts).

${calls}

## Sweeping

Requests remove expired records as they write, three for two writes at most. An application that writes seldom, or that has \`sweep: false\`, does it by a
timer, which keeps no process alive; of all nodes on one SQL database one does it at a time:

\`\`\`ts
import { startSweeper } from "coatcheck";
import { postgresStore } from "coatcheck/postgres";
import { Pool } from "pg";

const pool = new Pool({ connectionString: process.env["DATABASE_URL"] });
pool.on("error", (error) => console.error(error.message));

const sweeper = startSweeper(postgresStore(pool), { every: "10m" });
process.once("SIGTERM", () => void sweeper.stop());
\`\`\`

Batches begin with 16 records and take about 2 ms; what was slow is followed by a rest of 200 times as long, 20 times where the engine is a server, so
that requests hardly meet it ([measured](performance.md#sweeping-while-requests-run)). That is hundreds of records a second by the disk, millions a day; what
waits takes room and nothing else. Requests never fall behind: when 200 more sessions began than records went, so many go at once.
\`npx coatcheck clearsessions\` keeps the same pace, and \`--hurry\` does not: run it where a backlog has to go today.

## What \`onRevoked\` hears

With \`redisRevocations(client)\` or \`postgresRevocations(pool)\` of \`coatcheck/revocations\` a node hears within milliseconds what another one has ended.
Neither keeps texts for whoever is away, so they are not relied on:

- A text that cannot be sent is tried again after 0.1, 1 and 5 seconds. \`sessions.revoke\`, \`revokeAll\` and \`close\` wait for it, a second at most.
- When the connection that listens was broken, every watched session is looked up as soon as it is back. A subscription that fails is tried again, after 0.5
  seconds at first and every 30 at last.
- Once a minute every watched session is looked up, 16 at once, whatever was heard: a connection may be dead without anybody noticing, and a session may
  just have expired. So while the store answers, an ended session is closed after a minute and the time of the lookups at
  the latest, also without \`revocations\`.

## When something goes wrong

${trouble}

While a store does not answer, requests that need their session get 503 with \`Retry-After\`, within the time limit at first and at once when
it has failed several times in a row (\`storeGuard\` in [settings](settings.md)); requests that do not look at their session are served, and so is
everybody on routes with \`onStoreError: "anonymous"\`. [Tests](../test/backends/faults.test.ts) kill each engine in the middle of 2,000
requests, cut the connection between the two calls of a request, let it accept and never answer, fill Redis, make PostgreSQL
read-only, and promote a replica of Redis Sentinel and Cluster that has everything: every acknowledged write is there afterwards (memcached excepted, which forgets), none came twice, and nobody who was logged out is logged in. What the table says of
full disks (a full Redis aside) and of failovers (those of Redis Cluster and Sentinel aside) is what the engines' manuals promise, and no test of ours.

## How large

One session was measured, as the mean of 20,000 with 300 bytes of values and an owner (\`scripts/measure-store-sizes.ts\`). The columns to the right
are computed from it, not measured; a million sessions were really in the tables of [the sweep](performance.md#sweeping-while-requests-run), nothing larger anywhere. Keep half as much again free for tables that are written to, and twice as much for a Redis that saves itself.

${sizes}

By those numbers **10 thousand** sessions fit anywhere. **1 million** fit on one server of any kind; leave \`sweep\` on, or run \`npx coatcheck clearsessions --loop\`.
**100 million** are a matter of requests, not of room: one read and at most one write each, and nobody here has run so many. PostgreSQL and MySQL should take them in one table on one large server; partition it by a hash of
\`id\` when vacuum or backups take too long, because only a user's list and sweeping cross partitions. Redis needs a Cluster: every session is one
key, so it spreads by itself, and a user's list is a key of its own. Shard when one server's memory, or its share of your requests, is two thirds used.

## Which engines were run

${engines}

Each of them can be another one than the tests start: \`TEST_POSTGRES_URL\`, \`TEST_MYSQL_URL\`, \`TEST_REDIS_URL\`, \`TEST_VALKEY_URL\`, \`TEST_REDIS_CLUSTER_URLS\`
(with commas), \`TEST_REDIS_SENTINEL_URL\` (\`redis://host:port/NAME\`, NAME being what the sentinels call the primary), \`TEST_MEMCACHED_URL\`.
Tests that kill the engine start one of their own all the same.

## Where a record stands

The layout is part of the promise: these questions go on working, and tests ask them. \`data\` is what the session's codec wrote, JSON unless it is sealed; \`id\` is a digest
that opens nothing.

${layouts}`;

rmSync(folder, { recursive: true, force: true });
const url = new URL("../docs/stores.md", import.meta.url);
if (!process.argv.includes("--check")) writeFileSync(url, page);
else if (readFileSync(url, "utf8") !== page) {
  console.error("docs/stores.md is out of date: run `npm run stores`.");
  process.exitCode = 1;
}
