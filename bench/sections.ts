/** What runs in a process of its own: the contenders of one framework, or the memory of one store. */

import { compare } from "./compare.ts";
import type { Comparison } from "./compare.ts";
import type { Contender } from "./contenders/contender.ts";
import { bareExpress, coatcheckExpress, expressSessionContender } from "./contenders/express-contenders.ts";
import { bareFastify, fastifySecureSessionContender, fastifySessionContender } from "./contenders/fastify-contenders.ts";
import { bareFetch, coatcheckFetch, floorFetch } from "./contenders/fetch-contenders.ts";
import { cpuMeter, wallMeter } from "./harness/meter.ts";
import type { RoundsOptions } from "./harness/rounds.ts";
import { measureMemory } from "./memory.ts";
import type { MemoryUse } from "./memory.ts";
import { ROWS } from "./rows.ts";

export interface SectionSettings {
  readonly rounds: number;
  readonly warmUpRounds: number;
  readonly clock: "wall" | "cpu";
  readonly seed: number;
  /** Sessions for the memory section. */
  readonly sessions: number;
}

/** What a child process sends back. */
export interface SectionResults {
  readonly fetch: Comparison;
  readonly express: Comparison;
  readonly "memory-ours": MemoryUse;
  readonly "memory-express-session": MemoryUse;
}

export type ChildName = keyof SectionResults;

type Runner<Name extends ChildName> = (settings: SectionSettings) => Promise<SectionResults[Name]>;

export const RUNNERS: { readonly [Name in ChildName]: Runner<Name> } = {
  fetch: async (settings) =>
    compare(
      [
        bareFetch(),
        floorFetch(),
        coatcheckFetch(),
        await bareFastify(),
        await fastifySessionContender(),
        await fastifySecureSessionContender(),
      ],
      ROWS,
      roundsOptions(settings),
    ),
  express: async (settings) => compare([bareExpress(), coatcheckExpress(), expressSessionContender()], ROWS, roundsOptions(settings)),
  "memory-ours": (settings) => memoryOf(coatcheckExpress(settings.sessions * 2), settings),
  "memory-express-session": (settings) => memoryOf(expressSessionContender(), settings),
};

/** Needs `--expose-gc`. */
export function collectGarbage(kind: "full" | "young" = "full"): void {
  if (globalThis.gc === undefined) throw new Error("The benchmark's processes need --expose-gc.");
  if (kind === "full") globalThis.gc();
  else globalThis.gc({ type: "minor" });
}

function roundsOptions(settings: SectionSettings): RoundsOptions {
  return {
    rounds: settings.rounds,
    warmUpRounds: settings.warmUpRounds,
    meter: settings.clock === "cpu" ? cpuMeter : wallMeter,
    seed: settings.seed,
    collect: collectGarbage,
    heap: () => process.memoryUsage().heapUsed,
    progress: (round, rounds) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${round} of ${rounds} rounds `);
    },
  };
}

function memoryOf(contender: Contender, settings: SectionSettings): Promise<MemoryUse> {
  return measureMemory(contender, settings.sessions, () => collectGarbage());
}
