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

/** A call that somebody waits for, in the line of those who wait. */
class Waiting {
  /** The tick at which it is given up. */
  readonly endsAt: number;
  readonly #onLimit: () => Error;
  readonly #options: LimitOptions | undefined;
  readonly #reject: (error: Error) => void;
  before: Waiting | null = null;
  after: Waiting | null = null;
  isInLine = true;

  constructor(endsAt: number, onLimit: () => Error, options: LimitOptions | undefined, reject: (error: Error) => void) {
    this.endsAt = endsAt;
    this.#onLimit = onLimit;
    this.#options = options;
    this.#reject = reject;
  }

  expire(): void {
    this.#options?.onExpire?.();
    setImmediate(() => this.#reject(this.#onLimit()));
  }
}

/** A limit is so many ticks long, so calls end at most a sixteenth late. */
const TICKS = 16;

/**
 * One time limit for many calls, with one timer for all of them, which is gone a tick after the last call and never keeps a process
 * alive: to stop and start it whenever nobody waits for a moment costs more than to let it run out. Time is counted in ticks of that timer and never read: a process that was busy or asleep counts one tick, so whatever has
 * been answered meanwhile is read before anybody is told that there was no answer.
 */
export class Deadlines {
  readonly #tickMs: number;
  /** Every call has the same limit, so they stand in the order in which they end. */
  #first: Waiting | null = null;
  #last: Waiting | null = null;
  #size = 0;
  #tick = 0;
  #isTicking = false;

  constructor(limitMs: number) {
    this.#tickMs = Math.ceil(limitMs / TICKS);
  }

  /** How many calls are waited for. */
  get size(): number {
    return this.#size;
  }

  /**
   * Settles as `work` does, or rejects with what `onLimit` makes once the limit has passed, one turn of the event loop after
   * `onExpire` had its chance to make the work itself fail. What `work` does after that is ignored.
   */
  limit<T>(work: Promise<T>, onLimit: () => Error, options?: LimitOptions): Promise<T> {
    const signal = options?.signal;
    if (signal !== undefined) return this.#limitOrAbort(work, onLimit, signal, options);
    return new Promise((resolve, reject) => {
      const entry = new Waiting(this.#tick + TICKS + 1, onLimit, options, reject);
      this.#enter(entry);
      work.then(
        (value) => {
          this.#leave(entry);
          resolve(value);
        },
        (error: unknown) => {
          this.#leave(entry);
          reject(failureOf(error, options));
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
      return await Promise.race([promise, this.limit(work, onLimit, { onExpire: () => options?.onExpire?.(), onFailure: (error) => failureOf(error, options) })]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  #enter(entry: Waiting): void {
    entry.before = this.#last;
    if (this.#last === null) this.#first = entry;
    else this.#last.after = entry;
    this.#last = entry;
    this.#size++;
    if (!this.#isTicking) this.#wind();
  }

  #leave(entry: Waiting): void {
    if (!entry.isInLine) return;
    entry.isInLine = false;
    const { before, after } = entry;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    // What never settles would hold everybody who came after it, one by the other.
    entry.before = entry.after = null;
    this.#size--;
  }

  #wind(): void {
    this.#isTicking = true;
    startTimer(this.#tickMs, () => this.#strike());
  }

  #strike(): void {
    this.#isTicking = false;
    this.#tick++;
    for (let entry = this.#first; entry !== null && entry.endsAt <= this.#tick; entry = this.#first) {
      this.#leave(entry);
      entry.expire();
    }
    if (this.#size > 0) this.#wind();
  }
}

/** Asked of the options themselves, which may be an object of a class. */
const failureOf = (error: unknown, options: LimitOptions | undefined): Error => (options?.onFailure === undefined ? error : options.onFailure(error)) as Error;
