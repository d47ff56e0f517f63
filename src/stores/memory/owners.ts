/**
 * Which places belong to an owner. Most owners have one session, so one place is kept as a plain number and only the
 * second makes a set.
 */
export class Owners {
  readonly #places = new Map<string, number | Set<number>>();

  add(owner: string, place: number): void {
    const known = this.#places.get(owner);
    if (known === undefined) this.#places.set(owner, place);
    else if (typeof known === "number") this.#places.set(owner, new Set([known, place]));
    else known.add(place);
  }

  remove(owner: string, place: number): void {
    const known = this.#places.get(owner);
    if (known === place) this.#places.delete(owner);
    else if (typeof known === "object" && known.delete(place) && known.size === 0) this.#places.delete(owner);
  }

  /** The owner's places, in a list of its own: removing while walking over it is fine. */
  placesOf(owner: string): number[] {
    const known = this.#places.get(owner);
    if (known === undefined) return [];
    return typeof known === "number" ? [known] : [...known];
  }
}
