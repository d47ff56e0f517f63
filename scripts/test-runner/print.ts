import type { FileResult } from "./run-file.ts";

const indent = (text: string, by: string): string => text.replaceAll(/^\s+at .*(\(node:|node:internal).*\n?/gm, "").trimEnd().replaceAll(/^(?=.)/gm, by);

export function printFailures(result: FileResult, print: (line: string) => void): void {
  const shown = new Set<string>();
  for (const { name, detail } of result.failures) {
    print(`${shown.has(detail) ? "" : "\n"}✖ ${result.file}: ${name}${shown.has(detail) ? " (the same)" : ""}`);
    if (!shown.has(detail)) print(indent(detail, "    "));
    shown.add(detail);
  }
  if (result.failures.length > 0 && result.output.trim() !== "") {
    print(`\n  ${result.file} printed:`);
    print(indent(result.output, "    | "));
  }
}

export function printGroup(name: string, results: readonly FileResult[], milliseconds: number, print: (line: string) => void): void {
  const passed = sum(results, (r) => r.passed);
  const failed = sum(results, (r) => r.failures.length);
  const skipped = sum(results, (r) => r.skips.length);
  const counts = [`${passed} ok`, ...(failed > 0 ? [`${failed} FAILED`] : []), ...(skipped > 0 ? [`${skipped} SKIPPED`] : [])].join(", ");
  print(`${failed > 0 ? "✖" : "✔"} ${name.padEnd(9)} ${String(results.length).padStart(3)} files  ${counts}  (${(milliseconds / 1000).toFixed(1)} s)`);
}

/** Skips are loud: each reason once, with what it left out. */
export function printSkips(results: readonly FileResult[], print: (line: string) => void): void {
  const byReason = new Map<string, string[]>();
  for (const { file, skips } of results) {
    for (const { name, reason } of skips) {
      const key = reason === "" ? "no reason given" : reason;
      byReason.set(key, [...(byReason.get(key) ?? []), `${file}: ${name}`]);
    }
  }
  for (const [reason, names] of byReason) {
    print(`\nSKIPPED ${names.length}: ${reason}`);
    for (const name of names.slice(0, 5)) print(`    ${name}`);
    if (names.length > 5) print(`    and ${names.length - 5} more`);
  }
}

export function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
