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
  ["store", "where", "one session", "10 thousand", "1 million", "100 million"],
  storeFacts.map(({ name, place, bytes }) => [name, place, ...[1, 1e4, 1e6, 1e8].map((count) => sizeOf(bytes * count))]),
);

const layouts = storeFacts
  .filter(({ query }) => query !== null)
  .map(({ name, layout, query }) => `### ${name}\n\n${layout}\n\n\`\`\`${query?.language}\n${query?.text}\n\`\`\`\n`)
  .join("\n");

const page = `# Every store, side by side

Made by \`scripts/write-stores.ts\` from what the stores say of themselves. Which one to take, in a few sentences: [the guide](guide/stores.md).
Beside these there are \`cachedStore(cache, store)\` ([how it keeps its promises](decisions/cached-store.md)), sessions
[in the cookie itself](guide/cookie-sessions.md), and the bridges to express-session stores, unstorage and Keyv, which promise what is underneath.

## What they promise

${promises}

A write that compares versions loses no other request's change and brings no ended session back. Records that are swept are dead at the instant
at which they expire; sweeping only gives the room back.

## In practice

${practice}

## How often a request goes to the store

Counted at the servers (Redis \`MONITOR\`, \`pg_stat_statements\`, MariaDB's \`Questions\`, memcached's \`stats\`) by
[a test](../test/backends/store-calls.test.ts).

${calls}

## When something goes wrong

${trouble}

While a store does not answer, requests that need their session get 503 with \`Retry-After\`, within the time limit at first and at once when
it has failed several times in a row (\`storeGuard\` in [settings](settings.md)); requests that do not look at their session are served, and so is
everybody on routes with \`onStoreError: "anonymous"\`. [Tests](../test/backends/faults.test.ts) kill each engine in the middle of 2,000
requests, cut the connection between the two calls of a request, let it accept and never answer, fill Redis and make PostgreSQL
read-only: every acknowledged write is there afterwards (memcached excepted, which forgets), none came twice, and nobody who was logged out is logged in. What the table says of
full disks (a full Redis aside) and of failovers (those of Redis Cluster and Sentinel aside) is what the engines' manuals promise, and no test of ours.

## How large

Measured with 20,000 sessions of 300 bytes of values, each with an owner (\`scripts/measure-store-sizes.ts\`); the columns to the right are
multiplied, nothing more. Keep half as much again free for tables that are written to, and twice as much for a Redis that saves itself.

${sizes}

**10 thousand** sessions fit anywhere. **1 million** fit on one server of any kind; leave \`sweep\` on, or run \`npx coatcheck clearsessions --loop\`.
**100 million** are a matter of requests, not of room: one read and at most one write each. PostgreSQL and MySQL take them in one table on one large server; partition it by a hash of
\`id\` when vacuum or backups take too long, because only a user's list and sweeping cross partitions. Redis needs a Cluster: every session is one
key, so it spreads by itself, and a user's list is a key of its own. Shard when one server's memory, or its share of your requests, is two thirds used.

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
