import { CSRF_SECRET_LENGTH, CSRF_TOKEN_LENGTH, hasCsrfLettersOnly, matchesCsrfSecret, readCsrfSecret } from "./django-csrf.ts";
import { type DjangoRelease, isAtLeast } from "./django-release.ts";

/** What Django's check looks at. Absent values are null. */
export interface DjangoCsrfRequest {
  readonly method: string;
  readonly isSecure: boolean;
  /** Host with port, as the request names it after the proxy rules. */
  readonly host: string;
  readonly origin: string | null;
  readonly referer: string | null;
  /** What the cookie, or with `isInSession` the session, holds. */
  readonly stored: string | null;
  /** The field `csrfmiddlewaretoken` of a POST body. */
  readonly formToken: string | null;
  /** The header `X-CSRFToken`. */
  readonly headerToken: string | null;
}

/** The settings that matter to it. */
export interface DjangoCsrfSettings {
  readonly release: DjangoRelease;
  /** CSRF_USE_SESSIONS. */
  readonly isInSession: boolean;
  /** CSRF_TRUSTED_ORIGINS: full origins from Django 4.0 on, hosts before. */
  readonly trustedOrigins: readonly string[];
}

const SAFE_METHODS: readonly string[] = ["GET", "HEAD", "OPTIONS", "TRACE"];
const HEADER_SOURCE = "the 'X-Csrftoken' HTTP header";

/**
 * Django's CSRF decision, with Django's words.
 *
 * @returns null when the request passes, else the reason that Django logs
 * @see https://docs.djangoproject.com/en/stable/ref/csrf/
 */
export function checkDjangoCsrf(request: DjangoCsrfRequest, settings: DjangoCsrfSettings): string | null {
  if (SAFE_METHODS.includes(request.method)) return null;
  const checksOrigin = isAtLeast(settings.release, "4.2");
  if (checksOrigin && request.origin !== null) {
    if (!isOriginTrusted(request, request.origin, settings)) return `Origin checking failed - ${request.origin} does not match any trusted origins.`;
  } else if (request.isSecure) {
    const problem = checkReferer(request, settings);
    if (problem !== null) return `Referer checking failed - ${problem}`;
  }
  return checksOrigin ? checkToken(request, settings) : checkMaskedToken(request, settings);
}

/** Django 4.0 and later. */
function checkToken(request: DjangoCsrfRequest, settings: DjangoCsrfSettings): string | null {
  const { stored } = request;
  if (stored === null) return "CSRF cookie not set.";
  const storedProblem = settings.isInSession ? null : findFormatProblem(stored);
  if (storedProblem !== null) return `CSRF cookie ${storedProblem}.`;
  const { token, source } = findToken(request);
  if (token === null) return "CSRF token missing.";
  const problem = findFormatProblem(token) ?? (matchesCsrfSecret(readCsrfSecret(stored) ?? "", token) ? null : "incorrect");
  return problem === null ? null : `CSRF token from ${source} ${problem}.`;
}

/** Before Django 4.0 a malformed value was replaced by a random one, which then did not match; so there is one reason for all. */
function checkMaskedToken(request: DjangoCsrfRequest, settings: DjangoCsrfSettings): string | null {
  const { stored } = request;
  if (stored === null) return "CSRF cookie not set.";
  // A bare secret in a session was taken for a token, and matched nothing.
  const isReadable = !settings.isInSession || stored.length === CSRF_TOKEN_LENGTH;
  const secret = isReadable ? readCsrfSecret(stored) : null;
  return matchesCsrfSecret(secret ?? "", findToken(request).token) ? null : "CSRF token missing or incorrect.";
}

/** The field wins, but only in a POST and only if it is not empty. */
function findToken(request: DjangoCsrfRequest): { token: string | null; source: string } {
  if (request.method === "POST" && request.formToken !== null && request.formToken !== "") return { token: request.formToken, source: "POST" };
  return { token: request.headerToken, source: HEADER_SOURCE };
}

function findFormatProblem(text: string): string | null {
  const length = [...text].length;
  if (length !== CSRF_TOKEN_LENGTH && length !== CSRF_SECRET_LENGTH) return "has incorrect length";
  return hasCsrfLettersOnly(text) ? null : "has invalid characters";
}

interface SplitUrl {
  readonly scheme: string;
  readonly host: string;
}

/** Scheme and host as Python's `urlsplit` finds them: null where it raises an error. */
function splitUrl(url: string): SplitUrl | null {
  const [, scheme = "", host = ""] = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?/i.exec(url) ?? [];
  return host.includes("[") === host.includes("]") ? { scheme: scheme.toLowerCase(), host } : null;
}

function isOriginTrusted(request: DjangoCsrfRequest, origin: string, settings: DjangoCsrfSettings): boolean {
  const own = `${request.isSecure ? "https" : "http"}://${request.host}`;
  if (origin === own || settings.trustedOrigins.some((trusted) => !trusted.includes("*") && trusted === origin)) return true;
  const split = splitUrl(origin);
  return split !== null && settings.trustedOrigins.some((trusted) => {
    const pattern = trusted.includes("*") ? splitUrl(trusted) : null;
    return pattern !== null && pattern.scheme === split.scheme && isSameDomain(split.host, pattern.host.replace(/^\*+/, ""));
  });
}

function checkReferer(request: DjangoCsrfRequest, settings: DjangoCsrfSettings): string | null {
  if (request.referer === null) return "no Referer.";
  const split = splitUrl(request.referer);
  if (split === null || split.scheme === "" || split.host === "") return "Referer is malformed.";
  if (split.scheme !== "https") return "Referer is insecure while host is secure.";
  const trusted = isAtLeast(settings.release, "4.2")
    ? settings.trustedOrigins.map((origin) => (splitUrl(origin)?.host ?? "").replace(/^\*+/, ""))
    : settings.trustedOrigins;
  if ([...trusted, request.host].some((host) => isSameDomain(split.host, host))) return null;
  return `${request.referer} does not match any trusted origins.`;
}

/** A pattern that begins with a dot stands for the domain and all below it. */
function isSameDomain(host: string, pattern: string): boolean {
  const lower = pattern.toLowerCase();
  if (lower === "") return false;
  return lower.startsWith(".") ? host.endsWith(lower) || host === lower.slice(1) : host === lower;
}
