/** What most sessions of an application have in common: how long they last. */
export interface Lifetime {
  readonly idleSeconds: number | null;
  /** From the beginning to the end at the latest; null: no such end. */
  readonly endsAfterMs: number | null;
  readonly persistent: boolean;
}

/** So many are shared. A session with an expiry of its own may have one that no other has, and keeps it by itself. */
const MOST_SHARED = 255;

/** The number of a lifetime that is not shared. */
const OWN = MOST_SHARED;

/** Lifetimes by number, one byte for a place instead of seventeen. */
export class Lifetimes {
  readonly #shared: Lifetime[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #own = new Map<number, Lifetime>();
  #last = 0;

  /** The number under which a place remembers this lifetime. */
  keep(place: number, idleSeconds: number | null, endsAfterMs: number | null, persistent: boolean): number {
    if (this.#own.size > 0) this.#own.delete(place);
    const last = this.#shared[this.#last];
    if (last !== undefined && last.idleSeconds === idleSeconds && last.endsAfterMs === endsAfterMs && last.persistent === persistent) return this.#last;
    const key = `${idleSeconds} ${endsAfterMs} ${persistent}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      const lifetime: Lifetime = { idleSeconds, endsAfterMs, persistent };
      if (this.#shared.length === MOST_SHARED) {
        this.#own.set(place, lifetime);
        return OWN;
      }
      number = this.#shared.push(lifetime) - 1;
      this.#numbers.set(key, number);
    }
    return (this.#last = number);
  }

  get(place: number, number: number): Lifetime {
    return (number === OWN ? this.#own.get(place) : this.#shared[number]) as Lifetime;
  }

  /** The place is empty now. */
  drop(place: number): void {
    this.#own.delete(place);
  }
}
