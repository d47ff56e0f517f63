import { describe, it } from "node:test";
import { MutantRunner, type Mutant } from "./mutant-runner.ts";

const LATE = "test/stores/sql/late-calls.test.ts";
const TABLES = "test/stores/sql/tables.test.ts";
const SCHEDULES = "test/stores/cached/schedules.test.ts";
const CACHED = "test/stores/cached.test.ts";
const FENCE = "test/stores/cached/fence.test.ts";
const CIRCUIT = "test/stores/guarded/circuit.test.ts";
const GUARDED = "test/stores/guarded.test.ts";
const META = "test/stores/memcached/meta-connection.test.ts";
const LOST = "test/manager/lost-end.test.ts";
const CONFORMANCE_SQL = "test/backends/sqlite.test.ts";
const STATEMENT = "test/stores/sql/pg-statement.test.ts";

const mutants: readonly Mutant[] = [
  { rule: "SQL: an expired record is read", file: "src/stores/sql/row.ts", find: "return record === null || record.expiresAt <= now ? null : record;", replace: "return record;", test: CONFORMANCE_SQL, name: "read: at its limit" },
  { rule: "SQL: a record is read a millisecond too long", file: "src/stores/sql/row.ts", find: "record.expiresAt <= now ? null", replace: "record.expiresAt < now ? null", test: CONFORMANCE_SQL, name: "read: at its limit" },
  { rule: "postgres: a user who was switched off is read as active", file: "src/auth/sql/choose-engine.ts", find: '"coatcheck_users", prepare, false)', replace: '"coatcheck_users", prepare, true)', test: "test/backends/users.test.ts", name: "switches a user off" },
  { rule: "postgres: a truth in text is none", file: "src/stores/sql/row.ts", find: 'value === true || value === "t" ||', replace: "value === true ||", test: "test/backends/postgres.test.ts", name: "whatever the client is" },
  { rule: "postgres: a statement is sent under a name that stands for another", file: "src/stores/sql/pg-statement.ts", find: "if (prepared !== undefined && prepared !== text) return", replace: "if (false as boolean) return", test: STATEMENT, name: "stands for another text" },
  { rule: "postgres: rows of one statement are those of the next", file: "src/stores/sql/pg-statement.ts", find: "if (this.rows === NO_ROWS) this.rows = [fields];\n    else this.rows.push(fields);", replace: "this.rows.push(fields);", test: STATEMENT, name: "share no rows" },
  { rule: "postgres: clients that send ahead get statements they refuse", file: "src/stores/sql/pg-statement.ts", find: "return pipeline !== true &&", replace: "return", test: "test/backends/postgres.test.ts", name: "whatever the client is" },
  { rule: "redis: a shorter limit of the application is lost", file: "src/stores/redis/connection.ts", find: "own !== undefined && own > 0 && own < limitMs ? undefined", replace: "(false as boolean) && own === limitMs ? undefined", test: "test/stores/redis/connection.test.ts", name: "keep a shorter limit" },
  { rule: "a call that leaves the middle of the line cuts off those behind it", file: "src/stores/deadlines.ts", find: "else before.after = after;", replace: "else before.after = null;", test: GUARDED, name: "leaves the line" },
  { rule: "cached: an answer from before a write fills the cache", file: "src/stores/cached.ts", find: "await this.#try(() => this.#cache.update(makeEntry(record, now, this.#maxAgeMs), lease.version, { now }));", replace: "await this.#try(async () => (await this.#cache.delete(id), this.#cache.create(makeEntry(record, now, this.#maxAgeMs), { now })));", test: SCHEDULES, name: "with a cache that works" },
  { rule: "cached: a copy that cannot be removed is left", file: "src/stores/cached.ts", find: "if ((await this.#remove(id)) === FAILED) await this.#fence.raise();", replace: "await this.#remove(id);", test: CACHED, name: "a cache that fails fails no request" },
  { rule: "cached: a fence that stands is not looked at", file: "src/stores/cached/fence.ts", find: "return this.#isFresh && this.#seen === undefined && ", replace: "return this.#isFresh && ", test: FENCE, name: "is seen by another node" },
  { rule: "cached: a fence is acknowledged before everybody has seen it", file: "src/stores/cached/fence.ts", find: "      await this.#clock.wait(this.#settleMs);\n", replace: "", test: FENCE, name: "is seen by another node" },
  { rule: "cached: leases are not lent on", file: "src/stores/cached.ts", find: "if (isLeasable(store)) extra.tryLease", replace: "if (false as boolean) extra.tryLease", test: TABLES, name: "behind a cache" },
  { rule: "sql: one lease for all tables", file: "src/stores/sql/sql-store.ts", find: "`lease ${name} ${this.#names.plain}`", replace: "`lease ${name}`", test: TABLES, name: "LC-26" },
  { rule: "postgres: the names of statements are as long as the table's", file: "src/stores/postgres.ts", find: "`coatcheck_${digestOf(names.plain)}`", replace: "`coatcheck_${names.plain}`", test: TABLES, name: "with long names" },
  { rule: "postgres: a call that waited too long for a connection leaves late", file: "src/stores/sql/pg-pool.ts", find: "if (call?.isOver) {", replace: "if (false as boolean) {", test: LATE, name: "while it waited for a connection" },
  { rule: "mysql: a call that waited too long for a connection leaves late", file: "src/stores/sql/mysql-driver.ts", find: "if (call?.isOver) {", replace: "if (false as boolean) {", test: LATE, name: "while it waited for a connection" },
  { rule: "sql: a connection that does not answer stays in its pool", file: "src/stores/sql/sql-call.ts", find: "if (this.letGo()) destroy?.(connection);", replace: "void [connection, destroy];", test: LATE, name: "while it was sent and not answered" },
  { rule: "sql: a visitor who leaves costs a connection", file: "src/stores/sql/sql-call.ts", find: "if (isAbort) return;", replace: "", test: LATE, name: "by its signal keeps its connection" },
  { rule: "redis: a walk goes on with the cursor of another life", file: "src/stores/redis/scan.ts", find: 'if (now !== life) [position, life] = ["0", now];', replace: "if (false as boolean) life = now;", test: "test/stores/redis/scan.test.ts", name: "begins anew on a server" },
  { rule: "memcached: answers go by their order alone", file: "src/stores/memcached/meta-connection.ts", find: "reply.opaque !== waiting.opaque", replace: "reply.opaque === null", test: META, name: "gives nobody" },
  { rule: "memcached: a busy process leaves a healthy connection", file: "src/stores/memcached/meta-connection.ts", find: "    afterReading(() => this.#decide());", replace: "    this.#decide(); void afterReading;", test: META, name: "is kept when the process was busy" },
  { rule: "circuit: everybody probes", file: "src/stores/guarded/circuit.ts", find: 'if (this.#isProbing) return "refused";', replace: "", test: GUARDED, name: "PAIN-11 opens after" },
  { rule: "circuit: a row by chance takes every server away", file: "src/stores/guarded/circuit.ts", find: "if (failures > 0) this.#patience =", replace: "if (failures > Infinity) this.#patience =", test: CIRCUIT, name: "stays closed where 50" },
  { rule: "circuit: opens again and tells nobody", file: "src/stores/guarded/circuit.ts", find: "    if (this.#openedAt !== null) {\n      if (admission", replace: '    if (this.#openedAt !== null || admission === "probe") {\n      if (admission', test: CIRCUIT, name: "a probe that fails after" },
  { rule: "circuit: one for all servers", file: "src/stores/guarded.ts", find: "if (server === undefined) return this.#circuits;", replace: "return this.#circuits;", test: CIRCUIT, name: "keeps calls away" },
  { rule: "I3 a rotation whose answer was lost throws the session away", file: "src/manager/commit-rotate.ts", find: 'if (found !== null) return found === "ended"', replace: 'if (found === "?") return found === "ended"', test: LOST, name: "keeps the session under its new token" },
];

describe("every rule of the stores has a test that fails when it is broken", { concurrency: 2 }, () => {
  const runner = new MutantRunner();
  for (const mutant of mutants) it(mutant.rule, () => runner.check(mutant));
});
