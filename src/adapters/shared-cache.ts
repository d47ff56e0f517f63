/**
 * Whether a response header tells only shared caches what to do. Such headers outrank Cache-Control there (RFC 9213), so
 * `no-store` would not be heard beside them.
 */
export function isSharedCacheHeader(lowerCaseName: string): boolean {
  return lowerCaseName === "surrogate-control" || lowerCaseName.endsWith("cdn-cache-control");
}
