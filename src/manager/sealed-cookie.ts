import { ConfigurationError } from "../errors.ts";
import type { Epochs } from "../store/epochs.ts";
import { createCookieResidence } from "./cookie-sessions/cookie-residence.ts";
import { MOST_CHUNKS } from "./cookie-sessions/chunks.ts";
import { sealedProtection, type Protection } from "./cookie-sessions/protection.ts";
import type { CookieSessionStore } from "./residence.ts";

/** Options of the two stores that keep sessions in the cookie. */
export interface CookieStoreOptions {
  /** Over how many cookies a session may be spread, 1 to 9. Default: 2, about 8 KiB; servers limit the whole header, often to 16 KiB. */
  readonly maxCookies?: number;
  /**
   * What makes logging out, a password change and "sign out everywhere" end copies of the cookie. Default: the one that comes with
   * `auth`; given here, `auth` uses it as well. Without any an old copy of a cookie works until it expires.
   */
  readonly epochs?: Epochs;
  /** Lets `auth` keep logins in such cookies although nothing can end a copy of them. Default: false. */
  readonly unsafeWithoutEpochs?: boolean;
  /**
   * Keeps what was opened lately in memory, some two thousand small sessions, so that a browser's next request need not be opened
   * again. Default: true. `false` keeps nothing of a session in memory between two requests.
   */
  readonly rememberOpened?: boolean;
}

/**
 * Sessions that live in the browser, encrypted: no store, no lookup. Good for small and harmless state. What it cannot do: merge
 * parallel requests (the last response wins), list or revoke single sessions, hold more than a few KiB. Logging out ends all devices
 * of the user at once, through the user's epoch.
 *
 * @throws ConfigurationError for maxCookies out of range; COAT_SECRET_MISSING when the cloakroom has no secrets
 * @example
 * import { createCoatcheck } from "coatcheck";
 * import { sealedCookieStore } from "coatcheck/sealed-cookie";
 *
 * const cloakroom = createCoatcheck({ store: sealedCookieStore(), secrets: [process.env["SECRET_KEY"]] });
 */
export function sealedCookieStore(options: CookieStoreOptions = {}): CookieSessionStore {
  return makeCookieStore(sealedProtection, options);
}

/** @throws ConfigurationError */
export function makeCookieStore(protection: Protection, options: CookieStoreOptions): CookieSessionStore {
  const { maxCookies = 2 } = options;
  if (!Number.isInteger(maxCookies) || maxCookies < 1 || maxCookies > MOST_CHUNKS) throw new ConfigurationError("maxCookies", `expected a whole number from 1 to ${MOST_CHUNKS}.`);
  return {
    kind: "cookie",
    name: protection.name,
    epochs: options.epochs ?? null,
    allowsUnsafeLogins: options.unsafeWithoutEpochs ?? false,
    createResidence: (context) => createCookieResidence(context, protection, { mostChunks: maxCookies, epochs: options.epochs ?? context.epochs, remembers: options.rememberOpened ?? true }),
  };
}
