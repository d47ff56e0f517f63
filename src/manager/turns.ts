import type { SessionRecord } from "../store/store.ts";

/** What the predecessor left: the record as it is stored now, null when the session ended, undefined when nothing is known. */
export type Left = SessionRecord | null | undefined;

/** The right to commit to one session. Give it back with what is stored now. */
export interface Turn {
  readonly left: Left;
  pass(left: Left): void;
}

/**
 * Commits on one id take turns inside a process, each starting from the record that its predecessor left. Without it fifty
 * parallel requests would fight over the store for a thousand calls; with it they need about two each.
 */
export class Turns {
  readonly #queues = new Map<string, ((turn: Turn) => void)[]>();

  /** @returns the turn at once when nobody is committing to that id, else a promise of it */
  take(id: string): Turn | Promise<Turn> {
    const queue = this.#queues.get(id);
    if (queue === undefined) {
      this.#queues.set(id, []);
      return this.#makeTurn(id, undefined);
    }
    return new Promise((resolve) => queue.push(resolve));
  }

  /** How many sessions are being committed to. */
  get size(): number {
    return this.#queues.size;
  }

  #makeTurn(id: string, left: Left): Turn {
    let passed = false;
    return {
      left,
      pass: (now) => {
        if (passed) return;
        passed = true;
        const next = this.#queues.get(id)?.shift();
        if (next === undefined) this.#queues.delete(id);
        else next(this.#makeTurn(id, now));
      },
    };
  }
}
