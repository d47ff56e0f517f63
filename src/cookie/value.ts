import { InvalidCookie } from "../errors.ts";

/** Runs of what may not stand in a cookie value as it is (RFC 6265bis section 4.1.1), and the percent sign, which escapes. */
const NEEDS_ESCAPE = /[^\x21\x23\x24\x26-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+/gu;
const HAS_ESCAPABLE = /[^\x21\x23\x24\x26-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]/;

/** Runtimes disagree about what these bytes become in a string, so no encoder of cookie values leaves them bare. */
const NOT_PRINTABLE = /[^\x20-\x7e]/;

/**
 * Any text as a cookie value: UTF-8, percent-encoded where the cookie grammar asks for it and nowhere else.
 * A text of letters, digits and most ASCII punctuation stays as it is.
 *
 * @throws InvalidCookie if the text holds half of a surrogate pair, which has no UTF-8 form.
 * @see RFC 6265bis section 4.1.1 (cookie-octet)
 * @example
 * encodeCookieValue("50% off; today"); // "50%25%20off%3B%20today"
 */
export function encodeCookieValue(text: string): string {
  if (!HAS_ESCAPABLE.test(text)) return text;
  if (!text.isWellFormed()) {
    throw new InvalidCookie("A cookie value holds half of a surrogate pair. Call toWellFormed() on the text first.");
  }
  return text.replace(NEEDS_ESCAPE, encodeURIComponent);
}

/**
 * The text that `encodeCookieValue` was given. Also reads what a page wrote with `encodeURIComponent`.
 *
 * @param raw the value as it stood in the header.
 * @returns undefined if it is malformed: a percent sign without two hexadecimal digits, bytes that are not UTF-8, a
 * control character or a bare byte outside ASCII.
 * @example
 * decodeCookieValue("50%25%20off"); // "50% off"
 * decodeCookieValue("50%"); // undefined
 */
export function decodeCookieValue(raw: string): string | undefined {
  if (NOT_PRINTABLE.test(raw)) return undefined;
  if (raw.indexOf("%") === -1) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}
