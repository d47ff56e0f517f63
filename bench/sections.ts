/** What runs in a process of its own: a contender with its bare framework, or the memory of one store. */

import { Match } from "./compare.ts";
import type { Contender } from "./contenders/contender.ts";
import { bareExpress, coatcheckExpress, expressSessionContender } from "./contenders/express-contenders.ts";
import { bareFastify, fastifySecureSessionContender, fastifySessionContender } from "./contenders/fastify-contenders.ts";
import { bareFetch, coatcheckFetch, coatcheckFetchSealed, floorFetch } from "./contenders/fetch-contenders.ts";
import { bareNode, coatcheckNodeSealed } from "./contenders/node-contenders.ts";
import { cryptoOperations } from "./crypto.ts";
import { cpuMeter, wallMeter } from "./harness/meter.ts";
import type { RoundsOptions } from "./harness/rounds.ts";
import { measureMemory } from "./memory.ts";
import type { MemoryUse } from "./memory.ts";
import { timeOperations } from "./operations.ts";
import type { OperationTime } from "./operations.ts";
import { ROWS } from "./rows.ts";

export interface SectionSettings {
  readonly rounds: number;
  readonly warmUpRounds: number;
  readonly clock: "wall" | "cpu";
  readonly seed: number;
  /** Sessions for the memory section. */
  readonly sessions: number;
}

/**
 * Each contender with its bare framework, in a process of their own, as an application has it: beside another layer the frameworks'
 * shared code sees twice as many kinds of objects, and whoever uses more of it pays for that.
 */
const MATCHES: Readonly<Record<"fetch" | "express", readonly (() => Promise<readonly Contender[]>)[]>> = {
  fetch: [
    async () => [bareFetch(), floorFetch()],
    async () => [bareFetch(), coatcheckFetch()],
    async () => [bareFetch(), coatcheckFetchSealed()],
    async () => [bareNode(), coatcheckNodeSealed(true)],
    async () => [bareNode(), coatcheckNodeSealed(false)],
    async () => [await bareFastify(), await fastifySessionContender()],
    async () => [await bareFastify(), await fastifySecureSessionContender()],
  ],
  express: [async () => [bareExpress(), coatcheckExpress()], async () => [bareExpress(), expressSessionContender()]],
};

/** How many processes a comparison takes. */
export function matchCount(section: "fetch" | "express"): number {
  return MATCHES[section].length;
}

/** The contenders of one process, proved and ready. */
export async function openMatch(section: "fetch" | "express", index: number, settings: SectionSettings): Promise<Match> {
  const make = MATCHES[section][index];
  if (make === undefined) throw new Error(`The section ${section} has no process ${index}.`);
  return await Match.open(await make(), ROWS, roundsOptions(settings));
}

/** The memory of a store with very many sessions. */
export async function measureStoreMemory(store: "ours" | "express-session", settings: SectionSettings): Promise<MemoryUse> {
  const contender = store === "ours" ? coatcheckExpress(settings.sessions * 2) : expressSessionContender();
  return await measureMemory(contender, settings.sessions, () => collectGarbage("full"));
}

/** Signatures, seals and CSRF tokens. */
export async function timeCrypto(settings: SectionSettings): Promise<OperationTime[]> {
  return await timeOperations(await cryptoOperations(), { warmUp: settings.warmUpRounds, kept: settings.rounds }, roundsOptions(settings));
}

/** Needs `--expose-gc`. */
export function collectGarbage(kind: "full" | "young"): void {
  if (globalThis.gc === undefined) throw new Error("The benchmark's processes need --expose-gc.");
  if (kind === "full") globalThis.gc();
  else globalThis.gc({ type: "minor" });
}

export function roundsOptions(settings: SectionSettings): RoundsOptions {
  return {
    meter: settings.clock === "cpu" ? cpuMeter : wallMeter,
    seed: settings.seed,
    collect: collectGarbage,
    heap: () => process.memoryUsage().heapUsed,
  };
}
