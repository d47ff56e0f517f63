import type { Clock } from "../clock.ts";

/**
 * A clock that stands still until it is told to move, and on which waiting costs no time:
 * `wait(50)` moves it by 50 ms and resolves in the next turn of the event loop.
 *
 * @example
 * const clock = new FakeClock();
 * const cloakroom = createCoatcheck({ clock });
 * clock.advance(30 * 60 * 1000);
 */
export class FakeClock implements Clock {
  #now: number;
  /** How many milliseconds were spent in `wait`, for tests that count back-off. */
  waitedMs = 0;

  /** @param startAt milliseconds since 1970; the default is a fixed instant in 2026. */
  constructor(startAt: number = Date.UTC(2026, 0, 15, 12, 0, 0)) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        if (signal?.aborted) return reject(signal.reason as Error);
        this.#now += milliseconds;
        this.waitedMs += milliseconds;
        resolve();
      });
    });
  }

  /** Moves by so many milliseconds (negative: backwards, as real clocks sometimes do). */
  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Sets the clock to an instant, milliseconds since 1970. */
  set(at: number): void {
    this.#now = at;
  }
}
