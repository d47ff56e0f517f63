import type { SessionStore } from "../store/store.ts";

/** A batch may take so much longer than the quickest one, in milliseconds. */
const MORE_MS = 2;
/** How many records the first batch removes, and the smallest. */
const FIRST = 16;
const LEAST = 8;
const MOST = 500;
/** Requests come first for so many times as long as a batch took: where a batch stops the whole process, of 100 requests not one meets it. */
const REST = 200;
/** An engine of its own goes on answering meanwhile. */
const REST_OF_SERVER = 20;
const LEAST_REST_MS = 20;
const LONGEST_REST_MS = 10_000;

/**
 * How many records go at once, and how long requests come first afterwards, by what the batches before took. No fixed number fits: SQLite
 * stops the whole process for as long as a batch takes, and an engine waits for its disk at the end of each, a millisecond or thirty. Whatever was slow is done less often, so that few requests meet it.
 */
export class SweepPace {
  readonly #most: number;
  readonly #rest: number;
  #size: number;
  #restMs = LEAST_REST_MS;
  #quickestMs = Number.POSITIVE_INFINITY;

  /**
   * @param most no batch is larger
   * @param rest how many times as long as a batch the rest is
   */
  constructor(most: number = MOST, rest: number = REST) {
    this.#most = most;
    this.#rest = rest;
    this.#size = Math.min(FIRST, most);
  }

  /** The pace for a store: one that is a server's rests for less. */
  static for({ capabilities }: Pick<SessionStore, "capabilities">, most?: number): SweepPace {
    return new SweepPace(most, capabilities.shared === "network" ? REST_OF_SERVER : REST);
  }

  /** How many records the next batch removes at most. */
  get size(): number {
    return this.#size;
  }

  /** How long to wait before the next batch, in milliseconds. */
  get restMs(): number {
    return this.#restMs;
  }

  /** A batch of `size` has removed so many records in so many milliseconds. @returns whether more are waiting */
  settle(removed: number, tookMs: number): boolean {
    const isFull = removed >= this.#size;
    // One that removed nothing wrote nothing either, and says nothing of what writing costs.
    if (removed > 0) this.#quickestMs = Math.min(this.#quickestMs, tookMs);
    const overMs = tookMs - this.#quickestMs - MORE_MS;
    this.#restMs = Math.ceil(Math.min(LONGEST_REST_MS, Math.max(LEAST_REST_MS, tookMs * this.#rest)));
    if (overMs > 0) this.#size = Math.max(Math.min(LEAST, this.#most), this.#size >> 1);
    else if (isFull && overMs < -MORE_MS / 2) this.#size = Math.min(this.#most, this.#size + (this.#size >> 1) + 1);
    return isFull;
  }
}
