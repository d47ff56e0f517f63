/** Sends the rows through the contenders: proves that each does the work, times it, proves that nothing was lost. */

import type { Answer, Ask, Contender } from "./contenders/contender.ts";
import type { Cell, RoundsOptions, Samples } from "./harness/rounds.ts";
import { Rounds } from "./harness/rounds.ts";
import { differences, median, medianUncertainty } from "./harness/statistics.ts";
import { cookieHeader, FIRST_VISITS, STRANGER, USER } from "./rows.ts";
import type { Row, RowName } from "./rows.ts";

/** What one contender adds to a request of one row. */
export interface Added {
  readonly contender: string;
  readonly row: RowName;
  /** Median over the rounds of (with the layer minus without), microseconds. */
  readonly microseconds: number;
  /** About 95 of 100 repetitions lie within plus or minus this. */
  readonly uncertainty: number;
  /** Median of the bytes allocated, with the layer minus without. */
  readonly bytes: number;
}

/** The whole request of a framework without a layer. */
export interface Baseline {
  readonly contender: string;
  readonly row: RowName;
  readonly microseconds: number;
  /** The same framework timed a second time in the same rounds, minus the first: what nothing costs here. */
  readonly nothing: number;
}

export interface Comparison {
  readonly added: readonly Added[];
  readonly baselines: readonly Baseline[];
}

/** Cookie pairs (`name=value`) of fresh sessions, made by the contender's own application. */
export async function seedSessions(contender: Contender, row: Row): Promise<string[]> {
  if (row.seedPath === undefined || contender.keeps === "none") return [];
  const pairs: string[] = [];
  for (let count = 0; count < row.sessions; count++) {
    const answer = await contender.door.send({ path: row.seedPath, cookie: cookieHeader(undefined) });
    const pair = pairsOf(answer);
    if (answer.status !== 200 || pair === undefined) throw new Error(`${contender.name} made no session for ${row.name}.`);
    pairs.push(pair);
  }
  if (new Set(pairs).size !== pairs.length) throw new Error(`${contender.name} gave one session out twice.`);
  return pairs;
}

/** What a browser sends back: a session may be spread over several cookies. */
function pairsOf(answer: Answer): string | undefined {
  return answer.setCookies.length === 0 ? undefined : answer.setCookies.map((line) => line.split(";")[0]).join("; ");
}

/** Throws unless the contender answers every row as it must: a stranger, a value read, a value that grows by one. */
export async function proveContender(contender: Contender, rows: readonly Row[]): Promise<void> {
  const fail = (row: Row, what: string): never => {
    throw new Error(`${contender.name}, ${row.name}: ${what}. Nothing is timed.`);
  };
  for (const row of rows) {
    if (contender.cannot.has(row.name)) continue;
    let pair = (await seedSessions(contender, { ...row, sessions: 1 }))[0];
    for (const visit of [1, 2]) {
      contender.probe.take();
      const answer = await contender.door.send({ path: row.path, cookie: cookieHeader(pair) });
      if (answer.status !== 200) fail(row, `status ${answer.status}`);
      const body = row.path === "/anonymous" ? STRANGER : row.path === "/read" ? USER : String(FIRST_VISITS + (contender.keeps === "none" ? 1 : visit));
      if (answer.body !== body) fail(row, `the body should be ${body}`);
      if (contender.probe.take() !== (row.path === "/anonymous" ? 0 : 1)) fail(row, "the handler did not look at the session once");
      if (row.path !== "/write" && answer.setCookies.length > 0) fail(row, "a cookie was set although nothing changed");
      if (row.path === "/write" && contender.keeps === "carried") pair = pairsOf(answer) ?? fail(row, "the changed session was not sent");
    }
    if (contender.keeps === "none") continue;
    if (row.path === "/read") {
      const forged = await contender.door.send({ path: "/visits", cookie: cookieHeader(pair?.slice(0, -3)) });
      if (forged.body === String(FIRST_VISITS)) fail(row, "a cookie that was cut opens the session");
    }
  }
}

const REPEATED = " (again)";

/** Contenders and their bare frameworks in one process, ready to be timed. */
export class Match {
  readonly #contenders: readonly Contender[];
  readonly #rows: readonly Row[];
  readonly #ledgers: readonly Ledger[];
  readonly #rounds: Rounds;

  private constructor(contenders: readonly Contender[], rows: readonly Row[], ledgers: readonly Ledger[], rounds: Rounds) {
    this.#contenders = contenders;
    this.#rows = rows;
    this.#ledgers = ledgers;
    this.#rounds = rounds;
  }

  /** Proves every contender, and makes the sessions for all rows. */
  static async open(contenders: readonly Contender[], rows: readonly Row[], options: RoundsOptions): Promise<Match> {
    for (const contender of contenders) await proveContender(contender, rows);
    const cells: Cell[] = [];
    const ledgers: Ledger[] = [];
    for (const row of rows) {
      for (const contender of contenders) {
        if (contender.cannot.has(row.name)) continue;
        const ledger = new Ledger(contender, row, await seedSessions(contender, row));
        ledgers.push(ledger);
        cells.push(ledger.cell(keyOf(contender.name, row.name)));
        if (contender.baseline === undefined) cells.push(ledger.cell(keyOf(contender.name + REPEATED, row.name)));
      }
    }
    return new Match(contenders, rows, ledgers, new Rounds(cells, options));
  }

  /** @param keep false: only to warm up */
  async run(rounds: number, keep: boolean): Promise<void> {
    await this.#rounds.run(rounds, keep);
  }

  /** What was added. Throws when a write of the rounds is not found in its session. */
  async finish(): Promise<Comparison> {
    for (const ledger of this.#ledgers) await ledger.settle();
    const added: Added[] = [];
    const baselines: Baseline[] = [];
    for (const row of this.#rows) {
      for (const contender of this.#contenders) {
        if (contender.cannot.has(row.name)) continue;
        if (contender.baseline === undefined) baselines.push(this.#baseline(contender.name, row.name));
        else added.push(this.#added(contender.name, contender.baseline, row.name));
      }
    }
    return { added, baselines };
  }

  #baseline(contender: string, row: RowName): Baseline {
    const own = this.#samples(contender, row).microseconds;
    const nothing = median(differences(this.#samples(contender + REPEATED, row).microseconds, own));
    return { contender, row, microseconds: median(own), nothing };
  }

  #added(contender: string, baseline: string, row: RowName): Added {
    const own = this.#samples(contender, row);
    const bare = this.#samples(baseline, row);
    // Both slices of the bare framework are used: the steadier the baseline, the steadier the difference.
    const again = this.#samples(baseline + REPEATED, row).microseconds;
    const steady = bare.microseconds.map((first, round) => (first + (again[round] as number)) / 2);
    const extra = differences(own.microseconds, steady);
    return { contender, row, microseconds: median(extra), uncertainty: medianUncertainty(extra), bytes: median(differences(own.bytes, bare.bytes)) };
  }

  #samples(contender: string, row: RowName): Samples {
    return this.#rounds.samples.get(keyOf(contender, row)) ?? { microseconds: [], bytes: [] };
  }
}

/** Comparisons of several processes as one; what a bare framework took is the median over the processes that had it. */
export function mergeComparisons(comparisons: readonly Comparison[]): Comparison {
  const all = comparisons.flatMap((comparison) => comparison.baselines);
  const keys = [...new Set(all.map((one) => keyOf(one.contender, one.row)))];
  const baselines = keys.map((key) => {
    const same = all.filter((one) => keyOf(one.contender, one.row) === key);
    const first = same[0] as Baseline;
    return { ...first, microseconds: median(same.map((one) => one.microseconds)), nothing: median(same.map((one) => one.nothing)) };
  });
  return { added: comparisons.flatMap((comparison) => comparison.added), baselines };
}

function keyOf(contender: string, row: RowName): string {
  return `${row} / ${contender}`;
}

/** Remembers how often each session was written, so that the sums can be compared at the end. */
class Ledger {
  readonly #contender: Contender;
  readonly #row: Row;
  readonly #pairs: readonly string[];
  readonly #writes: number[];
  #turn = 0;

  constructor(contender: Contender, row: Row, pairs: readonly string[]) {
    this.#contender = contender;
    this.#row = row;
    this.#pairs = pairs;
    this.#writes = pairs.map(() => 0);
  }

  cell(key: string): Cell {
    const { door, probe } = this.#contender;
    return {
      key,
      group: this.#row.name,
      operations: this.#row.operations,
      leadIn: this.#row.leadIn,
      prepare: (operations) => door.prepare(Array.from({ length: operations }, () => this.#nextAsk()), this.#row.inFlight),
      check: (operations) => {
        const seen = probe.take();
        const expected = this.#row.path === "/anonymous" ? 0 : operations;
        if (seen !== expected) throw new Error(`${key}: ${seen} of ${expected} handlers saw their session. The numbers are void.`);
      },
    };
  }

  #nextAsk(): Ask {
    if (this.#pairs.length === 0) return { path: this.#row.path, cookie: cookieHeader(undefined) };
    const turn = this.#turn;
    this.#turn = (turn + 1) % this.#pairs.length;
    this.#writes[turn] = (this.#writes[turn] as number) + 1;
    return { path: this.#row.path, cookie: cookieHeader(this.#pairs[turn]) };
  }

  async settle(): Promise<void> {
    if (this.#row.path !== "/write" || this.#contender.keeps !== "stored") return;
    for (const [index, pair] of this.#pairs.entries()) {
      const answer = await this.#contender.door.send({ path: "/visits", cookie: cookieHeader(pair) });
      const expected = FIRST_VISITS + (this.#writes[index] as number);
      if (answer.body !== String(expected)) {
        throw new Error(`${this.#contender.name} lost writes: ${answer.body} instead of ${expected}. The numbers are void.`);
      }
    }
  }
}
