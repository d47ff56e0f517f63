import { isByOwner, isMigratable, isScannable, isSweepable } from "../../store/capabilities.ts";
import type { SessionStore } from "../../store/store.ts";
import type { SealedStore } from "../../stores/sealed.ts";
import { takeCensus, type Census } from "../census.ts";
import { demandPositionals, numberOption, type Command } from "../command.ts";
import { EXIT, usageFailure } from "../failure.ts";
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
  synopsis: "[--probe] [--keys] [--limit COUNT]",
  options: { probe: { type: "boolean" }, keys: { type: "boolean" }, limit: { type: "string" } },
  help: [
    ["--probe", "writes, reads, updates and removes a test record; exit code 1 when something does not work or is pending"],
    ["--keys", "counts the records that each secret seals, so that one sees when an old secret can be dropped; walks over all of them"],
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
    const keys = values["keys"] === true ? await countKeys(target, readClock()) : null;
    const engineClockMs = await compareClocks(opened, readClock);
    const failed = steps.some(({ passed }) => !passed);
    show(
      { store: target.name, capabilities: target.capabilities, can: listAbilities(target), pending, steps, sessions: census, ...(keys === null ? {} : { keys: Object.fromEntries(keys) }), engineClockDifferenceMs: engineClockMs },
      [`store: ${printable(target.name)}`, ...capabilityLines(target), ...pendingLines(pending), ...clockLines(engineClockMs, census), ...censusLines(census, target), ...keyLines(keys), ...stepLines(steps, probes, pending)],
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

/** The application's copy of Coatcheck may be another one, so the method decides and not the class. */
async function countKeys(target: SessionStore, now: number): Promise<Map<string, number>> {
  const { countByKey } = target as Partial<Pick<SealedStore, "countByKey">>;
  if (countByKey === undefined || !isScannable(target)) throw usageFailure("--keys: there is nothing sealed to count. It wants the application's configuration (--config), with session.codec: sealed(), and a store that can be walked over.");
  return countByKey.call(target, { now });
}

function keyLines(keys: Map<string, number> | null): string[] {
  if (keys === null) return [];
  const [newest] = keys.keys();
  const listed = (name: string): string => (name === newest ? " (the newest secret)" : name === "unknown" ? " (a secret that is not listed: nobody can read them)" : name === "plain" ? " (not sealed)" : keys.get(name) === 0 ? " (can be dropped)" : "");
  return [...keys].map(([name, count]) => `sealed under ${name}: ${count}${listed(name)}`);
}

function stepLines(steps: readonly ProbeStep[], probes: boolean, pending: readonly string[]): string[] {
  if (probes && pending.length > 0) return ["probe: not tried, because migrations are pending"];
  return steps.map(({ name, passed, ms }) => `probe: ${name}: ${passed ? "works" : "DOES NOT WORK"} (${ms} ms)`);
}
