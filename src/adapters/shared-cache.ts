import { isHeard, publish } from "../manager/events.ts";

/**
 * Whether a response header tells only shared caches what to do. Such headers outrank Cache-Control there (RFC 9213), so
 * `no-store` would not be heard beside them.
 */
export function isSharedCacheHeader(lowerCaseName: string): boolean {
  return lowerCaseName === "surrogate-control" || lowerCaseName.endsWith("cdn-cache-control");
}

/**
 * Tells of a Cache-Control that allowed keeping a response and had to give way to `no-store`: somebody expects that page to be
 * cached, and it will not be as long as it sets a cookie.
 */
export function reportOverridden(cacheControl: string): void {
  if (isHeard("cache.overridden") && /\b(public|s-maxage|max-age=0*[1-9])/i.test(cacheControl)) publish("cache.overridden", { header: cacheControl });
}
