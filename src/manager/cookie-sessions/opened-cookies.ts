import type { Enveloped } from "./envelope.ts";

/** A cookie that was opened: what it said, word for word, and what it held. */
export interface OpenedCookie {
  readonly text: string;
  /** What a request that presents it asks for; null until one does. */
  lookupId: string | null;
  readonly enveloped: Enveloped;
  readonly keyIsCurrent: boolean;
}

/** Each half holds cookies of so many characters together: some two thousand small sessions. */
const MOST_CHARACTERS = 1024 * 1024;

/** The end of a cookie is its authentication tag, which no two cookies share. */
const TAG_CHARACTERS = 22;

/**
 * The cookies that this process has opened lately. A browser sends the same cookie with every request until its session changes, and
 * opening it is most of what a request costs. Only what was verified gets in, and what it says about time and user is judged anew
 * each time, so a cookie that is found here is worth no more than one that is opened.
 *
 * Two halves: when the newer one is full, the older one goes, and what was not asked for since goes with it.
 */
export class OpenedCookies {
  readonly #mostCharacters: number;
  #newer = new Map<string, OpenedCookie>();
  #older = new Map<string, OpenedCookie>();
  #characters = 0;

  constructor(mostCharacters: number = MOST_CHARACTERS) {
    this.#mostCharacters = mostCharacters;
  }

  /** The texts are compared plainly: whoever presents the tag of a cookie has that cookie, so nothing is left to be found out. */
  get(text: string): OpenedCookie | undefined {
    const tag = text.slice(-TAG_CHARACTERS);
    const found = this.#newer.get(tag);
    if (found !== undefined) return found.text === text ? found : undefined;
    const earlier = this.#older.get(tag);
    if (earlier === undefined || earlier.text !== text) return undefined;
    this.add(earlier);
    return earlier;
  }

  add(opened: OpenedCookie): void {
    if (opened.text.length > this.#mostCharacters) return;
    this.#characters += opened.text.length;
    if (this.#characters > this.#mostCharacters) {
      this.#older = this.#newer;
      this.#newer = new Map();
      this.#characters = opened.text.length;
    }
    this.#newer.set(opened.text.slice(-TAG_CHARACTERS), opened);
  }

  /** How many are kept. */
  get size(): number {
    return this.#newer.size + this.#older.size;
  }
}
