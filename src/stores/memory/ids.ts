const EMPTY = 0;
const REMOVED = -1;
const FEWEST_SLOTS = 1024;
/** In sixteenths: with more slots taken, and those of removed ids not yet free, a look-up would pass too many. */
const FULLEST = 11;

/**
 * Finds the place of an id: an open-addressing table of numbers, where a Map would take 24 bytes more for every record. The ids
 * themselves are kept by the shelves and only compared here. Ids are digests, so nobody can choose many that meet in one slot.
 */
export class Ids {
  readonly #idOf: (place: number) => string | null;
  /** A place plus one, `EMPTY` or `REMOVED`. The length is a power of two. */
  #slots = new Int32Array(FEWEST_SLOTS);
  #size = 0;
  #removed = 0;

  /** @param idOf the id that lies on a place */
  constructor(idOf: (place: number) => string | null) {
    this.#idOf = idOf;
  }

  /** How many ids are known. */
  get size(): number {
    return this.#size;
  }

  get(id: string): number | undefined {
    const slot = this.#find(id);
    return slot === -1 ? undefined : (this.#slots[slot] as number) - 1;
  }

  /** Adds an id that is not known yet, and that lies on `place` already. */
  add(id: string, place: number): void {
    if ((this.#size + this.#removed + 1) * 16 > this.#slots.length * FULLEST) this.#rebuild();
    this.#put(id, place);
    this.#size++;
  }

  /** Forgets an id, while it still lies on its place. */
  delete(id: string): void {
    const slot = this.#find(id);
    if (slot === -1) return;
    this.#slots[slot] = REMOVED;
    this.#size--;
    this.#removed++;
  }

  #find(id: string): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hashOf(id) & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot] as number;
      if (entry === EMPTY) return -1;
      if (entry !== REMOVED && this.#idOf(entry - 1) === id) return slot;
    }
  }

  #put(id: string, place: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashOf(id) & mask;
    while ((slots[slot] as number) > EMPTY) slot = (slot + 1) & mask;
    if (slots[slot] === REMOVED) this.#removed--;
    slots[slot] = place + 1;
  }

  /** Into a table that is a third full at most, without the removed ones. */
  #rebuild(): void {
    let length = FEWEST_SLOTS;
    while (length < this.#size * 2 + 2) length *= 2;
    const before = this.#slots;
    this.#slots = new Int32Array(length);
    this.#removed = 0;
    for (const entry of before) if (entry > EMPTY) this.#put(this.#idOf(entry - 1) as string, entry - 1);
  }
}

/** A digest is random everywhere, so a few characters of both ends are enough; other ids mostly differ at one end. */
function hashOf(id: string): number {
  const { length } = id;
  let hash = length;
  for (let at = Math.max(0, length - 8); at < length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  for (let at = Math.min(4, length) - 1; at >= 0; at--) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return hash ^ (hash >>> 15);
}
