import type { Shelves } from "./shelves.ts";

/** A pass over everything finds the victims for so many evictions: a sixteenth of the whole. */
const SHARE_PER_PASS = 16;

/**
 * Chooses who goes when the store is full: the record that was seen least recently. One pass sorts out a sixteenth of
 * all records, oldest first; those that were seen again since are skipped when their turn comes. So the order is
 * exact, no list is kept up to date on each read, and no pass is made for each newcomer.
 */
export class Eviction {
  /** Pairs of a place and when it had been seen, the oldest last. */
  #queue: { readonly place: number; readonly seenAt: number }[] = [];

  /** The next place to give up; null when another pass is due. */
  next(shelves: Shelves): number | null {
    for (let candidate = this.#queue.pop(); candidate; candidate = this.#queue.pop()) {
      if (shelves.idOf(candidate.place) !== null && shelves.seenOf(candidate.place) === candidate.seenAt) return candidate.place;
    }
    return null;
  }

  /** Makes a pass over the places that are taken. */
  refill(shelves: Shelves): void {
    const taken: { readonly place: number; readonly seenAt: number }[] = [];
    for (let place = 0; place < shelves.end; place++) {
      if (shelves.idOf(place) !== null) taken.push({ place, seenAt: shelves.seenOf(place) });
    }
    const wanted = Math.max(1, Math.floor(taken.length / SHARE_PER_PASS));
    const limit = Float64Array.from(taken, (one) => one.seenAt).sort()[wanted - 1] ?? Infinity;
    this.#queue = taken
      .filter((one) => one.seenAt <= limit)
      .sort((a, b) => b.seenAt - a.seenAt || b.place - a.place);
  }
}
