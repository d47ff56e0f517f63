import type { Clock } from "../clock.ts";
import { isSweepable, type Sweepable } from "../store/capabilities.ts";
import type { SessionStore } from "../store/store.ts";
import { publish } from "./events.ts";
import { toStoreError } from "./store-errors.ts";

/** One batch for so many writes. At most as many expire as were written, so this keeps up. */
const WRITES_PER_SWEEP = 64;
const BATCH = 200;

/**
 * Removes expired records in small batches, after a response that wrote, now and then. No timer: it works where the process is
 * frozen between requests, and does nothing where nothing happens.
 */
export class Sweeper {
  readonly #store: Sweepable;
  readonly #clock: Clock;
  #writes = 0;
  #running = false;

  private constructor(store: Sweepable, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Null for a store whose engine removes expired records by itself, or that cannot sweep. */
  static for(store: SessionStore, clock: Clock): Sweeper | null {
    return store.capabilities.ownExpiry || !isSweepable(store) ? null : new Sweeper(store, clock);
  }

  /** Call after each write, once the response does not wait any more. */
  countWrite(): void {
    if (++this.#writes < WRITES_PER_SWEEP || this.#running) return;
    this.#writes = 0;
    this.#running = true;
    void this.#sweep().finally(() => {
      this.#running = false;
    });
  }

  async #sweep(): Promise<void> {
    try {
      const removed = await this.#store.sweep(BATCH, { now: this.#clock.now() });
      if (removed > 0) publish("store.swept", { removed });
      // A full batch means that more are waiting: come back soon.
      if (removed === BATCH) this.#writes = WRITES_PER_SWEEP - 4;
    } catch (error) {
      toStoreError(error, "sweep");
    }
  }
}
