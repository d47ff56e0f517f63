import { CookieTooLarge, InvalidCookie } from "../errors.ts";
import { checkOwnAttributes, copyAttributes, isExpiry, isMaxAge, LONGEST_MAX_AGE_SECONDS } from "./attributes.ts";
import type { CookieAttributes } from "./attributes.ts";
import { normalizeDomain } from "./domain.ts";
import { checkCookieName, quoteName, typeName } from "./name.ts";

/** Browsers drop a cookie whose name and value are longer together (RFC 6265bis section 5.6). */
export const LARGEST_COOKIE_BYTES = 4096;

/** Anything that is not a cookie-octet (RFC 6265bis section 4.1.1). */
const NOT_COOKIE_OCTET = /[^\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]/;

const LONG_PAST = "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT";

/** A cookie whose name and attributes were checked once, so that sending it costs little. */
export interface PreparedCookie {
  readonly name: string;
  /**
   * One Set-Cookie value.
   *
   * @param value cookie-octets, see `encodeCookieValue`.
   * @param maxAgeSeconds lifetime in whole seconds, at most 400 days; null: until the browser closes.
   * @param now milliseconds since 1970, from which Expires is counted for programs that do not know Max-Age.
   * @throws InvalidCookie, CookieTooLarge
   */
  serialize(value: string, maxAgeSeconds: number | null, now: number): string;
  /** The Set-Cookie value that makes a browser forget it: the same attributes and an end in the past. */
  remove(): string;
}

/**
 * One Set-Cookie value. Path (default `/`) and SameSite (default Lax) are always written out.
 *
 * @param value cookie-octets; encode anything else with `encodeCookieValue` first.
 * @param now milliseconds since 1970; when it is given, `expiresAt` is held to 400 days.
 * @throws InvalidCookie for a value, name or attribute that a browser would drop or misread.
 * @throws CookieTooLarge if name and value take more than 4096 bytes.
 * @see RFC 6265bis section 4.1
 * @example
 * serializeCookie("theme", "dark", { maxAgeSeconds: 3600, secure: true });
 * // "theme=dark; Path=/; Max-Age=3600; Secure; SameSite=Lax"
 */
export function serializeCookie(name: string, value: string, attributes: CookieAttributes, now?: number): string {
  checkCookieName(name);
  const own = copyAttributes(name, attributes);
  checkOwnAttributes(name, own, now);
  checkValue(name, value);
  const maxAge = own.maxAgeSeconds === undefined ? "" : `; Max-Age=${own.maxAgeSeconds}`;
  const expires = own.expiresAt === undefined ? "" : `; Expires=${formatExpires(own.expiresAt)}`;
  return `${name}=${value}${scopeText(own)}${maxAge}${expires}${flagsText(own)}`;
}

/**
 * Checks a name and attributes once and gives a writer for them.
 *
 * @param attributes without a lifetime, which is said each time.
 * @throws InvalidCookie
 * @example
 * const cookie = prepareCookie("__Host-sessionid", { secure: true, httpOnly: true });
 * cookie.serialize("dark", 3600, 1_768_478_400_000);
 * // "__Host-sessionid=dark; Path=/; Max-Age=3600; Expires=Thu, 15 Jan 2026 13:00:00 GMT; Secure; HttpOnly; SameSite=Lax"
 */
export function prepareCookie(name: string, attributes: CookieAttributes): PreparedCookie {
  checkCookieName(name);
  const own = copyAttributes(name, attributes);
  checkOwnAttributes(name, own);
  if (own.maxAgeSeconds !== undefined || own.expiresAt !== undefined) {
    throw new InvalidCookie(`Cookie ${quoteName(name)}: a prepared cookie is told its lifetime each time. Leave out maxAgeSeconds and expiresAt.`);
  }
  return new Prepared(name, scopeText(own), flagsText(own));
}

/** The line that removes a cookie, from attributes that were checked. The lifetime among them does not count. */
export function removalText(name: string, own: CookieAttributes): string {
  return `${name}=${scopeText(own)}${LONG_PAST}${flagsText(own)}`;
}

class Prepared implements PreparedCookie {
  readonly name: string;
  readonly #head: string;
  readonly #scope: string;
  readonly #flags: string;
  readonly #removal: string;
  /** What stands after the value depends on the second and the lifetime only, and those repeat. */
  #tailSecond = Number.NaN;
  #tailMaxAge = Number.NaN;
  #tail = "";

  constructor(name: string, scope: string, flags: string) {
    this.name = name;
    this.#head = `${name}=`;
    this.#scope = scope;
    this.#flags = flags;
    this.#removal = `${name}=${scope}${LONG_PAST}${flags}`;
  }

  serialize(value: string, maxAgeSeconds: number | null, now: number): string {
    checkValue(this.name, value);
    if (maxAgeSeconds === null) return this.#head + value + this.#scope + this.#flags;
    const second = Math.floor(now / 1000);
    if (second !== this.#tailSecond || maxAgeSeconds !== this.#tailMaxAge) this.#makeTail(second, maxAgeSeconds);
    return this.#head + value + this.#tail;
  }

  remove(): string {
    return this.#removal;
  }

  #makeTail(second: number, maxAgeSeconds: number): void {
    if (!isMaxAge(maxAgeSeconds)) {
      throw new InvalidCookie(
        `Cookie ${quoteName(this.name)}: the lifetime is not a whole number of seconds from 0 to ${LONGEST_MAX_AGE_SECONDS} (400 days).`,
      );
    }
    const expiresAt = (second + maxAgeSeconds) * 1000;
    if (!isExpiry(expiresAt)) {
      throw new InvalidCookie(`Cookie ${quoteName(this.name)}: now is not a number of milliseconds since 1970 that a cookie date can express.`);
    }
    this.#tail = `${this.#scope}; Max-Age=${maxAgeSeconds}; Expires=${formatExpires(expiresAt)}${this.#flags}`;
    this.#tailSecond = second;
    this.#tailMaxAge = maxAgeSeconds;
  }
}

function checkValue(name: string, value: string): void {
  if (typeof value !== "string") throw new InvalidCookie(`Cookie ${quoteName(name)}: the value is a ${typeName(value)}. Give a string.`);
  if (name.length + value.length > LARGEST_COOKIE_BYTES) {
    throw new CookieTooLarge(
      `Cookie ${quoteName(name)}: name and value take ${name.length + value.length} bytes and browsers keep at most ${LARGEST_COOKIE_BYTES}. ` +
        "Keep less in it, or keep it in the session.",
    );
  }
  if (NOT_COOKIE_OCTET.test(value)) {
    throw new InvalidCookie(`Cookie ${quoteName(name)}: the value holds a character that no cookie can carry. Pass it through encodeCookieValue() first.`);
  }
}

function scopeText(own: CookieAttributes): string {
  const domain = own.domain === undefined ? "" : `; Domain=${normalizeDomain(own.domain)}`;
  return `; Path=${own.path ?? "/"}${domain}`;
}

function flagsText(own: CookieAttributes): string {
  const secure = own.secure === true ? "; Secure" : "";
  const httpOnly = own.httpOnly === true ? "; HttpOnly" : "";
  const sameSite = `; SameSite=${capitalize(own.sameSite ?? "lax")}`;
  const partitioned = own.partitioned === true ? "; Partitioned" : "";
  const priority = own.priority === undefined ? "" : `; Priority=${capitalize(own.priority)}`;
  return secure + httpOnly + sameSite + partitioned + priority;
}

function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** ECMAScript fixes this text whatever the time zone and the language are: it is HTTP's IMF-fixdate. */
function formatExpires(at: number): string {
  return new Date(at).toUTCString();
}
