import { InvalidCookie } from "../errors.ts";

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Names that seem to have a prefix and have none: `_Host-`, `___Host-`, `__Host_`, `Host__`. */
const LOOK_ALIKE = /^(?:_+(?:host|secure|http)(?![a-z0-9])|(?:host|secure|http)__)/i;

/** Names that have one prefix and seem to have two: `__Host-Http_`, `__Http-Host-`. */
const HALF_RIGHT = /^__(?:host-http(?![a-z0-9-])|http-host-)/i;

const PREFIX = /^__(?:host-http|host|secure|http)-/i;

/** What a name's prefix demands of the attributes. Browsers compare prefixes without regard to case. */
export interface PrefixRules {
  /** The prefix as it is usually written, for instance `__Host-`. */
  readonly prefix: string;
  /** Path must be `/` and Domain absent. */
  readonly hostBound: boolean;
  /** HttpOnly must be set. */
  readonly httpOnly: boolean;
}

const HOST: PrefixRules = { prefix: "__Host-", hostBound: true, httpOnly: false };
const SECURE: PrefixRules = { prefix: "__Secure-", hostBound: false, httpOnly: false };
const HTTP: PrefixRules = { prefix: "__Http-", hostBound: false, httpOnly: true };
const HOST_HTTP: PrefixRules = { prefix: "__Host-Http-", hostBound: true, httpOnly: true };

/**
 * Checks that a name is a token and that it does not resemble a prefix that it does not have.
 *
 * @throws InvalidCookie
 * @see RFC 6265bis section 4.1.1
 * @example
 * checkCookieName("__Host-sessionid"); // fine
 */
export function checkCookieName(name: string): void {
  if (typeof name !== "string") throw new InvalidCookie(`A cookie name is a ${typeName(name)}. Give a string.`);
  if (!TOKEN.test(name)) {
    throw new InvalidCookie(
      `${quoteName(name)} is not a cookie name. Use one or more letters, digits and ! # $ % & ' * + - . ^ _ \` | ~`,
    );
  }
  if ((PREFIX.test(name) ? HALF_RIGHT : LOOK_ALIKE).test(name)) {
    throw new InvalidCookie(
      `Cookie ${quoteName(name)} looks as if it had a protecting prefix, but browsers do not treat it so. ` +
        "Write __Host-, __Secure-, __Http- or __Host-Http- exactly, or choose a name that does not resemble them.",
    );
  }
}

/** The rules of the prefix of a name, or null when it has none. */
export function prefixRulesOf(name: string): PrefixRules | null {
  switch (PREFIX.exec(name)?.[0].toLowerCase()) {
    case "__host-http-":
      return HOST_HTTP;
    case "__host-":
      return HOST;
    case "__secure-":
      return SECURE;
    case "__http-":
      return HTTP;
    default:
      return null;
  }
}

/** A name as it may stand in a message: quoted, escaped, and not longer than a line. */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

/** What to call a value's type in a message, without showing the value. */
export function typeName(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
