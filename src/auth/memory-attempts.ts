import type { Attempt, LoginAttempts } from "../store/login-attempts.ts";

/** So many keys are remembered at most; the oldest go first. */
const MOST_KEYS = 100_000;

interface Window {
  attempts: number;
  resetsAt: number;
}

/** Counts attempts in this process, where the users have no place to count them. A restart forgets them. */
export class MemoryAttempts implements LoginAttempts {
  readonly #windows = new Map<string, Window>();

  async take(key: string, windowSeconds: number, now: number): Promise<Attempt> {
    let window = this.#windows.get(key);
    if (window === undefined || window.resetsAt <= now) {
      this.#windows.delete(key);
      if (this.#windows.size >= MOST_KEYS) this.#forgetOldest();
      this.#windows.set(key, (window = { attempts: 0, resetsAt: now + windowSeconds * 1000 }));
    }
    window.attempts++;
    return { count: window.attempts, resetsAt: window.resetsAt };
  }

  async giveBack(key: string): Promise<void> {
    const window = this.#windows.get(key);
    if (window !== undefined && window.attempts > 0) window.attempts--;
  }

  async clear(key: string): Promise<void> {
    this.#windows.delete(key);
  }

  #forgetOldest(): void {
    for (const key of this.#windows.keys()) {
      this.#windows.delete(key);
      return;
    }
  }
}
