import { readFile, writeFile } from "node:fs/promises";
import { readArguments, USAGE } from "./arguments.ts";
import type { BenchArguments } from "./arguments.ts";
import { replaceBetween } from "./docs.ts";
import { describeMachine } from "./machine.ts";
import { bytesTable, comparisonTable, memoryTable, operationsTable, verdictTable } from "./report.ts";
import { ROWS } from "./rows.ts";
import { seededRandom } from "./harness/shuffle.ts";
import { judgeStores, measureStores, storesTable } from "./stores/measure.ts";
import { judgeSweep, measureSweep, sweepTable } from "./sweep.ts";
import { compareInTurns, measureMemoryApart, timeOperationsApart } from "./processes.ts";
import type { SectionSettings } from "./sections.ts";
import { judgeCrypto, judgeExpress, judgeFetch, judgeMemory } from "./wanted.ts";
import type { Verdict } from "./wanted.ts";

const DOCS_PAGE = new URL("../docs/performance.md", import.meta.url);
const ROW_NAMES = ROWS.map((row) => row.name);

interface Part {
  /** The marker in docs/performance.md. */
  readonly name: string;
  readonly title: string;
  readonly text: string;
  readonly verdicts: readonly Verdict[];
  readonly data: unknown;
}

function settingsFor(options: BenchArguments): SectionSettings {
  return {
    rounds: options.rounds ?? (options.quick ? 40 : 301),
    warmUpRounds: options.quick ? 60 : 150,
    clock: options.clock,
    seed: options.seed,
    sessions: options.quick ? 20_000 : 200_000,
  };
}

async function measure(options: BenchArguments, settings: SectionSettings): Promise<Part[]> {
  const parts: Part[] = [];
  const wants = (name: BenchArguments["sections"][number]): boolean => options.sections.includes(name);
  if (wants("fetch")) {
    const data = await compareInTurns("fetch", settings, showProgress);
    parts.push({ name: "fetch", title: "fetch", text: `${comparisonTable(data, ROW_NAMES)}\n\n${bytesTable(data, ROW_NAMES)}`, verdicts: judgeFetch(data, ROW_NAMES), data });
  }
  if (wants("express")) {
    const data = await compareInTurns("express", settings, showProgress);
    parts.push({ name: "express", title: "Express", text: `${comparisonTable(data, ROW_NAMES)}\n\n${bytesTable(data, ROW_NAMES)}`, verdicts: judgeExpress(data, ROW_NAMES), data });
  }
  if (wants("memory")) {
    const ours = await measureMemoryApart("ours", settings);
    const theirs = await measureMemoryApart("express-session", settings);
    const verdicts = [judgeMemory(ours.bytesEach, theirs.bytesEach, theirs.contender)];
    parts.push({ name: "memory", title: "Memory", text: memoryTable([ours, theirs]), verdicts, data: [ours, theirs] });
  }
  if (wants("crypto")) {
    const data = await timeOperationsApart("crypto", settings);
    parts.push({ name: "crypto", title: "Signing, sealing, CSRF tokens", text: operationsTable("operation", data), verdicts: judgeCrypto(data), data });
  }
  if (wants("stores")) {
    const data = await measureStores(options.rounds ?? (options.quick ? 5 : 21), seededRandom(options.seed));
    parts.push({ name: "stores", title: "Stores on a network", text: storesTable(data), verdicts: judgeStores(data), data });
  }
  if (wants("sweep")) {
    // A minute for each engine, beside the filling of its table.
    const data = await measureSweep(Math.min(options.rounds ?? 9, 15), options.quick ? 50_000 : 1_000_000, seededRandom(options.seed));
    parts.push({ name: "sweep", title: "Sweeping while requests run", text: sweepTable(data), verdicts: judgeSweep(data), data });
  }
  return parts;
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text.padEnd(60)}\r`);
}

function render(part: Part): string {
  return part.verdicts.length === 0 ? part.text : `${part.text}\n\n${verdictTable(part.verdicts)}`;
}

async function main(words: readonly string[]): Promise<number> {
  if (words.includes("--help")) {
    console.log(USAGE);
    return 0;
  }
  const options = readArguments(words);
  const settings = settingsFor(options);
  const machine = describeMachine();
  const parts = await measure(options, settings);
  const missed = parts.flatMap((part) => part.verdicts).filter((verdict) => !verdict.ok);
  if (options.json) {
    console.log(JSON.stringify({ machine, settings, parts: parts.map(({ name, data, verdicts }) => ({ name, data, verdicts })) }, null, 2));
  } else {
    console.log(`${machine}\n${settings.rounds} rounds after ${settings.warmUpRounds} of warm-up, ${settings.clock} clock`);
    for (const part of parts) console.log(`\n${part.title}\n\n${render(part)}`);
    console.log(missed.length === 0 ? "\nEvery wanted number holds." : `\nMISSED: ${missed.length}`);
  }
  if (options.writeDocs) {
    let page = await readFile(DOCS_PAGE, "utf8");
    for (const part of parts) page = replaceBetween(page, part.name, render(part));
    page = replaceBetween(page, "machine", `${machine}; ${settings.rounds} rounds after ${settings.warmUpRounds} of warm-up.`);
    await writeFile(DOCS_PAGE, page);
  }
  return options.strict && missed.length > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
