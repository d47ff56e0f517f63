import { prepareCookie, type PreparedCookie } from "../cookie/serialize.ts";
import type { CookieAttributes } from "../cookie/attributes.ts";
import { ConfigurationError } from "../errors.ts";
import type { CoatcheckOptions } from "../manager/coatcheck-options.ts";
import type { ConnectionKind } from "../manager/connection.ts";
import type { Settings } from "../manager/settings.ts";
import { makeOriginMatcher, type OriginMatcher } from "./trusted-origins.ts";

/** One cookie of the feature on one kind of connection. */
export interface CookieFace {
  readonly name: string;
  readonly prepared: PreparedCookie;
}

/** Cookies by kind of connection; null where none may travel. */
export type CookieFaces = Readonly<Record<ConnectionKind, CookieFace | null>>;

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
  /** Readable by scripts, so that they can send the token in a header. */
  readonly tokenCookie: CookieFaces;
  /** What the token of a visitor without a session is bound to. Out of reach of scripts. */
  readonly visitorCookie: CookieFaces;
}

/** Django's CSRF_COOKIE_AGE: 52 weeks. */
export const CSRF_COOKIE_SECONDS: number = 52 * 7 * 86_400;

type CsrfOptions = Exclude<CoatcheckOptions["csrf"], boolean | undefined>;

/** Null when CSRF protection is switched off. @throws ConfigurationError for trusted origins that are none */
export function resolveCsrf(option: CoatcheckOptions["csrf"], settings: Settings): CsrfSettings | null {
  if (option === false) return null;
  const options: CsrfOptions = typeof option === "object" ? option : {};
  const { name, ...attributes } = options.cookie ?? {};
  // Applications on one host that keep their sessions apart keep their tokens apart, too.
  const suffix = settings.namespace === "" ? "" : `-${settings.namespace}`;
  return Object.freeze({
    token: options.token ?? "when-needed",
    inSession: options.inSession ?? false,
    isTrusted: makeOriginMatcher("csrf.trustedOrigins", options.trustedOrigins ?? []),
    headerName: (options.headerName ?? "X-CSRFToken").toLowerCase(),
    fieldName: options.fieldName ?? "csrfmiddlewaretoken",
    safeMethods: options.safeMethods ?? "report",
    tokenCookie: makeFaces({ name, baseName: `csrftoken${suffix}`, httpOnly: false }, attributes, settings),
    visitorCookie: makeFaces(nameVisitor(name, suffix), attributes, settings),
  });
}

/** What one of the two cookies is called, and whether scripts can read it. */
interface FaceOptions {
  /** As it is; undefined: `baseName`, with the best prefix that the connection allows. */
  readonly name: string | undefined;
  readonly baseName: string;
  readonly httpOnly: boolean;
}

/** Beside a token of another name; still with the prefix that keeps other hosts from planting it, where the token's name has none. */
function nameVisitor(tokenName: string | undefined, suffix: string): FaceOptions {
  if (tokenName === undefined) return { name: undefined, baseName: `csrfvisitor${suffix}`, httpOnly: true };
  const baseName = `${tokenName}-visitor`;
  return { name: tokenName.startsWith("__") ? baseName : undefined, baseName, httpOnly: true };
}

function makeFaces({ name: named, baseName, httpOnly }: FaceOptions, cookie: Omit<NonNullable<CsrfOptions["cookie"]>, "name">, settings: Settings): CookieFaces {
  const path = cookie.path ?? "/";
  const { domain } = cookie;
  const make = (kind: ConnectionKind): CookieFace | null => {
    if (kind === "insecure" && settings.cookie.secure !== false) return null;
    const secure = settings.cookie.secure !== false && (kind === "secure" || settings.cookie.secure === true || (named?.startsWith("__") ?? false));
    const name = named ?? (secure && kind === "secure" && path === "/" && domain === undefined ? `__Host-${baseName}` : baseName);
    const attributes: CookieAttributes = { path, ...(domain === undefined ? {} : { domain }), secure, httpOnly, sameSite: cookie.sameSite ?? settings.cookie.sameSite, partitioned: settings.cookie.partitioned && secure };
    return { name, prepared: prepareCookie(name, attributes) };
  };
  if (settings.cookie.secure === false && cookie.sameSite === "none") throw new ConfigurationError("csrf.cookie.sameSite", '"none" needs session.cookie.secure, which is false: browsers drop such a cookie.');
  return { secure: make("secure"), loopback: make("loopback"), insecure: make("insecure") };
}
