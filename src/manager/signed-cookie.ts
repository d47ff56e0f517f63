import { signedProtection } from "./cookie-sessions/protection.ts";
import type { CookieSessionStore } from "./residence.ts";
import { makeCookieStore, type CookieStoreOptions } from "./sealed-cookie.ts";

/**
 * Sessions that live in the browser, signed but readable: users, and whoever else has the browser, can read every value. Otherwise as
 * `sealedCookieStore`, which is the better choice unless something else has to read the cookie. Django: `signed_cookies`.
 *
 * @throws ConfigurationError for maxCookies out of range; COAT_SECRET_MISSING when the cloakroom has no secrets
 * @example
 * import { createCoatcheck } from "coatcheck";
 * import { signedCookieStore } from "coatcheck/signed-cookie";
 *
 * const cloakroom = createCoatcheck({ store: signedCookieStore(), secrets: [process.env["SECRET_KEY"]] });
 */
export function signedCookieStore(options: CookieStoreOptions = {}): CookieSessionStore {
  return makeCookieStore(signedProtection, options);
}
