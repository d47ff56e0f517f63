import { readStopwatch, type Clock } from "../clock.ts";
import { isSweepable, type Sweepable } from "../store/capabilities.ts";
import type { SessionStore } from "../store/store.ts";
import { publish } from "./events.ts";
import { toStoreError } from "./store-errors.ts";
import { SweepPace } from "./sweep-pace.ts";

/** One batch for so many writes. */
const WRITES_PER_SWEEP = 64;
/** While more are waiting, so many records go for each write: at most as many expire as were written. */
const RECORDS_PER_WRITE = 1.5;
/**
 * When so many sessions more began than records went there is no more rest: so many go at once, so that what waits never grows for ever, and of two
 * hundred sessions the beginning of one meets it.
 */
const KEEP_UP = 200;

/**
 * Removes expired records in small batches, after a response that wrote, now and then. No timer: it works where the process is
 * frozen between requests, and does nothing where nothing happens. A batch that took long is followed by a long rest.
 */
export class Sweeper {
  readonly #store: Sweepable;
  readonly #clock: Clock;
  readonly #stopwatch: () => number;
  readonly #pace: SweepPace;
  #writesWanted = WRITES_PER_SWEEP;
  #writes = 0;
  /** Sessions that began, less the records that went since: nobody knows of more that could be waiting. */
  #begun = 0;
  #restUntil = Number.NEGATIVE_INFINITY;
  #running = false;

  private constructor(store: SessionStore & Sweepable, clock: Clock, stopwatch: () => number) {
    this.#store = store;
    this.#clock = clock;
    this.#stopwatch = stopwatch;
    this.#pace = SweepPace.for(store);
  }

  /** Null for a store whose engine removes expired records by itself, or that cannot sweep. */
  static for(store: SessionStore, clock: Clock, stopwatch: () => number = readStopwatch): Sweeper | null {
    return store.capabilities.ownExpiry || !isSweepable(store) ? null : new Sweeper(store, clock, stopwatch);
  }

  /** Call after each write, once the response does not wait any more. @param begins whether a session began with it */
  countWrite(begins: boolean): void {
    if (begins) this.#begun++;
    if (++this.#writes < this.#writesWanted || this.#running) return;
    const isBehind = this.#begun >= KEEP_UP;
    if (!isBehind && this.#stopwatch() < this.#restUntil) return;
    this.#writes = 0;
    this.#running = true;
    void this.#sweep(isBehind ? KEEP_UP : this.#pace.size).finally(() => {
      this.#running = false;
    });
  }

  async #sweep(limit: number): Promise<void> {
    try {
      const begun = this.#stopwatch();
      const removed = await this.#store.sweep(limit, { now: this.#clock.now() });
      if (removed > 0) publish("store.swept", { removed });
      const ended = this.#stopwatch();
      const isFull = this.#pace.settle(removed, ended - begun);
      this.#begun = removed < limit ? 0 : Math.max(0, this.#begun - removed);
      this.#writesWanted = isFull ? Math.ceil(removed / RECORDS_PER_WRITE) : WRITES_PER_SWEEP;
      if (isFull) this.#restUntil = ended + this.#pace.restMs;
    } catch (error) {
      this.#writesWanted = WRITES_PER_SWEEP;
      toStoreError(error, "sweep");
    }
  }
}
