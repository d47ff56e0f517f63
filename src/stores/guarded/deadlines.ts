import { startTimer } from "../../clock.ts";

/** A call that somebody waits for. */
interface Waiting {
  /** The tick at which it is given up. */
  readonly endsAt: number;
  readonly expire: () => void;
}

/** A limit is so many ticks long, so calls end at most a sixteenth late. */
const TICKS = 16;

/**
 * One time limit for many calls, with one timer for all of them, which exists only while a call is in flight and never keeps a process
 * alive. Time is counted in ticks of that timer and never read: a process that was busy or asleep counts one tick, so whatever has
 * been answered meanwhile is read before anybody is told that there was no answer.
 */
export class Deadlines {
  readonly #tickMs: number;
  /** Every call has the same limit, so they stand in the order in which they end. */
  readonly #waiting = new Set<Waiting>();
  #tick = 0;
  #stopTimer: (() => void) | null = null;

  constructor(limitMs: number) {
    this.#tickMs = Math.ceil(limitMs / TICKS);
  }

  /** How many calls are waited for. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Settles as `work` does, or rejects with what `onLimit` makes once the limit has passed. What `work` does after that is ignored. */
  limit<T>(work: Promise<T>, onLimit: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const entry: Waiting = { endsAt: this.#tick + TICKS + 1, expire: () => reject(onLimit()) };
      this.#waiting.add(entry);
      if (this.#stopTimer === null) this.#wind();
      work.then(
        (value) => {
          this.#leave(entry);
          resolve(value);
        },
        (error: unknown) => {
          this.#leave(entry);
          reject(error as Error);
        },
      );
    });
  }

  #leave(entry: Waiting): void {
    if (!this.#waiting.delete(entry) || this.#waiting.size > 0) return;
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  #wind(): void {
    this.#stopTimer = startTimer(this.#tickMs, () => this.#strike());
  }

  #strike(): void {
    this.#stopTimer = null;
    this.#tick++;
    for (const entry of this.#waiting) {
      if (entry.endsAt > this.#tick) break;
      this.#waiting.delete(entry);
      entry.expire();
    }
    if (this.#waiting.size > 0) this.#wind();
  }
}
