import { InvalidCookie } from "../errors.ts";
import { domainProblem } from "./domain.ts";
import { checkCookieName, prefixRulesOf, quoteName, typeName } from "./name.ts";

/** What a Set-Cookie line says besides name and value (RFC 6265bis section 4.1.2). */
export interface CookieAttributes {
  /** The cookie goes to this path and what lies below it. Default `/`. */
  readonly path?: string;
  /** The cookie goes to this host and its subdomains. Default: to the answering host alone, which is safer. */
  readonly domain?: string;
  /** Lifetime in whole seconds, at most 400 days. Default: until the browser closes. */
  readonly maxAgeSeconds?: number;
  /** End of life, milliseconds since 1970. Browsers go by `maxAgeSeconds` when both are given. */
  readonly expiresAt?: number;
  /** Only over https. Default false. */
  readonly secure?: boolean;
  /** Not readable by scripts. Default false. */
  readonly httpOnly?: boolean;
  /** Whether it travels with requests that another site causes. Default `lax`, always written out. */
  readonly sameSite?: "lax" | "strict" | "none";
  /** A separate cookie for each site that embeds this one (CHIPS). Default false. */
  readonly partitioned?: boolean;
  /** Which cookies a full browser drops first. Default: not written. */
  readonly priority?: "low" | "medium" | "high";
}

/** 400 days: browsers shorten what is longer (RFC 6265bis section 5.5). */
export const LONGEST_MAX_AGE_SECONDS = 34_560_000;

/** Browsers ignore an attribute whose value is longer (RFC 6265bis section 5.6). */
const LONGEST_ATTRIBUTE = 1024;

/** The years that a cookie date can express (RFC 6265bis section 5.1.1). */
const EARLIEST_EXPIRY = Date.UTC(1601, 0, 1);
const LATEST_EXPIRY = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Visible ASCII without `;`. A `?` or `#` never stands in the path of a request, so such a cookie would never be sent. */
const PATH = /^\/[\x21\x22\x24-\x3a\x3c-\x3e\x40-\x7e]*$/;

const SAME_SITE: readonly unknown[] = ["lax", "strict", "none"];
const PRIORITY: readonly unknown[] = ["low", "medium", "high"];

const CURES: Readonly<Record<string, string>> = {
  maxAge: "maxAgeSeconds (in seconds)",
  "max-age": "maxAgeSeconds (in seconds)",
  expires: "expiresAt (milliseconds since 1970)",
  httponly: "httpOnly",
  samesite: "sameSite",
};

const KNOWN: ReadonlySet<string> = new Set([
  "path",
  "domain",
  "maxAgeSeconds",
  "expiresAt",
  "secure",
  "httpOnly",
  "sameSite",
  "partitioned",
  "priority",
]);

/**
 * Refuses, at run time, every combination of a name and attributes that a browser would drop, shorten or misread.
 * A misspelt attribute is refused too, since it would silently leave out a protection.
 *
 * @param now milliseconds since 1970; when it is given, `expiresAt` is held to 400 days as `maxAgeSeconds` always is.
 * @throws InvalidCookie, naming the cookie, the attribute and the cure.
 * @see RFC 6265bis sections 4.1.2, 4.1.3, 5.5 and 5.7
 * @example
 * checkCookieAttributes("__Host-sid", { secure: true, path: "/" }); // fine
 */
export function checkCookieAttributes(name: string, attributes: CookieAttributes, now?: number): void {
  checkCookieName(name);
  checkOwnAttributes(name, copyAttributes(name, attributes), now);
}

/**
 * A copy of the own attributes without a prototype, so that what was checked is what is used: neither a getter that
 * answers differently the second time nor a property planted on `Object.prototype` gets through.
 *
 * @throws InvalidCookie if `attributes` is not an object.
 */
export function copyAttributes(name: string, attributes: CookieAttributes): CookieAttributes {
  if (typeof attributes !== "object" || attributes === null || Array.isArray(attributes)) {
    throw new InvalidCookie(`Cookie ${quoteName(name)}: the attributes are a ${typeName(attributes)}. Give an object, {} for the defaults.`);
  }
  return Object.assign(Object.create(null) as object, attributes);
}

/** The rules of `checkCookieAttributes` for a name and a copy that are known to be what they should. */
export function checkOwnAttributes(name: string, own: CookieAttributes, now?: number): void {
  const refuse = (attribute: string, problem: string): never => {
    throw new InvalidCookie(`Cookie ${quoteName(name)}: ${attribute} ${problem}`);
  };
  for (const key of Object.keys(own)) {
    if (!KNOWN.has(key)) refuse(quoteName(key), `is not an attribute. Use ${CURES[key] ?? `one of ${[...KNOWN].join(", ")}`}.`);
  }
  for (const key of ["secure", "httpOnly", "partitioned"] as const) {
    if (own[key] !== undefined && typeof own[key] !== "boolean") refuse(key, `is a ${typeName(own[key])}. Give true or false.`);
  }
  checkPath(own.path, refuse);
  checkDomain(own.domain, refuse);
  checkLifetime(own, now, refuse);
  if (own.sameSite !== undefined && !SAME_SITE.includes(own.sameSite)) refuse("sameSite", 'is none of "lax", "strict" and "none".');
  if (own.priority !== undefined && !PRIORITY.includes(own.priority)) refuse("priority", 'is none of "low", "medium" and "high".');
  if (own.sameSite === "none" && own.secure !== true) refuse("sameSite", '"none" needs secure: true; browsers drop the cookie otherwise.');
  if (own.partitioned === true && own.secure !== true) refuse("partitioned", "needs secure: true; browsers drop the cookie otherwise.");
  checkPrefix(name, own, refuse);
}

type Refuse = (attribute: string, problem: string) => never;

function checkPath(path: unknown, refuse: Refuse): void {
  if (path === undefined) return;
  if (typeof path !== "string") return refuse("path", `is a ${typeName(path)}. Give a string such as "/".`);
  if (path.length > LONGEST_ATTRIBUTE) refuse("path", `is longer than ${LONGEST_ATTRIBUTE} bytes, so browsers ignore it.`);
  if (!PATH.test(path)) {
    refuse("path", 'has to begin with "/" and to hold visible ASCII without ";", "?" and "#". Percent-encode other characters, as they stand in the URL.');
  }
}

function checkDomain(domain: unknown, refuse: Refuse): void {
  if (domain === undefined) return;
  if (typeof domain !== "string") return refuse("domain", `is a ${typeName(domain)}. Give a host name such as "example.org", or leave it out.`);
  const problem = domainProblem(domain);
  if (problem !== undefined) refuse("domain", `${problem}. Give a host name such as "example.org" without scheme, port and path, or leave it out.`);
}

function checkLifetime(own: CookieAttributes, now: number | undefined, refuse: Refuse): void {
  if (own.maxAgeSeconds !== undefined && !isMaxAge(own.maxAgeSeconds)) {
    refuse("maxAgeSeconds", `is not a whole number of seconds from 0 to ${LONGEST_MAX_AGE_SECONDS} (400 days).`);
  }
  const { expiresAt } = own;
  if (expiresAt === undefined) return;
  if (!isExpiry(expiresAt)) {
    refuse("expiresAt", "is not a whole number of milliseconds since 1970 in the years 1601 to 9999. Give date.getTime().");
  }
  if (now !== undefined && expiresAt - now > LONGEST_MAX_AGE_SECONDS * 1000) {
    refuse("expiresAt", "is more than 400 days away. Browsers shorten that; give an earlier end.");
  }
}

function checkPrefix(name: string, own: CookieAttributes, refuse: Refuse): void {
  const rules = prefixRulesOf(name);
  if (rules === null) return;
  if (own.secure !== true) refuse("secure", `has to be true, because the name begins with ${rules.prefix}`);
  if (rules.httpOnly && own.httpOnly !== true) refuse("httpOnly", `has to be true, because the name begins with ${rules.prefix}`);
  if (!rules.hostBound) return;
  if (own.domain !== undefined) refuse("domain", `has to be left out, because the name begins with ${rules.prefix}`);
  if (own.path !== undefined && own.path !== "/") refuse("path", `has to be "/", because the name begins with ${rules.prefix}`);
}

/** Whether a value can be sent as Max-Age. */
export function isMaxAge(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LONGEST_MAX_AGE_SECONDS && !Object.is(value, -0);
}

/** Whether a value can be sent as Expires. */
export function isExpiry(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= EARLIEST_EXPIRY && (value as number) <= LATEST_EXPIRY && !Object.is(value, -0);
}
