/**
 * What a browser reads in a Set-Cookie value: RFC 6265bis section 5.6 and the cookie dates of section 5.1.1. Written
 * from the specification and apart from the writer in `cookie/`, so that the two can be tested against each other.
 */

/** A Set-Cookie value, taken apart. Of an attribute that stands twice, the last counts. */
export interface SetCookieLine {
  readonly name: string;
  readonly value: string;
  /** Lower case, without a leading dot; null when the attribute is absent or empty. */
  readonly domain: string | null;
  /** Null when the attribute is absent or does not begin with a slash: the request's path decides. */
  readonly path: string | null;
  /** Seconds; null when absent or malformed. */
  readonly maxAgeSeconds: number | null;
  /** Milliseconds since 1970; null when absent or malformed. */
  readonly expiresAt: number | null;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: "lax" | "strict" | "none" | "default";
  readonly partitioned: boolean;
  /** Every attribute name in the order of the line, lower case, also those without a meaning. */
  readonly attributeNames: readonly string[];
}

const LARGEST_PAIR = 4096;
const LARGEST_ATTRIBUTE = 1024;

/**
 * Reads one Set-Cookie value. A string stands for its reason when a browser would ignore the whole line.
 *
 * @see RFC 6265bis section 5.6
 * @example
 * parseSetCookieLine("sid=1; Path=/; Secure");
 */
export function parseSetCookieLine(line: string): SetCookieLine | string {
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(line)) return "control-character";
  if (/[^\x00-\xff]/.test(line)) return "not-header-bytes";
  const [pair = "", ...attributes] = line.split(";");
  const divider = pair.indexOf("=");
  const name = divider === -1 ? "" : trimBlanks(pair.slice(0, divider));
  const value = trimBlanks(pair.slice(divider + 1));
  if (name === "" && value === "") return "empty";
  if (name.length + value.length > LARGEST_PAIR) return "too-large";

  const found = { domain: null, path: null, maxAgeSeconds: null, expiresAt: null, sameSite: "default" } as {
    domain: string | null;
    path: string | null;
    maxAgeSeconds: number | null;
    expiresAt: number | null;
    sameSite: SetCookieLine["sameSite"];
  };
  const names: string[] = [];
  for (const attribute of attributes) {
    const equals = attribute.indexOf("=");
    const key = trimBlanks(equals === -1 ? attribute : attribute.slice(0, equals)).toLowerCase();
    const text = equals === -1 ? "" : trimBlanks(attribute.slice(equals + 1));
    if (text.length > LARGEST_ATTRIBUTE) continue;
    names.push(key);
    if (key === "domain") found.domain = text.replace(/^\./, "").toLowerCase() || null;
    if (key === "path") found.path = text.startsWith("/") ? text : null;
    if (key === "max-age" && /^-?[0-9]+$/.test(text)) found.maxAgeSeconds = Number(text);
    if (key === "expires") found.expiresAt = parseCookieDate(text) ?? found.expiresAt;
    if (key === "samesite") found.sameSite = sameSiteOf(text);
  }
  return {
    name,
    value,
    ...found,
    secure: names.includes("secure"),
    httpOnly: names.includes("httponly"),
    partitioned: names.includes("partitioned"),
    attributeNames: names,
  };
}

function sameSiteOf(text: string): SetCookieLine["sameSite"] {
  const word = text.toLowerCase();
  return word === "none" || word === "strict" || word === "lax" ? word : "default";
}

function trimBlanks(text: string): string {
  return text.replace(/^[ \t]+/, "").replace(/(?<![ \t])[ \t]+$/, "");
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/**
 * A cookie date as milliseconds since 1970, or undefined when it is none. Lenient, as browsers are: the parts may stand
 * in any order.
 *
 * @see RFC 6265bis section 5.1.1
 * @example
 * parseCookieDate("Thu, 01 Jan 1970 00:00:10 GMT"); // 10000
 */
export function parseCookieDate(text: string): number | undefined {
  let time: [number, number, number] | undefined;
  let day: number | undefined;
  let month: number | undefined;
  let year: number | undefined;
  for (const token of text.split(/[\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+/)) {
    const clock = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D|$)/.exec(token);
    const name = MONTHS.indexOf(token.slice(0, 3).toLowerCase());
    if (time === undefined && clock) time = [Number(clock[1]), Number(clock[2]), Number(clock[3])];
    else if (day === undefined && /^\d{1,2}(?:\D|$)/.test(token)) day = Number.parseInt(token, 10);
    else if (month === undefined && name !== -1) month = name;
    else if (year === undefined && /^\d{2,4}(?:\D|$)/.test(token)) year = fullYear(Number.parseInt(token, 10));
  }
  if (time === undefined || day === undefined || month === undefined || year === undefined) return undefined;
  const [hours, minutes, seconds] = time;
  if (day < 1 || day > 31 || year < 1601 || hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const at = Date.UTC(year, month, day, hours, minutes, seconds);
  return new Date(at).getUTCDate() === day ? at : undefined;
}

function fullYear(year: number): number {
  if (year >= 70 && year <= 99) return year + 1900;
  return year <= 69 ? year + 2000 : year;
}
