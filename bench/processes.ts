import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { mergeComparisons } from "./compare.ts";
import type { Comparison } from "./compare.ts";
import { seededRandom, shuffle } from "./harness/shuffle.ts";
import type { MemoryUse } from "./memory.ts";
import type { OperationTime } from "./operations.ts";
import { matchCount } from "./sections.ts";
import type { SectionSettings } from "./sections.ts";

/** What a child can be asked. */
export type Question =
  | { readonly ask: "open"; readonly section: "fetch" | "express"; readonly index: number; readonly settings: SectionSettings }
  | { readonly ask: "run"; readonly rounds: number; readonly keep: boolean }
  | { readonly ask: "finish" }
  | { readonly ask: "memory"; readonly store: "ours" | "express-session"; readonly settings: SectionSettings }
  | { readonly ask: "crypto"; readonly settings: SectionSettings };

type Reply = { readonly result: unknown } | { readonly failure: string };

const CHILD = fileURLToPath(new URL("./child.ts", import.meta.url));

/**
 * The young generation has the size that it grows to by itself under load, from the beginning: then a slice, which follows a
 * collection, fits into it, and no contender is charged for what another left behind. Marking happens at once instead of
 * bit by bit: the requests that lie ready make the old generation grow far faster than a server's, and while marking goes
 * on every store into an object costs more, which would be charged to whoever happens to run.
 */
const FLAGS = ["--expose-gc", "--min-semi-space-size=16", "--max-semi-space-size=16", "--no-incremental-marking"];

/** Rounds that a process runs before it is the next one's turn. */
const ROUNDS_PER_TURN = 4;

/** A fresh process without NODE_ENV, so that every layer runs as in production. */
class Child {
  readonly #process: ChildProcess;

  constructor() {
    const { NODE_ENV: _, ...environment } = process.env;
    this.#process = fork(CHILD, [], { execArgv: [...process.execArgv, ...FLAGS], env: environment, serialization: "advanced" });
  }

  /** Asks one thing and waits for the answer. */
  async ask(question: Question): Promise<unknown> {
    const child = this.#process;
    const reply = await new Promise<Reply>((resolve, reject) => {
      const left = (code: number | null): void => reject(new Error(`A process of the benchmark ended with code ${code}.`));
      child.once("exit", left);
      child.once("message", (message) => {
        child.off("exit", left);
        resolve(message as Reply);
      });
      child.send(question);
    });
    if ("failure" in reply) throw new Error(reply.failure);
    return reply.result;
  }

  close(): void {
    if (this.#process.connected) this.#process.disconnect();
  }
}

/** Compares the contenders of a section. Their processes take turns, in shuffled order; only one of them ever works. */
export async function compareInTurns(section: "fetch" | "express", settings: SectionSettings, progress: (text: string) => void): Promise<Comparison> {
  const children = Array.from({ length: matchCount(section) }, () => new Child());
  const random = seededRandom(settings.seed);
  try {
    for (const [index, child] of children.entries()) {
      progress(`${section}: warming up ${index + 1} of ${children.length}`);
      await child.ask({ ask: "open", section, index, settings });
      await child.ask({ ask: "run", rounds: settings.warmUpRounds, keep: false });
    }
    for (let done = 0; done < settings.rounds; done += ROUNDS_PER_TURN) {
      const rounds = Math.min(ROUNDS_PER_TURN, settings.rounds - done);
      progress(`${section}: ${done} of ${settings.rounds} rounds`);
      for (const child of shuffle(children, random)) await child.ask({ ask: "run", rounds, keep: true });
    }
    const comparisons: Comparison[] = [];
    for (const child of children) comparisons.push((await child.ask({ ask: "finish" })) as Comparison);
    return mergeComparisons(comparisons);
  } finally {
    for (const child of children) child.close();
  }
}

/** The memory that a store takes, in a process without anything else. */
export async function measureMemoryApart(store: "ours" | "express-session", settings: SectionSettings): Promise<MemoryUse> {
  return (await askOnce({ ask: "memory", store, settings })) as MemoryUse;
}

/** Single operations, in a process of their own. */
export async function timeOperationsApart(section: "crypto", settings: SectionSettings): Promise<OperationTime[]> {
  return (await askOnce({ ask: section, settings })) as OperationTime[];
}

async function askOnce(question: Question): Promise<unknown> {
  const child = new Child();
  try {
    return await child.ask(question);
  } finally {
    child.close();
  }
}
