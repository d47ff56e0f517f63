import type { CookieAttributes } from "../cookie/attributes.ts";
import { prepareCookie, type PreparedCookie } from "../cookie/serialize.ts";
import type { ConnectionKind } from "./connection.ts";
import type { CookieSettings } from "./settings.ts";

/** A cookie on one kind of connection. */
export interface CookieFace {
  readonly name: string;
  readonly attributes: CookieAttributes;
  readonly prepared: PreparedCookie;
}

/** A cookie by kind of connection; null where it may not travel. */
export type CookieFaces = Readonly<Record<ConnectionKind, CookieFace | null>>;

/** @param baseName what it is called where the settings give no name, behind the prefix that browsers protect best where that is allowed */
export function makeCookieFace({ name: given, path, domain, secure: chosen, httpOnly, sameSite, partitioned }: CookieSettings, baseName: string, kind: ConnectionKind): CookieFace | null {
  if (kind === "insecure" && chosen !== false) return null;
  const needsSecure = chosen === true || sameSite === "none" || partitioned || (given?.startsWith("__") ?? false);
  const secure = chosen !== false && (kind === "secure" || needsSecure);
  const name = given ?? (secure && kind === "secure" && path === "/" && domain === null ? `__Host-${baseName}` : baseName);
  const attributes: CookieAttributes = { path, ...(domain === null ? {} : { domain }), secure, httpOnly, sameSite, partitioned };
  return { name, attributes, prepared: prepareCookie(name, attributes) };
}

/** The cookie on every kind of connection. */
export function makeCookieFaces(cookie: CookieSettings, baseName: string): CookieFaces {
  return { secure: makeCookieFace(cookie, baseName, "secure"), loopback: makeCookieFace(cookie, baseName, "loopback"), insecure: makeCookieFace(cookie, baseName, "insecure") };
}
