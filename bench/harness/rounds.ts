import type { Meter } from "./meter.ts";
import { median } from "./statistics.ts";
import { seededRandom, shuffle } from "./shuffle.ts";

/** A piece of work that is ready to run: everything that is not to be timed was done when it was made. */
export interface Slice {
  /**
   * Does the work in laps of equally many operations and calls `lap` after each. The slice counts as its median lap, so
   * that a lap in which another program had the processor does not count.
   */
  run(lap: () => void): Promise<void> | void;
}

/** One thing to time: a contender in a row. */
export interface Cell {
  readonly key: string;
  /** Cells that are compared with each other run next to each other. */
  readonly group: string;
  /** Operations in one slice. */
  readonly operations: number;
  /**
   * Operations that run right before the timed ones. The first after a garbage collection and after other contenders find cold
   * caches, and cost two to three times as much as those that follow. Default: none.
   */
  readonly leadIn?: number;
  /** Makes a slice of `operations`; not timed. */
  prepare(operations: number): Slice | Promise<Slice>;
  /** Called after a slice with all operations that ran, not timed. Throws when the slice did not do its work. */
  check?(operations: number): void;
}

/** Of one operation, one entry a round. */
export interface Samples {
  readonly microseconds: number[];
  /** Allocated on the heap; zeros where nobody reads it. */
  readonly bytes: number[];
}

export interface RoundsOptions {
  readonly meter: Meter;
  readonly seed?: number;
  /**
   * Collects garbage: fully before the first round, the young generation before each slice. Default: nothing. A full collection
   * in every round would drop the hidden classes that no object has at that moment, and with them the code that was optimized
   * for them: the rounds would then time the compiler.
   */
  readonly collect?: (kind: "full" | "young") => void;
  /** Reads the bytes in use on the heap; what a slice allocates is its growth, since nothing is collected meanwhile. */
  readonly heap?: () => number;
}

const ignore = (): void => undefined;

/**
 * Cells in rounds: each round runs every cell once. The order of the groups, and of the cells in each, is shuffled anew each time, so that
 * drift of the machine falls on all alike, and what is compared lies milliseconds apart.
 */
export class Rounds {
  /** By the cells' keys. */
  readonly samples: ReadonlyMap<string, Samples>;
  readonly #groups: readonly (readonly Cell[])[];
  readonly #options: RoundsOptions;
  readonly #random: () => number;
  #begun = false;

  constructor(cells: readonly Cell[], options: RoundsOptions) {
    this.samples = new Map(cells.map((cell) => [cell.key, { microseconds: [], bytes: [] }]));
    if (this.samples.size !== cells.length) throw new Error("Two cells have the same key.");
    this.#groups = [...new Set(cells.map((cell) => cell.group))].map((group) => cells.filter((cell) => cell.group === group));
    this.#options = options;
    this.#random = seededRandom(options.seed ?? 1);
  }

  /** @param keep false: the rounds only warm up, and their samples are thrown away */
  async run(rounds: number, keep: boolean): Promise<void> {
    if (!this.#begun) this.#options.collect?.("full");
    this.#begun = true;
    for (let round = 0; round < rounds; round++) {
      for (const group of shuffle(this.#groups, this.#random)) {
        for (const cell of shuffle(group, this.#random)) await this.#runCell(cell, keep);
      }
    }
  }

  async #runCell(cell: Cell, keep: boolean): Promise<void> {
    const { meter, collect, heap } = this.#options;
    const lead = cell.leadIn === undefined ? undefined : await cell.prepare(cell.leadIn);
    const slice = await cell.prepare(cell.operations);
    collect?.("young");
    await lead?.run(ignore);
    const laps: number[] = [];
    const heapBefore = heap?.() ?? 0;
    let last = meter.read();
    await slice.run(() => {
      const now = meter.read();
      laps.push(now - last);
      last = now;
    });
    const grown = (heap?.() ?? 0) - heapBefore;
    cell.check?.(cell.operations + (cell.leadIn ?? 0));
    if (!keep) return;
    const samples = this.samples.get(cell.key) as Samples;
    samples.microseconds.push((median(laps) * laps.length) / cell.operations);
    samples.bytes.push(grown / cell.operations);
  }
}
