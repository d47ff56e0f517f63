import { checkOwnAttributes, copyAttributes } from "./attributes.ts";
import type { CookieAttributes } from "./attributes.ts";
import { checkCookieName } from "./name.ts";
import { removalText } from "./serialize.ts";

/**
 * The Set-Cookie value that makes a browser forget a cookie. Browsers find the cookie by name, Path, Domain and
 * Partitioned, and drop the line if Secure or a prefix rule is missing: give the attributes that it was set with.
 * A lifetime among them does not count.
 *
 * @throws InvalidCookie as for setting it.
 * @see RFC 6265bis section 5.7
 * @example
 * removeCookie("theme", { path: "/shop" });
 * // "theme=; Path=/shop; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=Lax"
 */
export function removeCookie(name: string, attributes: CookieAttributes): string {
  checkCookieName(name);
  const own = copyAttributes(name, attributes);
  checkOwnAttributes(name, own);
  return removalText(name, own);
}
