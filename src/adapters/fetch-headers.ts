import type { Ending } from "../coat/exchange.ts";
import { isSharedCacheHeader, reportOverridden } from "./shared-cache.ts";
import { mergeVary } from "./vary.ts";

/**
 * Adds to a response what the coat asks for. Cookies and cache rules go onto a copy: the application may answer with one
 * Response object again and again, and the next visitor must not get this one's cookies. Vary alone says the same to
 * everybody and is set in place where the headers allow it.
 */
export function dressResponse(response: Response, ending: Ending): Response {
  if (ending.setCookies.length === 0 && !ending.noStore && ending.headers.length === 0) {
    // In lower case, as Headers keep names: writing it otherwise has each of them made anew.
    const vary = mergeVary(response.headers.get("vary") ?? "", ending.vary);
    if (vary === null) return response;
    try {
      response.headers.set("vary", vary);
      return response;
    } catch {
      // Immutable, as those of Response.redirect() and of a cache are.
    }
  }
  // A protocol switch (WebSocket) cannot be copied and has no page to protect.
  if (response.status === 101) return response;
  // A network error (Response.error()) has no status that could be sent.
  const copy = response.status === 0 ? new Response(null, { status: 500, headers: response.headers }) : new Response(response.body, response);
  applyEnding(copy.headers, ending);
  return copy;
}

function applyEnding(headers: Headers, ending: Ending): void {
  const vary = mergeVary(headers.get("vary") ?? "", ending.vary);
  if (vary !== null) headers.set("vary", vary);
  for (const line of ending.setCookies) headers.append("Set-Cookie", line);
  if (ending.noStore) {
    reportOverridden(headers.get("cache-control") ?? "");
    for (const name of [...headers.keys()]) if (isSharedCacheHeader(name)) headers.delete(name);
    headers.set("Cache-Control", "no-store");
  }
  for (const [name, value] of ending.headers) headers.set(name, value);
}
