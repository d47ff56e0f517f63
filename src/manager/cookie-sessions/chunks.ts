import { findCookies } from "../../cookie/parse.ts";

/**
 * A long text over several cookies: `name`, `name.1`, `name.2`. Each begins with how many there are and a tag of the generation,
 * so that parts of two generations never make one text.
 */
const HEAD = /^([1-9])\.([A-Za-z0-9_-]{4})\./;

/** Browsers keep 4096 bytes of name and value (RFC 6265bis section 5.6); attributes are limited apart. */
const MOST_PAIR_BYTES = 4096;
const TAG_CHARACTERS = 4;
const HEAD_CHARACTERS = TAG_CHARACTERS + 3;
/** However many a configuration asks for: the count is one digit. */
export const MOST_CHUNKS = 9;

export const chunkName = (name: string, index: number): string => (index === 0 ? name : `${name}.${index}`);

/** How many characters fit into so many cookies. */
export function chunkCapacity(name: string, chunks: number): number {
  let capacity = 0;
  for (let index = 0; index < chunks; index++) capacity += MOST_PAIR_BYTES - chunkName(name, index).length - HEAD_CHARACTERS;
  return capacity;
}

/** The generation is told by the end of the text, which is authenticated as all of it is: so each session has one spelling. */
const tagOf = (text: string): string => text.slice(-TAG_CHARACTERS);

/** @returns the cookie values, at least one; null when the text does not fit */
export function splitText(name: string, text: string, mostChunks: number): string[] | null {
  const parts: string[] = [];
  let at = 0;
  do {
    if (parts.length === mostChunks) return null;
    const room = MOST_PAIR_BYTES - chunkName(name, parts.length).length - HEAD_CHARACTERS;
    parts.push(text.slice(at, at + room));
    at += room;
  } while (at < text.length);
  const head = `${parts.length}.${tagOf(text)}.`;
  return parts.map((part) => head + part);
}

/** What a Cookie header holds under a name and its numbers. */
export interface JoinedText {
  /** Null when a part is missing, doubled, or of another generation, or there are more than anyone made. */
  readonly text: string | null;
  /** The first cookie was there. */
  readonly named: boolean;
}

export function joinText(cookieHeader: string, name: string, mostChunks: number): JoinedText {
  const first = findCookies(cookieHeader, name, 1);
  if (first.length === 0) return { text: null, named: false };
  const head = first.length === 1 ? HEAD.exec(first[0] as string) : null;
  if (head === null) return { text: null, named: true };
  const [prefix, digit] = head as unknown as [string, string];
  const count = Number(digit);
  if (count > mostChunks) return { text: null, named: true };
  let text = (first[0] as string).slice(prefix.length);
  for (let index = 1; index < count; index++) {
    const next = findCookies(cookieHeader, chunkName(name, index), 1);
    if (next.length !== 1 || !(next[0] as string).startsWith(prefix)) return { text: null, named: true };
    text += (next[0] as string).slice(prefix.length);
  }
  return { text: tagOf(text) === prefix.slice(2, -1) ? text : null, named: true };
}

/** The numbers of the parts that a Cookie header holds, so that those which are not needed any more can be removed. */
export function presentChunks(cookieHeader: string, name: string): number[] {
  const found: number[] = [];
  // One search spares eight where there is only one cookie, as there nearly always is.
  const count = cookieHeader.includes(`${name}.`) ? MOST_CHUNKS : 1;
  for (let index = 0; index < count; index++) if (findCookies(cookieHeader, chunkName(name, index), 0).length > 0) found.push(index);
  return found;
}
