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
  readonly #held = new Map<string, HeldTurn>();

  /** @returns the turn at once when nobody is committing to that id, else a promise of it */
  take(id: string): Turn | Promise<Turn> {
    const holder = this.#held.get(id);
    if (holder !== undefined) return new Promise((resolve) => holder.line(resolve));
    const turn = new HeldTurn(this.#held, id, undefined, null);
    this.#held.set(id, turn);
    return turn;
  }

  /** How many sessions are being committed to. */
  get size(): number {
    return this.#held.size;
  }
}

class HeldTurn implements Turn {
  readonly left: Left;
  readonly #held: Map<string, HeldTurn>;
  readonly #id: string;
  /** Null: nobody waits, which is nearly always so. */
  #waiting: ((turn: Turn) => void)[] | null;
  #passed = false;

  constructor(held: Map<string, HeldTurn>, id: string, left: Left, waiting: ((turn: Turn) => void)[] | null) {
    this.left = left;
    this.#held = held;
    this.#id = id;
    this.#waiting = waiting;
  }

  line(next: (turn: Turn) => void): void {
    (this.#waiting ??= []).push(next);
  }

  pass(left: Left): void {
    if (this.#passed) return;
    this.#passed = true;
    const next = this.#waiting?.shift();
    if (next === undefined) {
      this.#held.delete(this.#id);
      return;
    }
    const turn = new HeldTurn(this.#held, this.#id, left, this.#waiting);
    this.#held.set(this.#id, turn);
    next(turn);
  }
}
