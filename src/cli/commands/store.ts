import { isByOwner, isMigratable, isScannable, isSweepable } from "../../store/capabilities.ts";
import type { SessionStore } from "../../store/store.ts";
import { takeCensus, type Census } from "../census.ts";
import { demandPositionals, numberOption, type Command } from "../command.ts";
import { EXIT } from "../failure.ts";
import { demandStore, type Opened } from "../open.ts";
import { probeStore, type ProbeStep } from "../probe.ts";
import { printable } from "../terminal.ts";

const COUNTED = 10_000;
const MOST_COUNTED = 100_000_000;
/** A difference that answers of an engine take anyway. */
const HARMLESS_MS = 1000;

/** What the store promises, holds and does. */
export const store: Command = {
  name: "store",
  summary: "says what the store promises and holds; --probe tries it",
  synopsis: "[--probe] [--limit COUNT]",
  options: { probe: { type: "boolean" }, limit: { type: "string" } },
  help: [
    ["--probe", "writes, reads, updates and removes a test record; exit code 1 when something does not work or is pending"],
    ["--limit COUNT", `counts at most so many sessions; default ${COUNTED}`],
  ],
  run: async ({ terminal, values, positionals, open, show }) => {
    demandPositionals("store", positionals);
    const limit = numberOption(values, "limit", COUNTED, MOST_COUNTED);
    const probes = values["probe"] === true;
    const opened = await open();
    const target = demandStore(opened.cloakroom);
    const readClock = (): number => terminal.clock.now();
    const pending = isMigratable(target) ? await target.pendingMigrations() : [];
    // Without its tables the store has nothing to count, and nothing can be tried on it.
    const steps = probes && pending.length === 0 ? await probeStore(target, readClock) : [];
    const census = pending.length === 0 ? await takeCensus(target, limit, readClock) : null;
    const engineClockMs = await compareClocks(opened, readClock);
    const failed = steps.some(({ passed }) => !passed);
    show(
      { store: target.name, capabilities: target.capabilities, can: listAbilities(target), pending, steps, sessions: census, engineClockDifferenceMs: engineClockMs },
      [`store: ${printable(target.name)}`, ...capabilityLines(target), ...pendingLines(pending), ...clockLines(engineClockMs, census), ...censusLines(census, target), ...stepLines(steps, probes, pending)],
    );
    return probes && (failed || pending.length > 0) ? EXIT.failed : EXIT.ok;
  },
};

/** How far the engine's clock is ahead of this machine's, or null where it cannot be asked. Half of the way is the answer's. */
async function compareClocks({ readEngineClock }: Opened, readClock: () => number): Promise<number | null> {
  if (readEngineClock === null) return null;
  const asked = readClock();
  const at = await readEngineClock();
  return Math.round(at - (asked + readClock()) / 2);
}

function listAbilities(target: SessionStore): Record<string, boolean> {
  return { sweep: isSweepable(target), byOwner: isByOwner(target), scan: isScannable(target), migrate: isMigratable(target) };
}

function capabilityLines(target: SessionStore): string[] {
  const say = ([name, value]: [string, unknown]): string => `  ${name}: ${value === true ? "yes" : value === false ? "no" : String(value)}`;
  return [...Object.entries(target.capabilities), ...Object.entries(listAbilities(target))].map(say);
}

function pendingLines(pending: readonly string[]): string[] {
  return pending.length === 0 ? [] : [...pending.map((step) => `pending: ${step}`), "`coatcheck migrate` does it."];
}

function clockLines(engineMs: number | null, census: Census | null): string[] {
  const lines = engineMs === null ? [] : [`clock: the engine's is ${Math.abs(engineMs)} ms ${engineMs < 0 ? "behind" : "ahead of"} this machine's`];
  if (census !== null && census.aheadMs > HARMLESS_MS) lines.push(`clock: a session was seen ${census.aheadMs} ms in the future, so an application's clock is ahead of this machine's; expiry goes by those clocks`);
  return lines;
}

function censusLines(census: Census | null, target: SessionStore): string[] {
  if (census === null) return isScannable(target) ? [] : ["sessions: the store cannot count them"];
  return [`sessions: ${census.more ? "more than " : ""}${census.sessions}, ${census.withOwner} of them of ${census.owners} users, ${census.bytes} bytes of data`];
}

function stepLines(steps: readonly ProbeStep[], probes: boolean, pending: readonly string[]): string[] {
  if (probes && pending.length > 0) return ["probe: not tried, because migrations are pending"];
  return steps.map(({ name, passed, ms }) => `probe: ${name}: ${passed ? "works" : "DOES NOT WORK"} (${ms} ms)`);
}
