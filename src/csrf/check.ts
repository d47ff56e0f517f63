import { CSRF_TOKEN_LENGTH, hasCsrfLettersOnly, matchesCsrfSecret } from "../formats/django-csrf.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import type { FieldValue } from "../manager/request-view.ts";
import type { CsrfSecret } from "./csrf-secret.ts";
import type { CsrfSettings } from "./csrf-settings.ts";
import { judgeOrigin, judgeReferer } from "./origin.ts";
import type { CsrfReason } from "./reasons.ts";

/** A body longer than this is not searched for a token. */
export const MOST_BODY_BYTES: number = 1024 * 1024;

/** Whether a method is one that must change nothing. Everything else is unsafe, spelled as it may be. */
export function isSafeMethod(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

/**
 * Decides whether an unsafe request was meant by the user: the browser's own headers first, then the token.
 *
 * @returns null when it passes, else why not
 */
export function checkCsrf(exchange: ExchangeState, settings: CsrfSettings, secret: CsrfSecret): CsrfReason | null | Promise<CsrfReason | null> {
  const { view, connection } = exchange;
  const origin = judgeOrigin({ connection, fetchSite: view.header("sec-fetch-site"), origin: view.header("origin"), isTrusted: settings.isTrusted });
  if (origin !== "own" && origin !== "silent") return origin;
  if (origin === "silent") {
    const referer = judgeReferer(connection, view.header("referer"), settings.isTrusted);
    if (referer !== null) return referer;
  }
  const needed = origin === "silent" || settings.token === "always";
  const inHeader = view.header(settings.headerName);
  const inBody = view.bodyField?.(settings.fieldName, MOST_BODY_BYTES);
  // A body that would have to be read is read only when its token is needed.
  if (inBody instanceof Promise) {
    if (needed) return inBody.then((field) => judgeTokens(secret, inHeader, field, needed));
    inBody.catch(() => undefined);
    return judgeTokens(secret, inHeader, undefined, needed);
  }
  return judgeTokens(secret, inHeader, inBody, needed);
}

/** A token that was sent is always checked; two that were sent must both be right. */
function judgeTokens(secret: CsrfSecret, inHeader: string | undefined, inBody: FieldValue, needed: boolean): CsrfReason | null {
  if (inHeader === undefined && inBody === undefined) {
    if (!needed) return null;
    return secret.current === null ? missingSecret(secret) : "token-missing";
  }
  if (inBody !== undefined && typeof inBody !== "string") return Array.isArray(inBody) && inBody.length > 1 ? "tokens-disagree" : "token-malformed";
  const sent = [inHeader, inBody].filter((token) => token !== undefined);
  if (sent.some((token) => token === "")) return "token-missing";
  if (!sent.every(isTokenShaped)) return "token-malformed";
  const { current } = secret;
  if (current === null) return missingSecret(secret);
  // The genuine cookie's own value is a token of the secret as well, so scripts may send it back. No other cookie's value is.
  const right = sent.map((token) => matchesCsrfSecret(current, token));
  if (right.every(Boolean)) return null;
  return right.some(Boolean) ? "tokens-disagree" : "token-incorrect";
}

function missingSecret(secret: CsrfSecret): CsrfReason {
  return secret.cookiePresent ? "cookie-unbound" : "cookie-missing";
}

/** Length first, so that a megabyte costs nothing. A bare secret is no token: it is never shown to a form. */
function isTokenShaped(token: string): boolean {
  return token.length === CSRF_TOKEN_LENGTH && hasCsrfLettersOnly(token);
}
