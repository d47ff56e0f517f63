import { readStopwatch, startTimer, systemClock, type Clock } from "../clock.ts";
import { ConfigurationError } from "../errors.ts";
import { parseDuration, type Duration } from "../session/duration.ts";
import { isLeasable, isSweepable, type Sweepable } from "../store/capabilities.ts";
import type { SessionStore } from "../store/store.ts";
import { publish } from "./events.ts";
import { toStoreError } from "./store-errors.ts";
import { SweepPace } from "./sweep-pace.ts";

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

/**
 * Removes expired records every few minutes, in small batches with pauses: a batch takes about 2 ms, and requests have the engine for 200 times
 * as long before the next one, 20 times where the engine is a server. That is hundreds of records a second by the disk, millions a day; what waits takes room and nothing else. Of all nodes
 * on one SQL database only one does it at a time: it holds a lease, and another takes over when it has ended. Its timer keeps no process
 * alive. For applications that switch `sweep` off or write seldom; `npx coatcheck clearsessions --loop` is the same as a process of its own.
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
  readonly #pace: SweepPace;
  readonly #stopped = new AbortController();
  #stopTimer: () => void;
  #running: Promise<number> | null = null;
  /** Somebody waits for the sweep that is under way: it keeps the process alive. */
  #isAwaited = false;
  #wake: (() => void) | null = null;

  constructor(store: SessionStore & Sweepable, seconds: number, clock: Clock) {
    this.#store = store;
    this.#seconds = seconds;
    this.#clock = clock;
    this.#pace = SweepPace.for(store);
    this.#stopTimer = this.#wind();
  }

  run(): Promise<number> {
    this.#isAwaited = true;
    this.#wake?.();
    return this.#begin();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#stopTimer();
    this.#wake?.();
    await this.#running;
  }

  #begin(): Promise<number> {
    this.#running ??= this.#sweep().finally(() => {
      this.#running = null;
      this.#isAwaited = false;
    });
    return this.#running;
  }

  #wind(): () => void {
    return startTimer(this.#seconds * 1000, () => {
      void this.#begin().finally(() => {
        if (!this.#stopped.signal.aborted) this.#stopTimer = this.#wind();
      });
    });
  }

  async #sweep(): Promise<number> {
    let total = 0;
    try {
      let leasedUntil = Number.NEGATIVE_INFINITY;
      for (;;) {
        if (this.#stopped.signal.aborted) break;
        const now = this.#clock.now();
        // Taken anew long before it ends; whoever has lost it stops.
        if (now >= leasedUntil - this.#seconds * 1500) {
          if (!(await this.#isMyTurn(now))) break;
          leasedUntil = now + this.#seconds * 2000;
        }
        const begun = readStopwatch();
        const removed = await this.#store.sweep(this.#pace.size, { now });
        total += removed;
        if (!this.#pace.settle(removed, readStopwatch() - begun)) break;
        await this.#rest(this.#pace.restMs);
      }
    } catch (error) {
      toStoreError(error, "sweep");
    }
    if (total > 0) publish("store.swept", { removed: total });
    return total;
  }

  async #rest(milliseconds: number): Promise<void> {
    if (this.#isAwaited) return this.#clock.wait(milliseconds, this.#stopped.signal).catch(() => undefined);
    await new Promise<void>((resolve) => {
      const stopTimer = startTimer(milliseconds, resolve);
      this.#wake = () => {
        stopTimer();
        resolve();
      };
    });
    this.#wake = null;
  }

  async #isMyTurn(now: number): Promise<boolean> {
    return !isLeasable(this.#store) || this.#store.tryLease("sweep", this.#seconds * 2, { now });
  }
}
