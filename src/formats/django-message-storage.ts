import { quoteDjangoCookie } from "./django-cookie-text.ts";
import type { DjangoMessage, DjangoMessageCodec } from "./django-messages.ts";

/** MESSAGE_STORAGE: `fallback` is Django's default, the cookie first and the session for what does not fit. */
export type DjangoMessageStorageKind = "cookie" | "session" | "fallback";

/** What is stored: null for nothing. */
export interface StoredDjangoMessages {
  /** The value of the cookie `messages`, before it is quoted. */
  readonly cookie: string | null;
  /** The value of the session key `_messages`. */
  readonly session: string | null;
}

/** What reading found. */
export interface ReadDjangoMessages {
  readonly messages: readonly DjangoMessage[];
  /** The places that reading empties. A cookie that cannot be read is removed by `cookie` and left alone by `fallback`, as in Django. */
  readonly usesCookie: boolean;
  readonly usesSession: boolean;
}

/** What storing decided. `lost` are messages that fit nowhere; the oldest go first. */
export interface StoreDjangoMessages extends StoredDjangoMessages {
  readonly lost: readonly DjangoMessage[];
}

/** The most that the quoted value of the cookie may have. */
export const DJANGO_MESSAGE_COOKIE_LENGTH = 2048;

/**
 * Takes the messages out of their places. With `fallback` the session is looked at only if the cookie's list ends with the marker:
 * with an absent, broken or complete cookie it is not.
 */
export function readDjangoMessages(kind: DjangoMessageStorageKind, stored: StoredDjangoMessages, codec: DjangoMessageCodec): ReadDjangoMessages {
  if (kind === "session") {
    const { messages } = codec.decodeSession(stored.session);
    return { messages, usesCookie: false, usesSession: messages.length > 0 };
  }
  const hasCookie = stored.cookie !== null && stored.cookie !== "";
  const list = hasCookie ? codec.decodeCookie(stored.cookie) : null;
  if (list === null) return { messages: [], usesCookie: hasCookie && kind === "cookie", usesSession: false };
  const usesCookie = kind === "cookie" || list.messages.length > 0 || list.isUnfinished;
  if (kind === "cookie" || !list.isUnfinished) return { messages: list.messages, usesCookie, usesSession: false };
  const rest = codec.decodeSession(stored.session).messages;
  return { messages: [...list.messages, ...rest], usesCookie, usesSession: rest.length > 0 };
}

/**
 * Puts messages into their places. `cookie` keeps the newest that fit; `fallback` keeps the oldest in the cookie and the others in the
 * session.
 */
export function storeDjangoMessages(kind: DjangoMessageStorageKind, messages: readonly DjangoMessage[], codec: DjangoMessageCodec): StoreDjangoMessages {
  if (messages.length === 0) return { cookie: null, session: null, lost: [] };
  if (kind === "session") return { cookie: null, session: codec.encodeSession({ messages, isUnfinished: false }), lost: [] };
  const whole = codec.encodeCookie({ messages, isUnfinished: false });
  if (fits(whole)) return { cookie: whole, session: null, lost: [] };
  const keep = (count: number): readonly DjangoMessage[] => (kind === "cookie" ? messages.slice(messages.length - count) : messages.slice(0, count));
  const encode = (count: number): string => codec.encodeCookie({ messages: keep(count), isUnfinished: true });
  const count = findMost(messages.length - 1, (candidate) => fits(encode(candidate)));
  const rest = kind === "cookie" ? messages.slice(0, messages.length - count) : messages.slice(count);
  return kind === "cookie"
    ? { cookie: encode(count), session: null, lost: rest }
    : { cookie: encode(count), session: codec.encodeSession({ messages: rest, isUnfinished: false }), lost: [] };
}

function fits(cookie: string): boolean {
  return quoteDjangoCookie(cookie).length <= DJANGO_MESSAGE_COOKIE_LENGTH;
}

/** The largest count from 0 up that passes, by halving: a thousand messages cost ten tries. */
function findMost(limit: number, passes: (count: number) => boolean): number {
  let low = 0;
  let high = limit;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (passes(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
