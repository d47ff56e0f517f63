import type { CoatcheckOptions } from "../manager/coatcheck-options.ts";
import { makeCookieFaces, type CookieFaces } from "../manager/cookie-face.ts";
import { checkCookieSettings, type CookieSettings, type Settings } from "../manager/settings.ts";
import { parseDuration } from "../session/duration.ts";
import { makeOriginMatcher, type OriginMatcher } from "./trusted-origins.ts";

export interface CsrfSettings {
  /** `always` demands a token with every unsafe request; `when-needed` where the browser does not say where it comes from. */
  readonly token: "when-needed" | "always";
  /** The secret lives in the session instead of a cookie. */
  readonly inSession: boolean;
  readonly isTrusted: OriginMatcher;
  /** Lower-case. */
  readonly headerName: string;
  readonly fieldName: string;
  readonly safeMethods: "report" | "refuse";
  /** Readable by scripts, unless `csrf.cookie.httpOnly` says otherwise, so that they can send the token in a header. */
  readonly tokenCookie: CookieFaces;
  /** What the token of a visitor without a session is bound to. Out of reach of scripts. */
  readonly visitorCookie: CookieFaces;
  /** How long browsers keep both; null: until they close. */
  readonly cookieSeconds: number | null;
}

/** Django's CSRF_COOKIE_AGE: 52 weeks. */
const CSRF_COOKIE_SECONDS = 52 * 7 * 86_400;

type CsrfOptions = Exclude<CoatcheckOptions["csrf"], boolean | undefined>;

/** Null when CSRF protection is switched off. @throws ConfigurationError for trusted origins that are none, or attributes that contradict each other */
export function resolveCsrf(option: CoatcheckOptions["csrf"], settings: Settings): CsrfSettings | null {
  if (option === false) return null;
  const options: CsrfOptions = typeof option === "object" ? option : {};
  const { name, maxAge, ...given } = options.cookie ?? {};
  const attributes = resolveAttributes(name, given, settings);
  // Applications on one host that keep their sessions apart keep their tokens apart, too.
  const suffix = settings.namespace === "" ? "" : `-${settings.namespace}`;
  return Object.freeze({
    token: options.token ?? "when-needed",
    inSession: options.inSession ?? false,
    isTrusted: makeOriginMatcher("csrf.trustedOrigins", options.trustedOrigins ?? []),
    headerName: (options.headerName ?? "X-CSRFToken").toLowerCase(),
    fieldName: options.fieldName ?? "csrfmiddlewaretoken",
    safeMethods: options.safeMethods ?? "report",
    tokenCookie: makeCookieFaces(attributes, `csrftoken${suffix}`),
    visitorCookie: makeVisitorFaces(name, suffix, attributes),
    cookieSeconds: maxAge === null ? null : parseDuration("csrf.cookie.maxAge", maxAge ?? CSRF_COOKIE_SECONDS),
  });
}

/** Beside a token of another name; still with the prefix that keeps other hosts from planting it, where the token's name has none. */
function makeVisitorFaces(tokenName: string | undefined, suffix: string, attributes: CookieSettings): CookieFaces {
  const baseName = tokenName === undefined ? `csrfvisitor${suffix}` : `${tokenName}-visitor`;
  const name = tokenName?.startsWith("__") === true ? baseName : null;
  return makeCookieFaces({ ...attributes, name, httpOnly: true }, baseName);
}

type AttributeOptions = Omit<NonNullable<CsrfOptions["cookie"]>, "name" | "maxAge">;

/** What is not given is as with the session cookie, but for httpOnly. */
function resolveAttributes(name: string | undefined, { path = "/", domain, secure, httpOnly = false, sameSite, partitioned }: AttributeOptions, { cookie }: Settings): CookieSettings {
  const own: CookieSettings = {
    name: name ?? null,
    path,
    domain: domain ?? null,
    secure: secure ?? cookie.secure,
    httpOnly,
    sameSite: sameSite ?? cookie.sameSite,
    partitioned: partitioned ?? cookie.partitioned,
  };
  checkCookieSettings("csrf.cookie", own, secure === undefined ? "session.cookie.secure" : "csrf.cookie.secure");
  return own;
}
