import { startTimer } from "../clock.ts";

/** What else may be wanted of a call with a limit. */
export interface LimitOptions {
  /** Aborting it rejects with its reason, at once. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the call is given up, by the limit or the signal: what was not sent yet is taken back here. */
  readonly onExpire?: (() => void) | undefined;
  /** What callers see of an error of the work. */
  readonly onFailure?: ((error: unknown) => unknown) | undefined;
}

/** A call that somebody waits for. */
interface Waiting {
  /** The tick at which it is given up. */
  readonly endsAt: number;
  expire(): void;
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

  /**
   * Settles as `work` does, or rejects with what `onLimit` makes once the limit has passed, one turn of the event loop after
   * `onExpire` had its chance to make the work itself fail. What `work` does after that is ignored.
   */
  limit<T>(work: Promise<T>, onLimit: () => Error, options?: LimitOptions): Promise<T> {
    const signal = options?.signal;
    if (signal !== undefined) return this.#limitOrAbort(work, onLimit, signal, options);
    return new Promise((resolve, reject) => {
      const entry = this.#enter(() => {
        options?.onExpire?.();
        setImmediate(() => reject(onLimit()));
      });
      work.then(
        (value) => {
          this.#leave(entry);
          resolve(value);
        },
        (error: unknown) => {
          this.#leave(entry);
          reject((options?.onFailure === undefined ? error : options.onFailure(error)) as Error);
        },
      );
    });
  }

  /** A call that its caller may give up, which hardly any can. */
  async #limitOrAbort<T>(work: Promise<T>, onLimit: () => Error, signal: AbortSignal, options: LimitOptions | undefined): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const abort = (): void => {
      options?.onExpire?.();
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    try {
      return await Promise.race([promise, this.limit(work, onLimit, { onExpire: () => options?.onExpire?.(), onFailure: options?.onFailure })]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  #enter(expire: () => void): Waiting {
    const entry: Waiting = { endsAt: this.#tick + TICKS + 1, expire };
    this.#waiting.add(entry);
    if (this.#stopTimer === null) this.#wind();
    return entry;
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
