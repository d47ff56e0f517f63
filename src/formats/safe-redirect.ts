/** What a redirect target is compared with. */
export interface Site {
  /** Host and port as the browser named them; undefined: only paths are accepted. */
  readonly host: string | undefined;
  readonly scheme: "http" | "https";
  /** Where to go instead. Default: `/`. */
  readonly fallback?: string;
}

/** Longer targets were not made by this site's own links. */
const LONGEST_TARGET = 2000;

/** Controls, blanks and format characters of every kind, and the backslash, which browsers read as a slash. */
const FORBIDDEN = /[\\\p{Cc}\p{Cf}\p{Z}\p{Cs}]/u;

const SOME_ORIGIN = "https://site.invalid";

/**
 * Where to go after a login: the target, if it leads back to this site, else the fallback. What is returned is always a path with its
 * query, never a host, and is parsed again after everything that was done to it, so that what was checked is what is sent.
 *
 * @param target `?next=`, of whatever type it arrived as
 * @see https://url.spec.whatwg.org/#url-parsing
 * @example
 * safeNext("/cart?page=2", { scheme: "https", host: "shop.example" }); // "/cart?page=2"
 * safeNext("//evil.example", { scheme: "https", host: "shop.example" }); // "/"
 */
export function safeNext(target: unknown, site: Site): string {
  const { fallback = "/" } = site;
  if (typeof target !== "string" || target === "" || target.length > LONGEST_TARGET || FORBIDDEN.test(target)) return fallback;
  const own = originOf(site);
  if (!target.startsWith("/") && (own === null || !target.toLowerCase().startsWith(`${site.scheme}://`))) return fallback;
  const origin = own ?? SOME_ORIGIN;
  const url = parse(target, origin);
  if (url === null || url.origin !== origin || url.username !== "" || url.password !== "") return fallback;
  const path = url.pathname + url.search + url.hash;
  return isSafePath(path) ? path : fallback;
}

/** Whether a text, sent as Location, stays on the site that sends it, and says what it says. */
export function isSafePath(path: string): boolean {
  if (!path.startsWith("/") || FORBIDDEN.test(path)) return false;
  const url = parse(path, SOME_ORIGIN);
  // A path that the parser rewrites once more is not the one that was looked at.
  return url !== null && url.origin === SOME_ORIGIN && url.pathname.startsWith("/") && !url.pathname.startsWith("//") && url.pathname + url.search + url.hash === path;
}

function originOf({ host, scheme }: Site): string | null {
  if (host === undefined || /[/?#@\\\s]/.test(host)) return null;
  return parse(`${scheme}://${host}`)?.origin ?? null;
}

function parse(text: string, base?: string): URL | null {
  return URL.canParse(text, base) ? new URL(text, base) : null;
}
