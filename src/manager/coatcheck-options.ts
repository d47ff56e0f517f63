// Generated from option-table.ts by scripts/write-settings.ts. Change the table, then run `npm run settings`.
import type { SessionStore } from "../store/store.ts";
import type { CookieSessionStore } from "./residence.ts";
import type { Duration } from "../session/duration.ts";
import type { Codec } from "../codec/codec.ts";
import type { SessionSchemaOption } from "../session/session-schema.ts";
import type { Clock } from "../clock.ts";
import type { TrustProxy } from "./proxy.ts";
import type { FillRandom } from "../crypto/random.ts";
import type { Users } from "../store/users.ts";
import type { AuthBackend } from "../store/auth-backend.ts";
import type { RevocationBus } from "../store/revocation-bus.ts";
import type { PasswordHasher } from "../store/password-hasher.ts";

/** What `createCoatcheck` accepts. Everything has a default. */
export interface CoatcheckOptions {
  /** Where sessions live: any of Coatcheck's stores, or one of your own that passes the conformance suite. Default: `sqliteStore("coatcheck.db")`. Django: SESSION_ENGINE. */
  readonly store?: SessionStore | CookieSessionStore | undefined;
  /** Keys of at least 32 bytes: the newest, first, signs and seals; all verify and open. Entries other than the first may be undefined. `npx coatcheck secret` makes one. Default: made on first start and kept in the embedded store; with a store of yours there is none. Django: SECRET_KEY, SECRET_KEY_FALLBACKS. */
  readonly secrets?: readonly (string | Uint8Array | undefined)[] | undefined;
  /** Only `false` loosens anything: development stores are allowed, refusals explain themselves in the response and the log. Default: `true`, unless NODE_ENV is `development` or `test`. Django: DEBUG. */
  readonly production?: boolean | undefined;
  /** Keeps several applications on one store, or on one host, apart: a session of one is a stranger in the others, and the names of the CSRF and message cookies hold it. Changing it ends every session. Default: `""`. */
  readonly namespace?: string | undefined;
  /** The proxies before this process: how many, or their addresses and networks. Only then do X-Forwarded-* and Forwarded count, and only what those proxies say. Default: none. Django: SECURE_PROXY_SSL_HEADER. */
  readonly trustProxy?: TrustProxy | undefined;
  /** What a request gets that needs its session while the store is down. Default: `"503"`. */
  readonly onStoreError?: "503" | "anonymous" | undefined;
  /** Carries the news of ended sessions between nodes: `redisRevocations(client)` or `postgresRevocations(pool)` of `coatcheck/revocations`. Default: none: `cloakroom.onRevoked` hears what this process ends. */
  readonly revocations?: RevocationBus | undefined;
  /** Deletes a few expired records after a writing response now and then, where the engine does not do it by itself. Default: `true`. */
  readonly sweep?: boolean | undefined;
  /** Where the sentences go that explain, in development, why a session does not stick. Default: `console.warn`; nothing where NODE_ENV is `test`. */
  readonly log?: (sentence: string) => void | undefined;
  /** Where the time is read. Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Where random bytes come from. Default: the platform's secure source. */
  readonly random?: FillRandom | undefined;
  readonly session?: {
    /** A session ends after so long without activity. Default: `"14d"`. Django: SESSION_COOKIE_AGE. */
    readonly idleTimeout?: Duration | undefined;
    /** A session ends so long after it began, whatever its activity; null: never for that reason. Default: `"90d"`. */
    readonly absoluteTimeout?: Duration | null | undefined;
    /** The cookie lives until the browser closes. The server ends the session after the idle time all the same. Default: `false`. Django: SESSION_EXPIRE_AT_BROWSER_CLOSE. */
    readonly expireAtBrowserClose?: boolean | undefined;
    /** When activity moves the end of a session: once a tenth of the idle time has passed since it last did, with every request, or never. Default: `"throttled"`. Django: SESSION_SAVE_EVERY_REQUEST. */
    readonly renew?: "throttled" | "always" | "never" | undefined;
    /** Gives a session a new token so often; the old one leads to it for ten seconds more, for requests in flight, and is reported as a replay after that. Default: `null`. */
    readonly rotateEvery?: Duration | null | undefined;
    /** How values become text. Tagged JSON keeps Date, Map, Set, BigInt and Uint8Array. Default: tagged JSON. Django: SESSION_SERIALIZER. */
    readonly codec?: Codec | undefined;
    /** What the session may hold, in zod, valibot, arktype or any other library that speaks Standard Schema, with versions by `defineSessionSchema`. It checks and changes nothing: what does not fit is refused when it is set, and kept aside when it was stored before. Default: none. */
    readonly schema?: SessionSchemaOption | undefined;
    /** A session whose text is longer is not saved: SessionTooLarge. Default: 1 MiB; an event from 64 KiB on. */
    readonly maxBytes?: number | undefined;
    /** Two requests set one key at once: the last commit wins, or fails with KeyConflict. `session.change` merges and never conflicts. Default: `"last"`. */
    readonly onKeyConflict?: "last" | "fail" | undefined;
    readonly cookie?: {
      /** The name of the session cookie. Changing it ends every session. Default: `__Host-sessionid` over https with path `/` and no domain, else `sessionid`. Django: SESSION_COOKIE_NAME. */
      readonly name?: string | undefined;
      /** The cookie is sent to this path and below. Default: `/`. Django: SESSION_COOKIE_PATH. */
      readonly path?: string | undefined;
      /** Sends the cookie to every host below this domain as well. Default: none: only the host itself. Django: SESSION_COOKIE_DOMAIN. */
      readonly domain?: string | undefined;
      /** The browser returns the cookie over https only. Set to true, it holds on loopback too; false sends sessions in clear. Default: `true`, except over http between this machine and itself. Django: SESSION_COOKIE_SECURE. */
      readonly secure?: boolean | undefined;
      /** Scripts in the page cannot read the cookie. Default: `true`. Django: SESSION_COOKIE_HTTPONLY. */
      readonly httpOnly?: boolean | undefined;
      /** Whether the cookie travels with requests that another site caused. `"none"` needs Secure. Default: `"lax"`. Django: SESSION_COOKIE_SAMESITE. */
      readonly sameSite?: "lax" | "strict" | "none" | undefined;
      /** A cookie jar of its own for each site that embeds yours (CHIPS). Needs Secure. Default: `false`. */
      readonly partitioned?: boolean | undefined;
    } | undefined;
  } | undefined;
  readonly csrf?: boolean | {
    /** When an unsafe request must carry a token: where the browser does not say where it comes from (Fetch Metadata, Origin), or always. `csrf: false` switches the protection off. Default: `"when-needed"`. Django: CsrfViewMiddleware. */
    readonly token?: "when-needed" | "always" | undefined;
    /** Keeps the CSRF secret in the session instead of a cookie. A page with a form then makes a record. Default: `false`. Django: CSRF_USE_SESSIONS. */
    readonly inSession?: boolean | undefined;
    /** Other origins whose pages may send unsafe requests here: `https://shop.example`, `https://*.shop.example`. Default: none. Django: CSRF_TRUSTED_ORIGINS. */
    readonly trustedOrigins?: readonly string[] | undefined;
    /** The request header that scripts send the token in. Default: `X-CSRFToken`. Django: CSRF_HEADER_NAME. */
    readonly headerName?: string | undefined;
    /** The form field that carries the token. Default: `csrfmiddlewaretoken`. */
    readonly fieldName?: string | undefined;
    /** A GET or HEAD that another site caused changes the session: an event and a warning, or a 403 and nothing saved. Default: `"report"`. */
    readonly safeMethods?: "report" | "refuse" | undefined;
    readonly cookie?: {
      /** The name of the CSRF cookie. The visitor's cookie is called after it: `csrfvisitor`, or your name with `-visitor` at its end. Default: `__Host-csrftoken` over https with path `/` and no domain, else `csrftoken`; with a namespace `-` and the namespace at its end. Django: CSRF_COOKIE_NAME. */
      readonly name?: string | undefined;
      /** The CSRF cookie is sent to this path and below. Default: `/`. Django: CSRF_COOKIE_PATH. */
      readonly path?: string | undefined;
      /** Sends the CSRF cookie to every host below this domain as well. Default: none: only the host itself. Django: CSRF_COOKIE_DOMAIN. */
      readonly domain?: string | undefined;
      /** The browser returns the CSRF cookie over https only. Default: as the session cookie. Django: CSRF_COOKIE_SECURE. */
      readonly secure?: boolean | undefined;
      /** Scripts in the page cannot read the CSRF cookie. What they send in the header then has to come with the page: `csrf.token()`. Default: `false`. Django: CSRF_COOKIE_HTTPONLY. */
      readonly httpOnly?: boolean | undefined;
      /** How long the browser keeps the CSRF cookie, counted from the last page with a token; at most 400 days. null: until the browser closes. Default: `"364d"`. Django: CSRF_COOKIE_AGE. */
      readonly maxAge?: Duration | null | undefined;
      /** Whether the CSRF cookie travels with requests that another site caused. Default: as the session cookie. Django: CSRF_COOKIE_SAMESITE. */
      readonly sameSite?: "lax" | "strict" | "none" | undefined;
      /** A jar of its own for the CSRF cookie on each site that embeds yours (CHIPS). Needs Secure. Default: as the session cookie. */
      readonly partitioned?: boolean | undefined;
    } | undefined;
  } | undefined;
  readonly messages?: boolean | {
    /** Where one-time messages wait: in the session where there is one and in sealed cookies for strangers, only in cookies, or only in the session. `messages: false` switches them off. Default: `"fallback"`. Django: MESSAGE_STORAGE. */
    readonly storage?: "fallback" | "cookie" | "session" | undefined;
    /** The least level that is recorded; a request can choose its own. Default: `"info"`. Django: MESSAGE_LEVEL. */
    readonly level?: "debug" | "info" | "success" | "warning" | "error" | number | undefined;
    /** The tag (CSS class) of a level, by its name or number: `{ error: "danger", 42: "hint" }`. Default: the names of the levels. Django: MESSAGE_TAGS. */
    readonly tags?: Readonly<Record<string, string>> | undefined;
  } | undefined;
  readonly auth?: {
    /** Where users live: `sqlUsers(database)` (Django's tables), or an object of your own. Default: none: without `auth` there are no logins. Django: AUTH_USER_MODEL. */
    readonly users?: Users | undefined;
    /** Further ways to prove who one is, asked in this order after the password: a directory, a key, a link by mail. Default: none: the password alone. Django: AUTHENTICATION_BACKENDS. */
    readonly backends?: readonly AuthBackend[] | undefined;
    /** The first hashes, all verify; a password is hashed anew at login when another would be made today. Default: argon2id, then scrypt, PBKDF2 and bcrypt for what is stored already. Django: PASSWORD_HASHERS. */
    readonly hashers?: readonly PasswordHasher[] | undefined;
    /** Older kinds of password hashes that the table still holds: `["pbkdf2_sha256", "bcrypt"]`. A wrong password then takes the same time for every name from the start, one check of each kind. Default: learned as logins are seen. */
    readonly storedHashes?: readonly string[] | undefined;
    /** So many passwords may wait to be checked; the next is turned away with 503. Default: 100. */
    readonly maxWaiting?: number | undefined;
    /** Where strangers are sent who need to log in: a path of this site. Default: `/login`. Django: LOGIN_URL. */
    readonly loginUrl?: string | undefined;
    /** Where a login leads when it was not on the way to some page. Default: `/`. Django: LOGIN_REDIRECT_URL. */
    readonly loginRedirect?: string | undefined;
    /** How old a proof may be for `requireRecentLogin`. Default: `"5m"`. */
    readonly recentLogin?: Duration | undefined;
    /** On how many devices a user may be logged in. Needs a store that lists a user's sessions. Default: `null`: as many as one likes. */
    readonly maxSessionsPerUser?: number | null | undefined;
    /** What happens to one login too many: the oldest session ends, or the login fails with TooManySessions. Default: `"end-oldest"`. */
    readonly onTooManySessions?: "end-oldest" | "refuse" | undefined;
    /** Characters that a new password needs. Default: 8. Django: AUTH_PASSWORD_VALIDATORS. */
    readonly minPasswordLength?: number | undefined;
    /** A rule of your own for new passwords: says why one is refused, or null. Default: none. Django: AUTH_PASSWORD_VALIDATORS. */
    readonly refusePassword?: ((password: string, user: { readonly username: string; readonly email?: string }) => string | null) | undefined;
    /** What a logout has the browser forget of this site beside the session: `["cache", "storage"]`. `cookies` takes theme and language along, on every subdomain. Default: none. */
    readonly clearSiteData?: readonly ("cache" | "cookies" | "storage")[] | undefined;
    /** Accepts a store that does not show a logout to every reader at once. Default: `false`. */
    readonly unsafeDelayedLogout?: boolean | undefined;
    readonly throttle?: boolean | {
      /** So many wrong passwords for one name within the window; after that even the right one is wrong until it ends. `auth.throttle: false` switches counting off. Default: 5. */
      readonly perUser?: number | undefined;
      /** So many wrong passwords from one address (of IPv6: one /64) within the window; after that 429, whatever the name. Default: 50. */
      readonly perAddress?: number | undefined;
      /** How long attempts are counted before counting begins anew. Default: `"5m"`. */
      readonly window?: Duration | undefined;
    } | undefined;
  } | undefined;
  readonly storeGuard?: boolean | {
    /** How long one call of a store that others share over a network may take, in milliseconds; the store's own limits hold too. `storeGuard: false` puts nothing in front of the store. Default: `5000`. */
    readonly timeoutMs?: number | undefined;
    /** After so many failures in a row, with no success in between, calls fail at once (503 with Retry-After) instead of waiting for a store that is down. Where failures and successes alternate, as when one of several servers is down, it takes up to ten times as many. Default: `5`. */
    readonly failuresToOpen?: number | undefined;
    /** While calls fail at once, one is let through so often, in milliseconds; the first that succeeds ends it. Default: `1000`. */
    readonly retryAfterMs?: number | undefined;
  } | undefined;
}
