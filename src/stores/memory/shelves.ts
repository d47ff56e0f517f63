import type { SessionRecord } from "../../store/store.ts";

const SHELF_BITS = 10;
const PLACES_PER_SHELF = 1 << SHELF_BITS;
const PLACE_MASK = PLACES_PER_SHELF - 1;

/** Numbers of one place: created, seen, expires, ends (Infinity: never), idle seconds (NaN: does not slide). */
const NUMBERS_PER_PLACE = 5;
const CREATED = 0;
const SEEN = 1;
const EXPIRES = 2;
const ENDS = 3;
const IDLE = 4;

interface Shelf {
  readonly numbers: Float64Array;
  readonly persistent: Uint8Array;
  readonly ids: (string | null)[];
  readonly data: string[];
  readonly versions: string[];
  readonly owners: (string | null)[];
}

const makeShelf = (): Shelf => ({
  numbers: new Float64Array(PLACES_PER_SHELF * NUMBERS_PER_PLACE),
  persistent: new Uint8Array(PLACES_PER_SHELF),
  ids: new Array<string | null>(PLACES_PER_SHELF).fill(null),
  data: new Array<string>(PLACES_PER_SHELF).fill(""),
  versions: new Array<string>(PLACES_PER_SHELF).fill(""),
  owners: new Array<string | null>(PLACES_PER_SHELF).fill(null),
});

/**
 * Numbered places for records, column by column. One object per record would cost a third more: each instant in
 * an object is a box of its own, while here it is eight bytes of a typed array.
 */
export class Shelves {
  readonly #shelves: Shelf[] = [];
  readonly #free: number[] = [];
  #used = 0;

  /** One more than the highest place that was ever taken. */
  get end(): number {
    return this.#used;
  }

  /** Puts a record on a free place and returns the place's number. */
  add(record: SessionRecord): number {
    const place = this.#free.pop() ?? this.#nextPlace();
    this.#shelf(place).ids[place & PLACE_MASK] = record.id;
    this.replace(place, record);
    return place;
  }

  /** Overwrites everything but the id. */
  replace(place: number, record: SessionRecord): void {
    const shelf = this.#shelf(place);
    const at = place & PLACE_MASK;
    const first = at * NUMBERS_PER_PLACE;
    const numbers = shelf.numbers;
    numbers[first + CREATED] = record.createdAt;
    numbers[first + SEEN] = record.lastSeenAt;
    numbers[first + EXPIRES] = record.expiresAt;
    numbers[first + ENDS] = record.endsAt ?? Infinity;
    numbers[first + IDLE] = record.idleSeconds ?? NaN;
    shelf.persistent[at] = record.persistent ? 1 : 0;
    shelf.data[at] = record.data;
    shelf.versions[at] = record.version;
    shelf.owners[at] = record.owner;
  }

  /** A new object with what lies on that place. */
  record(place: number): SessionRecord {
    const shelf = this.#shelf(place);
    const at = place & PLACE_MASK;
    const first = at * NUMBERS_PER_PLACE;
    const numbers = shelf.numbers;
    const endsAt = numbers[first + ENDS] as number;
    const idleSeconds = numbers[first + IDLE] as number;
    return {
      id: shelf.ids[at] as string,
      data: shelf.data[at] as string,
      version: shelf.versions[at] as string,
      owner: shelf.owners[at] as string | null,
      createdAt: numbers[first + CREATED] as number,
      lastSeenAt: numbers[first + SEEN] as number,
      expiresAt: numbers[first + EXPIRES] as number,
      idleSeconds: idleSeconds !== idleSeconds ? null : idleSeconds,
      endsAt: endsAt === Infinity ? null : endsAt,
      persistent: shelf.persistent[at] === 1,
    };
  }

  /** Empties a place, so that the next record can have it. */
  clear(place: number): void {
    const shelf = this.#shelf(place);
    const at = place & PLACE_MASK;
    shelf.ids[at] = null;
    shelf.data[at] = "";
    shelf.versions[at] = "";
    shelf.owners[at] = null;
    this.#free.push(place);
  }

  idOf(place: number): string | null {
    return this.#shelf(place).ids[place & PLACE_MASK] as string | null;
  }

  versionOf(place: number): string {
    return this.#shelf(place).versions[place & PLACE_MASK] as string;
  }

  ownerOf(place: number): string | null {
    return this.#shelf(place).owners[place & PLACE_MASK] as string | null;
  }

  expiryOf(place: number): number {
    return this.#shelf(place).numbers[(place & PLACE_MASK) * NUMBERS_PER_PLACE + EXPIRES] as number;
  }

  seenOf(place: number): number {
    return this.#shelf(place).numbers[(place & PLACE_MASK) * NUMBERS_PER_PLACE + SEEN] as number;
  }

  moveTimes(place: number, lastSeenAt: number, expiresAt: number): void {
    const first = (place & PLACE_MASK) * NUMBERS_PER_PLACE;
    const numbers = this.#shelf(place).numbers;
    numbers[first + SEEN] = lastSeenAt;
    numbers[first + EXPIRES] = expiresAt;
  }

  /** Slides the times of a place when at least `fraction` of its idle time has passed. */
  renew(place: number, fraction: number, now: number): void {
    const first = (place & PLACE_MASK) * NUMBERS_PER_PLACE;
    const numbers = this.#shelf(place).numbers;
    const idleMs = (numbers[first + IDLE] as number) * 1000;
    // A place that does not slide holds NaN here, and no comparison with NaN is true.
    if (now - (numbers[first + SEEN] as number) >= idleMs * fraction) {
      numbers[first + SEEN] = now;
      numbers[first + EXPIRES] = Math.min(now + idleMs, numbers[first + ENDS] as number);
    }
  }

  #shelf(place: number): Shelf {
    return this.#shelves[place >>> SHELF_BITS] as Shelf;
  }

  #nextPlace(): number {
    const place = this.#used++;
    if (place >>> SHELF_BITS === this.#shelves.length) this.#shelves.push(makeShelf());
    return place;
  }
}
