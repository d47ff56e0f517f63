import { seal, unseal } from "../crypto/seal.ts";
import { BadSeal } from "../errors.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import { areFields, type StoredMessage } from "./message.ts";

/** What one cookie holds. */
export interface CookieContent {
  /** When it was first sent, milliseconds since 1970. */
  readonly at: number;
  readonly messages: readonly StoredMessage[];
}

/** Whoever does not come back within a day needs no message any more. */
export const COOKIE_AGE_SECONDS = 86_400;

const PURPOSE = "messages";
const MOST_CHARACTERS = 4096;
const ALLOWED_SKEW_MS = 60_000;

/** Name, attributes of the name, and what sealing adds. */
const OVERHEAD_CHARACTERS = 90;

/** Position, level, text, extra tags, HTML or not: what is as usual is left out at the end. */
type Entry = readonly [position: number, level: number, text: string, extraTags?: string, isSafe?: 1];

export function sealMessageCookie(exchange: ExchangeState, name: string, content: CookieContent): string {
  return seal(exchange.manager.keyring, PURPOSE, name, JSON.stringify([content.at, ...content.messages.map(toEntry)]));
}

/** Null for what was altered, moved from another cookie, or sealed under a secret that is no longer listed. After a day it is empty. */
export function openMessageCookie(exchange: ExchangeState, name: string, value: string): CookieContent | null {
  let text: string;
  try {
    text = unseal(exchange.manager.keyring, PURPOSE, name, value, { maxLength: MOST_CHARACTERS }).plaintext;
  } catch (error) {
    if (error instanceof BadSeal) return null;
    throw error;
  }
  const [at, ...entries] = JSON.parse(text) as [number, ...Entry[]];
  const age = exchange.now() - at;
  if (age < -ALLOWED_SKEW_MS) return null;
  const messages = age >= COOKIE_AGE_SECONDS * 1000 ? [] : entries.map((entry) => fromEntry(name, entry)).filter((message) => message !== null);
  return { at, messages };
}

/** How long name and value will be, from above: the cookie is not made twice to find out. */
export function sealedLength(messages: readonly StoredMessage[]): number {
  if (messages.length === 0) return 0;
  return OVERHEAD_CHARACTERS + Math.ceil((Buffer.byteLength(JSON.stringify(messages.map(toEntry)), "utf8") * 4) / 3);
}

export function fitsAlone(message: StoredMessage, most: number): boolean {
  return sealedLength([message]) <= most;
}

function toEntry(message: StoredMessage, index: number): Entry {
  const { id, level, text, extraTags, isSafe } = message;
  const at = id.lastIndexOf(".");
  // A message that came in this cookie keeps its position, so that it keeps its id when others before it are gone.
  const position = at === -1 ? index : Number(id.slice(at + 1));
  if (isSafe) return [position, level, text, extraTags, 1];
  return extraTags === "" ? [position, level, text] : [position, level, text, extraTags];
}

function fromEntry(name: string, [position, level, text, extraTags = "", isSafe]: Entry): StoredMessage | null {
  return areFields(level, text, extraTags) ? { id: `${name}.${position}`, level, text, extraTags, isSafe: isSafe === 1 } : null;
}
