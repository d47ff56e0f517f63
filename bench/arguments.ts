import { parseArgs } from "node:util";

export const SECTIONS = ["fetch", "express", "memory", "crypto", "stores", "sweep"] as const;
export type SectionName = (typeof SECTIONS)[number];

export interface BenchArguments {
  readonly sections: readonly SectionName[];
  /** Fewer rounds and sessions: to see that all works, not to publish. */
  readonly quick: boolean;
  readonly json: boolean;
  readonly writeDocs: boolean;
  /** Exit with 1 when a wanted number was missed. */
  readonly strict: boolean;
  readonly clock: "wall" | "cpu";
  readonly rounds: number | undefined;
  readonly seed: number;
}

export const USAGE = `npm run bench -- [options]

  --only NAME   one of ${SECTIONS.join(", ")}; may be given several times. Default: all
  --quick       a short run, to see that everything works
  --rounds N    rounds to take the median of (default 301, quick 40)
  --clock NAME  wall (default) or cpu: processor time of all threads, coarse on some kernels
  --seed N      the order of the slices (default 1)
  --json        print the results as JSON
  --write-docs  put the tables into docs/performance.md
  --strict      exit with 1 when a wanted number is missed`;

/** Reads the command line; throws a sentence that says what is wrong with it. */
export function readArguments(words: readonly string[]): BenchArguments {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: "string", multiple: true },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      "write-docs": { type: "boolean", default: false },
      strict: { type: "boolean", default: false },
      clock: { type: "string", default: "wall" },
      rounds: { type: "string" },
      seed: { type: "string", default: "1" },
    },
  });
  const sections = values.only === undefined ? SECTIONS : values.only.flatMap((list) => list.split(",")).map(sectionOf);
  if (values.clock !== "wall" && values.clock !== "cpu") throw new Error(`--clock is wall or cpu, not ${values.clock}.`);
  return {
    sections: SECTIONS.filter((section) => sections.includes(section)),
    quick: values.quick,
    json: values.json,
    writeDocs: values["write-docs"],
    strict: values.strict,
    clock: values.clock,
    rounds: values.rounds === undefined ? undefined : wholeNumber("--rounds", values.rounds, 1),
    seed: wholeNumber("--seed", values.seed, 0),
  };
}

function sectionOf(name: string): SectionName {
  const section = SECTIONS.find((candidate) => candidate === name);
  if (section === undefined) throw new Error(`There is no section ${name}: choose from ${SECTIONS.join(", ")}.`);
  return section;
}

function wholeNumber(option: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least) throw new Error(`${option} takes a whole number of at least ${least}, not ${text}.`);
  return number;
}
