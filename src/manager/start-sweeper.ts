import { startTimer, systemClock, type Clock } from "../clock.ts";
import { ConfigurationError } from "../errors.ts";
import { parseDuration, type Duration } from "../session/duration.ts";
import { isLeasable, isSweepable, type Sweepable } from "../store/capabilities.ts";
import type { SessionStore } from "../store/store.ts";
import { publish } from "./events.ts";
import { toStoreError } from "./store-errors.ts";

export interface SweeperOptions {
  /** How often. Default: `"5m"`. */
  readonly every?: Duration;
  /** Where the time is read. Default: the machine's clock. */
  readonly clock?: Clock;
}

/** What `startSweeper` returns. */
export interface SweepingTimer {
  /** Sweeps now, if it is this node's turn. @returns how many records went */
  run(): Promise<number>;
  /** No more sweeps; resolves when one that is under way has ended. */
  stop(): Promise<void>;
}

const BATCH = 500;
/** Between batches requests come first. */
const PAUSE_MS = 20;

/**
 * Removes expired records every few minutes, in batches of 500 with pauses. Of all nodes on one SQL database only one does it at a time: it
 * holds a lease, and another takes over when it has ended. Its timer keeps no process alive. For applications that switch `sweep` off or
 * write seldom; `npx coatcheck clearsessions --loop` is the same as a process of its own.
 *
 * @param store the store that was passed to `createCoatcheck`
 * @throws ConfigurationError when the store cannot sweep; InvalidDuration
 * @example
 * const sweeper = startSweeper(store, { every: "10m" });
 * process.once("SIGTERM", () => void sweeper.stop());
 */
export function startSweeper(store: SessionStore, options: SweeperOptions = {}): SweepingTimer {
  if (!isSweepable(store)) throw new ConfigurationError("store", `the ${store.name} store has nothing to sweep: ${store.capabilities.ownExpiry ? "its engine removes expired records by itself" : "it has no sweep"}.`);
  const seconds = parseDuration("startSweeper.every", options.every ?? "5m");
  if (seconds < 1) throw new ConfigurationError("startSweeper.every", "must be at least a second.");
  return new Sweeping(store, seconds, options.clock ?? systemClock);
}

class Sweeping implements SweepingTimer {
  readonly #store: SessionStore & Sweepable;
  readonly #seconds: number;
  readonly #clock: Clock;
  #stopTimer: () => void;
  #running: Promise<number> | null = null;
  #isStopped = false;

  constructor(store: SessionStore & Sweepable, seconds: number, clock: Clock) {
    this.#store = store;
    this.#seconds = seconds;
    this.#clock = clock;
    this.#stopTimer = this.#wind();
  }

  run(): Promise<number> {
    this.#running ??= this.#sweep().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopTimer();
    await this.#running;
  }

  #wind(): () => void {
    return startTimer(this.#seconds * 1000, () => {
      void this.run().finally(() => {
        if (!this.#isStopped) this.#stopTimer = this.#wind();
      });
    });
  }

  async #sweep(): Promise<number> {
    let total = 0;
    try {
      // The lease is taken anew before each batch: whoever loses it stops.
      while (!this.#isStopped && (await this.#isMyTurn())) {
        const removed = await this.#store.sweep(BATCH, { now: this.#clock.now() });
        total += removed;
        if (removed < BATCH) break;
        await this.#clock.wait(PAUSE_MS);
      }
    } catch (error) {
      toStoreError(error, "sweep");
    }
    if (total > 0) publish("store.swept", { removed: total });
    return total;
  }

  async #isMyTurn(): Promise<boolean> {
    return !isLeasable(this.#store) || this.#store.tryLease("sweep", this.#seconds * 2, { now: this.#clock.now() });
  }
}
