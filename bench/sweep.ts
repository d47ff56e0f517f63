import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createCoatcheck, startSweeper, type SessionStore } from "coatcheck";
import { postgresStore } from "coatcheck/postgres";
import { sqliteStore } from "coatcheck/sqlite";
import pg from "pg";
import { startOwnPostgres } from "../test/support/engines/postgres.ts";
import { Visitor, type AnyData } from "../test/support/visitor.ts";
import { median } from "./harness/statistics.ts";
import { table } from "./report.ts";
import type { Verdict } from "./wanted.ts";

/** Nobody sweeps; `startSweeper` does; the requests do it as they write, as by default. */
const PHASES = ["quiet", "startSweeper", "requests"] as const;
type Phase = (typeof PHASES)[number];
type Engine = "sqlite" | "postgres";

const NAMES: Readonly<Record<Phase, string>> = { quiet: "nobody sweeps", startSweeper: "startSweeper", requests: "requests sweep as they write" };
const VISITORS = 50;
const REQUESTS_A_SECOND = 200;
/** One request in so many writes. */
const WRITES = 4;
const PHASE_MS = 2000;
/** The 99th percentile while sweeping, by the one when nobody does. */
const AT_MOST = 2;

export interface SweepRow {
  readonly engine: Engine;
  readonly phase: Phase;
  /** Medians over the rounds, milliseconds from the instant at which the request was due. */
  readonly p50: number;
  readonly p99: number;
  /** Records that went in a second. */
  readonly removed: number;
}

interface Lap {
  readonly p50: number;
  readonly p99: number;
  readonly removed: number;
}

/** Expired and live sessions, half and half, in a real table; each round has every phase once. */
export async function measureSweep(rounds: number, rows: number, random: () => number): Promise<SweepRow[]> {
  return [...(await inSqlite(rounds, rows, random)), ...(await inPostgres(rounds, rows, random))];
}

async function inSqlite(rounds: number, rows: number, random: () => number): Promise<SweepRow[]> {
  const path = join(tmpdir(), `coatcheck-sweep-${process.pid}.db`);
  try {
    const store = sqliteStore(path);
    await store.migrate();
    fillSqlite(path, rows);
    const measured = await compare("sqlite", store, rounds, random);
    await store.close();
    return measured;
  } finally {
    for (const end of ["", "-wal", "-shm"]) await rm(path + end, { force: true });
  }
}

async function inPostgres(rounds: number, rows: number, random: () => number): Promise<SweepRow[]> {
  // As durable as it is anywhere: flushing the log is what sweeping and requests share.
  const server = await startOwnPostgres();
  const pool = new pg.Pool({ connectionString: server.url });
  pool.on("error", () => {});
  try {
    const store = postgresStore(pool);
    await store.migrate();
    await fillPostgres(pool, rows);
    return await compare("postgres", store, rounds, random);
  } finally {
    await pool.end();
    await server.stop();
  }
}

const COLUMNS = "id, data, version, owner, created_at, last_seen_at, expires_at, idle_seconds, ends_at, persistent, sweep_from";
const IDLE_SECONDS = 1_209_600;

/** Every other row has expired within the last ten days, in no order. */
const expiryOf = (now: number): string => `case when i % 2 = 0 then ${now} - 1000 - (i * 7919 % 900000000) else ${now} + 1000000 + i end`;

function fillSqlite(path: string, rows: number): void {
  const now = Date.now();
  const database = new DatabaseSync(path);
  database.exec("pragma synchronous = off; pragma cache_size = -400000; begin");
  database.exec(`insert into coatcheck_session (${COLUMNS})
    with recursive counted(i) as (select 1 union all select i + 1 from counted where i < ${rows})
    select lower(hex(randomblob(21))) || 'x', printf('%.*c', 300, 'd'), 'v', 'user' || i, ${now} - 9000000000, e, e, ${IDLE_SECONDS}, null, 1, e - e % ${IDLE_SECONDS}
    from (select i, ${expiryOf(now)} as e from counted)`);
  database.exec("commit; pragma wal_checkpoint(truncate)");
  database.close();
}

async function fillPostgres(pool: pg.Pool, rows: number): Promise<void> {
  const now = Date.now();
  await pool.query(`insert into coatcheck_session (${COLUMNS})
    select md5(i::text) || 'x', repeat('d', 300), 'v', 'user' || i, ${now} - 9000000000, e, e, ${IDLE_SECONDS}, null, true, e - e % ${IDLE_SECONDS}
    from (select i, ${expiryOf(now)} as e from generate_series(1::bigint, ${rows}) i) counted`);
  await pool.query("vacuum analyze coatcheck_session");
  await pool.query("checkpoint");
}

async function compare(engine: Engine, store: SessionStore, rounds: number, random: () => number): Promise<SweepRow[]> {
  const laps = new Map<Phase, Lap[]>(PHASES.map((phase) => [phase, []]));
  const visitors = new Map<Phase, Visitor[]>();
  let removed = 0;
  const counted = countSweeps(store, (count) => (removed += count));
  for (const phase of PHASES) visitors.set(phase, await makeVisitors(counted, phase === "requests"));
  await load(visitors.get("quiet") ?? []);
  for (let round = 0; round < rounds; round++) {
    for (const phase of PHASES.toSorted(() => random() - 0.5)) {
      removed = 0;
      const sweeper = phase === "startSweeper" ? startSweeper(counted) : undefined;
      const sweeping = sweeper?.run();
      const { p50, p99 } = await load(visitors.get(phase) ?? []);
      await sweeper?.stop();
      await sweeping;
      laps.get(phase)?.push({ p50, p99, removed: removed / (PHASE_MS / 1000) });
    }
  }
  return PHASES.map((phase) => {
    const own = laps.get(phase) ?? [];
    return { engine, phase, p50: median(own.map((lap) => lap.p50)), p99: median(own.map((lap) => lap.p99)), removed: median(own.map((lap) => lap.removed)) };
  });
}

/** The same store, that says how many records went. */
function countSweeps(store: SessionStore, add: (count: number) => void): SessionStore {
  return new Proxy(store, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name, target);
      if (typeof found !== "function") return found;
      if (name !== "sweep") return found.bind(target) as unknown;
      return async (...values: unknown[]) => {
        const count = (await (found as (...all: unknown[]) => Promise<number>).apply(target, values)) ?? 0;
        add(count);
        return count;
      };
    },
  });
}

async function makeVisitors(store: SessionStore, sweep: boolean): Promise<Visitor[]> {
  const cloakroom = createCoatcheck<AnyData>({ store, sweep, production: false, log: () => {} });
  const visitors = Array.from({ length: VISITORS }, () => new Visitor(cloakroom));
  for (const visitor of visitors) await visitor.run((coat) => void coat.session.set("n", 0));
  return visitors;
}

/** An open load: requests come when they are due, however slow the ones before are, and are timed from then on. */
async function load(visitors: readonly Visitor[]): Promise<{ p50: number; p99: number }> {
  const times: number[] = [];
  const flights: Promise<void>[] = [];
  const begun = performance.now();
  const most = (PHASE_MS / 1000) * REQUESTS_A_SECOND;
  while (flights.length < most) {
    while (flights.length < most && flights.length < ((performance.now() - begun) * REQUESTS_A_SECOND) / 1000) {
      flights.push(ask(visitors[flights.length % visitors.length] as Visitor, flights.length, begun + (flights.length * 1000) / REQUESTS_A_SECOND, times));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(flights);
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

async function ask(visitor: Visitor, number: number, dueAt: number, times: number[]): Promise<void> {
  await visitor.run(({ session }) => (number % WRITES === 0 ? void session.set("n", number) : void session.get("n")));
  times.push(performance.now() - dueAt);
}

export function judgeSweep(rows: readonly SweepRow[]): Verdict[] {
  return rows.flatMap(({ engine, phase, p99 }) => {
    const quiet = rows.find((row) => row.engine === engine && row.phase === "quiet");
    if (phase === "quiet" || quiet === undefined) return [];
    return [{ what: `${engine}, p99, ${NAMES[phase]}`, wanted: `at most ${AT_MOST} times`, measured: (p99 / quiet.p99).toFixed(2), ok: p99 <= AT_MOST * quiet.p99 }];
  });
}

export function sweepTable(rows: readonly SweepRow[]): string {
  return table(["engine, sweeping", "p50, ms", "p99, ms", "removed a second"], rows.map(({ engine, phase, p50, p99, removed }) => [`${engine}, ${NAMES[phase]}`, p50.toFixed(2), p99.toFixed(2), removed.toFixed(0)]));
}
