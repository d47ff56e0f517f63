import { validateHeaderName, validateHeaderValue } from "node:http";
import type { Ending } from "../coat/exchange.ts";
import { isSharedCacheHeader, reportOverridden } from "./shared-cache.ts";
import { mergeVary } from "./vary.ts";

type HeaderValue = number | string | string[] | undefined;

/** The header methods that Node's HTTP/1 and HTTP/2 responses have in common. */
export interface HeaderBag {
  getHeader(name: string): HeaderValue;
  getHeaderNames(): string[];
  hasHeader(name: string): boolean;
  setHeader(name: string, value: number | string | readonly string[]): unknown;
  appendHeader(name: string, value: string | readonly string[]): unknown;
  removeHeader(name: string): void;
}

type Pair = readonly [name: string, value: string | readonly string[]];

/** What `writeHead` accepts as headers, as a list: an object, `[name, value, name, value]` or `[[name, value]]`. */
function pairsOf(headers: object): Pair[] {
  const pairs: Pair[] = [];
  const push = (name: unknown, value: unknown): void => {
    if (name === "" || name === undefined || name === null) return;
    if (value === undefined) throw invalid(`The value of the header ${JSON.stringify(name)} is undefined.`, "ERR_HTTP_INVALID_HEADER_VALUE");
    pairs.push([String(name), Array.isArray(value) ? value.map(String) : String(value)]);
  };
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers)) push(name, value);
  } else if (Array.isArray(headers[0])) {
    for (const entry of headers as unknown[][]) push(entry[0], entry[1]);
  } else {
    if (headers.length % 2 !== 0) throw invalid("The list of headers has a name without a value.", "ERR_INVALID_ARG_VALUE");
    for (let index = 0; index < headers.length; index += 2) push(headers[index], headers[index + 1]);
  }
  return pairs;
}

function invalid(message: string, code: string): TypeError {
  return Object.assign(new TypeError(message), { code });
}

/** Throws what Node would throw for these arguments, before anything is committed in their name. */
export function checkHead(status: number, reason: string | undefined, headers: object | undefined): void {
  if (!(status >= 100 && status <= 999)) {
    throw Object.assign(new RangeError(`Invalid status code: ${String(status)}`), { code: "ERR_HTTP_INVALID_STATUS_CODE" });
  }
  if (reason !== undefined) validateHeaderValue("statusMessage", reason);
  if (headers === undefined) return;
  for (const [name, value] of pairsOf(headers)) {
    validateHeaderName(name);
    for (const one of typeof value === "string" ? [value] : value) validateHeaderValue(name, one);
  }
}

/**
 * Sets the headers that were passed to `writeHead`. As in Node they replace those set before, and a name that stands twice
 * in a list is sent twice. Nothing that was passed in is kept or changed.
 */
export function setHeadersOf(bag: HeaderBag, headers: object): void {
  const pairs = pairsOf(headers);
  for (const [name] of pairs) if (bag.hasHeader(name)) bag.removeHeader(name);
  for (const [name, value] of pairs) {
    if (bag.hasHeader(name)) bag.appendHeader(name, value);
    else bag.setHeader(name, value);
  }
}

/** Adds what the coat asks for. Cookies of the application stay as they are, before ours. */
export function applyEnding(bag: HeaderBag, ending: Ending): void {
  if (ending.vary.length > 0) {
    const existing = bag.getHeader("vary");
    const merged = mergeVary(existing === undefined ? "" : String(existing), ending.vary);
    if (merged !== null) bag.setHeader("Vary", merged);
  }
  if (ending.setCookies.length > 0) {
    const existing = bag.getHeader("set-cookie");
    // A new array: Node keeps the very array that the application handed over, and appending would change it.
    const before = existing === undefined ? [] : Array.isArray(existing) ? existing : [String(existing)];
    bag.setHeader("Set-Cookie", [...before, ...ending.setCookies]);
  }
  if (ending.noStore) {
    reportOverridden(String(bag.getHeader("cache-control") ?? ""));
    for (const name of bag.getHeaderNames()) if (isSharedCacheHeader(name.toLowerCase())) bag.removeHeader(name);
    bag.setHeader("Cache-Control", "no-store");
  }
  for (const [name, value] of ending.headers) bag.setHeader(name, value);
}

/** Headers that described the answer which is not sent. Those of CORS and of security policies stay. */
const OF_THE_LOST_ANSWER: readonly string[] = [
  "accept-ranges",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-range",
  "content-type",
  "etag",
  "expires",
  "last-modified",
  "location",
  "refresh",
  "set-cookie",
  "trailer",
  "transfer-encoding",
];

/** Makes the headers fit for an error page in place of the answer whose commit failed. */
export function clearForError(bag: HeaderBag, status: number): void {
  // Only what is there: Node remembers a removed Content-Length and then never computes one.
  for (const name of OF_THE_LOST_ANSWER) if (bag.hasHeader(name)) bag.removeHeader(name);
  for (const name of bag.getHeaderNames()) if (isSharedCacheHeader(name.toLowerCase())) bag.removeHeader(name);
  bag.setHeader("Cache-Control", "no-store");
  if (status === 503) bag.setHeader("Retry-After", "1");
}
