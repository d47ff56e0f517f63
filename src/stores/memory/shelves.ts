import type { SessionRecord } from "../../store/store.ts";
import { Lifetimes } from "./lifetimes.ts";

const SHELF_BITS = 10;
const PLACES_PER_SHELF = 1 << SHELF_BITS;
const PLACE_MASK = PLACES_PER_SHELF - 1;

/** Instants of one place: when it was created and when it was last seen. */
const INSTANTS_PER_PLACE = 2;
const CREATED = 0;
const SEEN = 1;

interface Shelf {
  readonly instants: Float64Array;
  readonly lifetimes: Uint8Array;
  readonly ids: (string | null)[];
  readonly data: string[];
  readonly versions: string[];
  readonly owners: (string | null)[];
}

const makeShelf = (): Shelf => ({
  instants: new Float64Array(PLACES_PER_SHELF * INSTANTS_PER_PLACE),
  lifetimes: new Uint8Array(PLACES_PER_SHELF),
  ids: new Array<string | null>(PLACES_PER_SHELF).fill(null),
  data: new Array<string>(PLACES_PER_SHELF).fill(""),
  versions: new Array<string>(PLACES_PER_SHELF).fill(""),
  owners: new Array<string | null>(PLACES_PER_SHELF).fill(null),
});

/**
 * Numbered places for records, column by column. One object per record would cost half as much again: each instant in an
 * object is a box of its own, and how long sessions last is the same for nearly all of them.
 */
export class Shelves {
  readonly #shelves: Shelf[] = [];
  readonly #free: number[] = [];
  readonly #lifetimes = new Lifetimes();
  /** Ends that do not follow from when the place was seen and how long it lasts. */
  readonly #oddEnds = new Map<number, number>();
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
    const { createdAt, endsAt } = record;
    shelf.instants[at * INSTANTS_PER_PLACE + CREATED] = createdAt;
    shelf.lifetimes[at] = this.#lifetimes.keep(place, record.idleSeconds, endsAt === null ? null : endsAt - createdAt, record.persistent);
    shelf.data[at] = record.data;
    shelf.versions[at] = record.version;
    shelf.owners[at] = record.owner;
    this.moveTimes(place, record.lastSeenAt, record.expiresAt);
  }

  /** A new object with what lies on that place. */
  record(place: number): SessionRecord {
    const shelf = this.#shelf(place);
    const at = place & PLACE_MASK;
    const createdAt = shelf.instants[at * INSTANTS_PER_PLACE + CREATED] as number;
    const { idleSeconds, endsAfterMs, persistent } = this.#lifetimes.get(place, shelf.lifetimes[at] as number);
    return {
      id: shelf.ids[at] as string,
      data: shelf.data[at] as string,
      version: shelf.versions[at] as string,
      owner: shelf.owners[at] as string | null,
      createdAt,
      lastSeenAt: shelf.instants[at * INSTANTS_PER_PLACE + SEEN] as number,
      expiresAt: this.expiryOf(place),
      idleSeconds,
      endsAt: endsAfterMs === null ? null : createdAt + endsAfterMs,
      persistent,
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
    this.#lifetimes.drop(place);
    this.#oddEnds.delete(place);
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
    const odd = this.#oddEnds.size === 0 ? undefined : this.#oddEnds.get(place);
    return odd ?? this.#usualEnd(place, this.seenOf(place));
  }

  seenOf(place: number): number {
    return this.#shelf(place).instants[(place & PLACE_MASK) * INSTANTS_PER_PLACE + SEEN] as number;
  }

  moveTimes(place: number, lastSeenAt: number, expiresAt: number): void {
    this.#shelf(place).instants[(place & PLACE_MASK) * INSTANTS_PER_PLACE + SEEN] = lastSeenAt;
    if (expiresAt !== this.#usualEnd(place, lastSeenAt)) this.#oddEnds.set(place, expiresAt);
    else if (this.#oddEnds.size > 0) this.#oddEnds.delete(place);
  }

  /** The earlier of the idle end and the latest one, which is what a record says unless somebody made it otherwise. */
  #usualEnd(place: number, lastSeenAt: number): number {
    const shelf = this.#shelf(place);
    const at = place & PLACE_MASK;
    const { idleSeconds, endsAfterMs } = this.#lifetimes.get(place, shelf.lifetimes[at] as number);
    const idleEnd = idleSeconds === null ? Infinity : lastSeenAt + idleSeconds * 1000;
    return endsAfterMs === null ? idleEnd : Math.min(idleEnd, (shelf.instants[at * INSTANTS_PER_PLACE + CREATED] as number) + endsAfterMs);
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
