// Generated from option-table.ts by scripts/write-settings.ts. Change the table, then run `npm run settings`.
import type { SessionStore } from "../store/store.ts";
import type { CookieSessionStore } from "./residence.ts";
import type { Duration } from "../session/duration.ts";
import type { Codec } from "../codec/codec.ts";
import type { Clock } from "../clock.ts";
import type { TrustProxy } from "./proxy.ts";
import type { FillRandom } from "../crypto/random.ts";

/** What `createCoatcheck` accepts. Everything has a default. */
export interface CoatcheckOptions {
  /** Where sessions live: any of Coatcheck's stores, or one of your own that passes the conformance suite. Default: `sqliteStore("coatcheck.db")`. Django: SESSION_ENGINE. */
  readonly store?: SessionStore | CookieSessionStore | undefined;
  /** Keys of at least 32 bytes: the newest, first, signs and seals; all verify and open. Entries other than the first may be undefined. `npx coatcheck secret` makes one. Default: made on first start and kept in the embedded store; with a store of yours there is none. Django: SECRET_KEY, SECRET_KEY_FALLBACKS. */
  readonly secrets?: readonly (string | Uint8Array | undefined)[] | undefined;
  /** Only `false` loosens anything: development stores are allowed, refusals explain themselves in the response and the log. Default: `true`, unless NODE_ENV is `development` or `test`. Django: DEBUG. */
  readonly production?: boolean | undefined;
  /** Keeps several applications on one store apart: a session of one is a stranger in the others. Changing it ends every session. Default: `""`. */
  readonly namespace?: string | undefined;
  /** The proxies before this process: how many, or their addresses and networks. Only then do X-Forwarded-* and Forwarded count, and only what those proxies say. Default: none. Django: SECURE_PROXY_SSL_HEADER. */
  readonly trustProxy?: TrustProxy | undefined;
  /** What a request gets that needs its session while the store is down. Default: `"503"`. */
  readonly onStoreError?: "503" | "anonymous" | undefined;
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
      /** The name of the CSRF cookie. Default: `__Host-csrftoken` over https with path `/` and no domain, else `csrftoken`. Django: CSRF_COOKIE_NAME. */
      readonly name?: string | undefined;
      /** The CSRF cookie is sent to this path and below. Default: `/`. Django: CSRF_COOKIE_PATH. */
      readonly path?: string | undefined;
      /** Sends the CSRF cookie to every host below this domain as well. Default: none: only the host itself. Django: CSRF_COOKIE_DOMAIN. */
      readonly domain?: string | undefined;
      /** Whether the CSRF cookie travels with requests that another site caused. Default: as the session cookie. Django: CSRF_COOKIE_SAMESITE. */
      readonly sameSite?: "lax" | "strict" | "none" | undefined;
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
}
