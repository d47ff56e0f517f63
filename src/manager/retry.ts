import type { Clock } from "../clock.ts";
import type { Random } from "../crypto/random.ts";

/** How long commits of other processes are outwaited. */
export const COMMIT_DEADLINE_MS = 2000;

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 100;
/** A clock that stands still or runs backwards must not make this endless. */
const MOST_ATTEMPTS = 2000;

/** Waits between attempts, longer each time and by chance, so that writers of several processes get out of step. */
export class Retry {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #until: number;
  attempts = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#until = clock.now() + COMMIT_DEADLINE_MS;
  }

  /** @returns false when the deadline has passed; true after a pause otherwise */
  async pause(): Promise<boolean> {
    this.attempts++;
    if (this.attempts >= MOST_ATTEMPTS || this.#clock.now() >= this.#until) return false;
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.attempts, 16));
    const [high = 0, low = 0] = this.#random.bytes(2);
    await this.#clock.wait(Math.ceil((longest * (high * 256 + low)) / 65_536));
    return true;
  }
}
