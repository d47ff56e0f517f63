import type { Connection } from "../manager/connection.ts";
import type { CsrfReason } from "./reasons.ts";
import { normalizeOrigin, type OriginMatcher } from "./trusted-origins.ts";

/** What the browser's own headers say about where a request comes from. */
export type OriginVerdict = "own" | "silent" | CsrfReason;

/** What the verdict is made from. */
export interface OriginFacts {
  readonly connection: Connection;
  readonly fetchSite: string | undefined;
  readonly origin: string | undefined;
  readonly isTrusted: OriginMatcher;
}

/**
 * Fetch Metadata first, then Origin. `own`: the browser vouches for this site or a trusted one. `silent`: it says nothing, so a
 * token has to prove it. Values that no browser sends are refused, as Go's CrossOriginProtection does.
 */
export function judgeOrigin({ connection, fetchSite, origin, isTrusted }: OriginFacts): OriginVerdict {
  if (fetchSite !== undefined) {
    if (fetchSite === "same-origin" || fetchSite === "none") return "own";
    if (fetchSite !== "cross-site" && fetchSite !== "same-site") return "fetch-site-unknown";
    return origin !== undefined && isTrusted(origin) ? "own" : "fetch-site";
  }
  if (origin === undefined) return "silent";
  if (origin === "null") return "origin-null";
  const normal = normalizeOrigin(origin);
  if (normal === null) return "origin-malformed";
  return normal === ownOrigin(connection) || isTrusted(origin) ? "own" : "origin-foreign";
}

/** Over https, a request that says nothing else must at least have a Referer of this site (Django's rule). Null: it has. */
export function judgeReferer(connection: Connection, referer: string | undefined, isTrusted: OriginMatcher): CsrfReason | null {
  if (connection.scheme !== "https") return null;
  if (referer === undefined || referer === "") return "referer-missing";
  const url = URL.canParse(referer) ? new URL(referer) : null;
  if (url === null || url.host === "") return "referer-malformed";
  if (url.protocol !== "https:") return "referer-insecure";
  return url.origin === ownOrigin(connection) || isTrusted(url.origin) ? null : "referer-foreign";
}

/** Whether the browser itself says that this very site sent the request: a trusted origin is another one. */
export function isSentByOwnPage(connection: Connection, fetchSite: string | undefined, origin: string | undefined): boolean {
  if (fetchSite !== undefined) return fetchSite === "same-origin";
  const normal = origin === undefined ? null : normalizeOrigin(origin);
  return normal !== null && normal === ownOrigin(connection);
}

/** This site's origin as the browser names it: the connection's scheme and the request's host. */
export function ownOrigin(connection: Connection): string | null {
  return connection.host === undefined ? null : normalizeOrigin(`${connection.scheme}://${connection.host.toLowerCase()}`);
}
