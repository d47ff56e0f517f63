/** Turns results into Markdown: the same text on the terminal and in the documentation. */

import type { Comparison } from "./compare.ts";
import type { MemoryUse } from "./memory.ts";
import type { OperationTime } from "./operations.ts";
import type { RowName } from "./rows.ts";
import type { Verdict } from "./wanted.ts";

/** Rows of cells as a Markdown table; numbers stand on the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, 3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (column === 0 ? (cells[column] ?? "").padEnd(width) : (cells[column] ?? "").padStart(width))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

/** Microseconds with as many digits as mean something. */
export function formatMicroseconds(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0);
}

/** What each contender adds in each row, and below it the bare frameworks. */
export function comparisonTable(comparison: Comparison, rows: readonly RowName[]): string {
  const names = [...new Set(comparison.added.map((one) => one.contender))];
  const lines = names.map((name) => [
    name,
    ...rows.map((row) => {
      const one = comparison.added.find((candidate) => candidate.contender === name && candidate.row === row);
      return one === undefined ? "n/a" : `${formatMicroseconds(one.microseconds)} ±${formatMicroseconds(one.uncertainty)}`;
    }),
  ]);
  const bare = [...new Set(comparison.baselines.map((one) => one.contender))].flatMap((name) => {
    const of = (row: RowName): Comparison["baselines"][number] | undefined => comparison.baselines.find((one) => one.contender === name && one.row === row);
    return [
      [`(${name}, whole request)`, ...rows.map((row) => format(of(row)?.microseconds))],
      [`(${name} minus itself)`, ...rows.map((row) => format(of(row)?.nothing))],
    ];
  });
  return table(["µs added to a request", ...rows], [...lines, ...bare]);
}

function format(value: number | undefined): string {
  return value === undefined ? "n/a" : formatMicroseconds(value);
}

/** What each contender allocates for a request, over its framework: the collector's work, which the microseconds leave out. */
export function bytesTable(comparison: Comparison, rows: readonly RowName[]): string {
  const names = [...new Set(comparison.added.map((one) => one.contender))];
  const bytesOf = (name: string, row: RowName): string => {
    const one = comparison.added.find((candidate) => candidate.contender === name && candidate.row === row);
    // Where large texts made the collector run in the middle of slices, the heap's growth tells nothing.
    return one === undefined || one.bytes < 0 ? "n/a" : (one.bytes / 1024).toFixed(1);
  };
  return table(["KiB allocated for a request", ...rows], names.map((name) => [name, ...rows.map((row) => bytesOf(name, row))]));
}

export function verdictTable(verdicts: readonly Verdict[]): string {
  return table(
    ["what", "wanted", "measured", "verdict"],
    verdicts.map((verdict) => [verdict.what, verdict.wanted, verdict.measured, verdict.ok ? "OK" : "MISSED"]),
  );
}

export function memoryTable(uses: readonly MemoryUse[]): string {
  return table(
    ["memory store", "sessions", "bytes each"],
    uses.map((use) => [use.contender, use.sessions.toLocaleString("en"), use.bytesEach.toFixed(0)]),
  );
}

export function operationsTable(title: string, times: readonly OperationTime[]): string {
  return table(
    [title, "µs", "±"],
    times.map((time) => [time.operation, formatMicroseconds(time.microseconds), formatMicroseconds(time.uncertainty)]),
  );
}
