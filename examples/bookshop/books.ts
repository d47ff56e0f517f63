import { CATALOGUE } from "./catalogue.ts";

export type Genre = "novel" | "mystery" | "travel" | "science" | "kitchen" | "poetry";

export type Motif =
  | "tide" | "umbrella" | "semaphore" | "moth" | "train" | "orchard" | "folds" | "clock"
  | "pegs" | "spice" | "orbit" | "stage" | "stamp" | "snow" | "hexes" | "contours";

/** How a cover is drawn: the motif, four colors, and the title broken into lines by hand. */
export interface CoverDesign {
  readonly motif: Motif;
  readonly ground: string;
  readonly ink: string;
  readonly bright: string;
  readonly deep: string;
  readonly lines: readonly string[];
  readonly titleAt: "top" | "bottom";
  readonly titleSize: number;
  /** The author's color, where the picture beneath is too close to `ink`. */
  readonly authorInk?: string;
}

export interface Book {
  /** Part of the address, and what a cart holds. */
  readonly slug: string;
  readonly title: string;
  readonly author: string;
  readonly genre: Genre;
  readonly year: number;
  readonly pages: number;
  readonly priceCents: number;
  readonly opening: string;
  readonly blurb: string;
  readonly cover: CoverDesign;
}

export const BOOKS: readonly Book[] = CATALOGUE;

const BY_SLUG: ReadonlyMap<string, Book> = new Map(BOOKS.map((book) => [book.slug, book]));

/** The book of that slug. Slugs arrive in addresses, forms and cookies, so anything may be asked for. */
export function findBook(slug: string): Book | undefined {
  return BY_SLUG.get(slug);
}

/** How a book is called that the shop sells. */
export function titleOf(slug: string): string {
  return findBook(slug)?.title ?? slug;
}

/** The books of these slugs, in their order; what the shop does not sell is left out. */
export function findBooks(slugs: readonly string[]): readonly Book[] {
  return slugs.flatMap((slug) => BY_SLUG.get(slug) ?? []);
}

/** The price of all of them, in cents. */
export function sumPrices(books: readonly Book[]): number {
  return books.reduce((sum, book) => sum + book.priceCents, 0);
}
