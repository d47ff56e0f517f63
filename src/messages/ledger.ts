/** So long a request may take from showing a message to its answer. A request that hangs must not keep messages for ever. */
const HELD_MS = 30_000;

/** So long a request that was sent before the answer with the message arrived may still be on its way. */
const REMEMBERED_MS = 60_000;

const MOST_ENTRIES = 10_000;

interface LedgerEntry {
  /** The request that shows the message; null once its answer has been committed. */
  readonly owner: object | null;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Whose a message is: this request's, another's that has not answered yet, or nobody's because it was shown. */
export type Standing = "own" | "held" | "delivered";

/**
 * Which messages the requests of this process are showing or have just shown. Two pages that are rendered at the same moment read
 * the same list; the first to reach a message has it.
 */
export class Ledger {
  readonly #entries = new Map<string, LedgerEntry>();

  /** Takes a message, or says why not. */
  take(id: string, owner: object, now: number): Standing {
    const standing = this.look(id, owner, now);
    if (standing === "own") this.#put(id, owner, now + HELD_MS, now);
    return standing;
  }

  /** What `take` would say. */
  look(id: string, owner: object, now: number): Standing {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.until <= now || entry.owner === owner) return "own";
    return entry.owner === null ? "delivered" : "held";
  }

  /** The answer that shows these messages is on its way. */
  confirm(ids: Iterable<string>, now: number): void {
    for (const id of ids) this.#put(id, null, now + REMEMBERED_MS, now);
  }

  /** The answer failed: another may show them. */
  release(ids: Iterable<string>, owner: object): void {
    for (const id of ids) if (this.#entries.get(id)?.owner === owner) this.#entries.delete(id);
  }

  get size(): number {
    return this.#entries.size;
  }

  #put(id: string, owner: object | null, until: number, now: number): void {
    this.#entries.delete(id);
    this.#entries.set(id, { owner, until });
    for (const [oldest, entry] of this.#entries) {
      if (entry.until > now && this.#entries.size <= MOST_ENTRIES) break;
      this.#entries.delete(oldest);
    }
  }
}
