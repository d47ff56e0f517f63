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
  /** Null: somebody commits to that id and nobody waits, which is nearly always so. */
  readonly #queues = new Map<string, ((turn: Turn) => void)[] | null>();

  /** @returns the turn at once when nobody is committing to that id, else a promise of it */
  take(id: string): Turn | Promise<Turn> {
    const queue = this.#queues.get(id);
    if (queue === undefined) {
      this.#queues.set(id, null);
      return new HeldTurn(this, id, undefined);
    }
    return new Promise((resolve) => {
      if (queue === null) this.#queues.set(id, [resolve]);
      else queue.push(resolve);
    });
  }

  /** How many sessions are being committed to. */
  get size(): number {
    return this.#queues.size;
  }

  /** For a turn that is over: lets the next in line begin. */
  advance(id: string, left: Left): void {
    const next = this.#queues.get(id)?.shift();
    if (next === undefined) this.#queues.delete(id);
    else next(new HeldTurn(this, id, left));
  }
}

class HeldTurn implements Turn {
  readonly left: Left;
  readonly #turns: Turns;
  readonly #id: string;
  #passed = false;

  constructor(turns: Turns, id: string, left: Left) {
    this.#turns = turns;
    this.#id = id;
    this.left = left;
  }

  pass(left: Left): void {
    if (this.#passed) return;
    this.#passed = true;
    this.#turns.advance(this.#id, left);
  }
}
