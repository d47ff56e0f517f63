import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readArguments, SECTIONS } from "../../bench/arguments.ts";
import type { Comparison } from "../../bench/compare.ts";
import { replaceBetween } from "../../bench/docs.ts";
import { bytesTable, comparisonTable, formatMicroseconds, memoryTable, table, verdictTable } from "../../bench/report.ts";
import type { RowName } from "../../bench/rows.ts";
import { judgeSweep, sweepTable } from "../../bench/sweep.ts";
import { EXPRESS_SESSION, FASTIFY_PEERS, judgeExpress, judgeFetch, judgeMemory, OURS_EXPRESS, OURS_FETCH } from "../../bench/wanted.ts";

const added = (contender: string, row: RowName, microseconds: number): Comparison["added"][number] => ({ contender, row, microseconds, uncertainty: 0.05, bytes: 2048 });
const of = (...list: Comparison["added"]): Comparison => ({ added: list, baselines: [{ contender: "bare fetch handler", row: "read", microseconds: 4, nothing: 0.01 }] });

describe("verdicts", () => {
  it("judge the anonymous row by microseconds and the others by the ratio to the floor", () => {
    const verdicts = judgeFetch(of(added("floor", "anonymous", 0.1), added(OURS_FETCH, "anonymous", 0.5), added("floor", "read", 1), added(OURS_FETCH, "read", 3.01)), ["anonymous", "read"]);
    assert.deepEqual(verdicts.map(({ measured, ok }) => [measured, ok]), [["0.50 µs", true], ["3.01", false]]);
  });

  it("count a peer that is 0.2 µs ahead as level, and more as missed", () => {
    const [session = "", secure = ""] = FASTIFY_PEERS;
    const verdicts = judgeFetch(of(added(OURS_FETCH, "write", 3), added(session, "write", 2.8), added(secure, "write", 2.7)), ["write"]);
    assert.deepEqual(verdicts.map(({ ok }) => ok), [true, false]);
  });

  it("judge Express by the part of express-session that it takes", () => {
    const judged = (ours: number, theirs: number): boolean | undefined =>
      judgeExpress(of(added(OURS_EXPRESS, "read", ours), added(EXPRESS_SESSION, "read", theirs)), ["read"])[0]?.ok;
    assert.equal(judged(3, 15), true);
    assert.equal(judged(3.1, 15), false);
    assert.equal(judged(-0.1, 15), true);
  });

  it("judge sweeping by the 99th percentile when nobody sweeps, engine by engine", () => {
    const row = (engine: "sqlite" | "postgres", phase: "quiet" | "startSweeper", p99: number) => ({ engine, phase, p50: 1, p99, removed: 100 });
    const rows = [row("sqlite", "quiet", 3), row("sqlite", "startSweeper", 6), row("postgres", "quiet", 2), row("postgres", "startSweeper", 4.1)];
    assert.deepEqual(judgeSweep(rows).map(({ measured, ok }) => [measured, ok]), [["2.00", true], ["2.05", false]]);
    assert.match(sweepTable(rows), /sqlite, nobody sweeps +\| +1\.00 +\| +3\.00 \| +100 \|/);
  });

  it("never call a contender good whose reference drowned in the noise", () => {
    assert.equal(judgeFetch(of(added("floor", "read", -0.1), added(OURS_FETCH, "read", 0.1)), ["read"])[0]?.ok, false);
    assert.equal(judgeExpress(of(added(OURS_EXPRESS, "read", -1), added(EXPRESS_SESSION, "read", -2)), ["read"])[0]?.ok, false);
    assert.equal(judgeMemory(300, 327, "peer").ok, true);
    assert.equal(judgeMemory(328, 327, "peer").ok, false);
  });
});

describe("tables", () => {
  it("line up, and say OK or MISSED", () => {
    assert.equal(table(["a", "b"], [["long name", "1"]]), "| a         |   b |\n| --------- | --: |\n| long name |   1 |");
    const text = verdictTable([{ what: "x", wanted: "1", measured: "2", ok: false }, { what: "y", wanted: "1", measured: "1", ok: true }]);
    assert.match(text, /\| x .*MISSED \|/);
    assert.match(text, /\| y .* OK \|/);
    assert.match(memoryTable([{ contender: "m", sessions: 200_000, bytesEach: 301.4 }]), /200,000 \| +301 \|/);
  });

  it("show what was added, what cannot be run, and the bare framework", () => {
    const text = comparisonTable(of(added("floor", "read", 1)), ["anonymous", "read"]);
    assert.match(text, /\| floor +\| +n\/a \| +1\.00 ±0\.05 \|/);
    assert.match(text, /\(bare fetch handler, whole request\)/);
    assert.match(bytesTable(of(added("floor", "read", 1)), ["anonymous", "read"]), /\| floor +\| +n\/a \| +2\.0 \|/);
    assert.equal(formatMicroseconds(123.4), "123");
    assert.equal(formatMicroseconds(12.34), "12.3");
    assert.equal(formatMicroseconds(-0.123), "-0.12");
  });

  it("go between the markers of a page and leave the rest", () => {
    const page = "before\n<!-- bench:x:begin -->\nold\n<!-- bench:x:end -->\nafter\n";
    assert.equal(replaceBetween(page, "x", "\nnew\n"), "before\n<!-- bench:x:begin -->\nnew\n<!-- bench:x:end -->\nafter\n");
    assert.throws(() => replaceBetween(page, "y", "new"), /bench:y:begin/);
  });
});

describe("arguments of the benchmark", () => {
  it("choose sections in a fixed order", () => {
    assert.deepEqual(readArguments([]).sections, SECTIONS);
    assert.deepEqual(readArguments(["--only", "memory", "--only", "fetch"]).sections, ["fetch", "memory"]);
    assert.deepEqual(readArguments(["--only", "memory,fetch", "--quick"]), { sections: ["fetch", "memory"], quick: true, json: false, writeDocs: false, strict: false, clock: "wall", rounds: undefined, seed: 1 });
  });

  it("refuse what they do not know", () => {
    assert.throws(() => readArguments(["--only", "koa"]), /no section koa/);
    assert.throws(() => readArguments(["--clock", "sun"]), /--clock/);
    assert.throws(() => readArguments(["--rounds", "0"]), /--rounds/);
    assert.throws(() => readArguments(["--fast"]), /fast/);
  });
});
