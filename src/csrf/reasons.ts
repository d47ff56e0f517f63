/** Why a request was refused. Stable: logs and tests name them. */
export const CSRF_REASONS = {
  "fetch-site": "The browser says that another site caused this request (Sec-Fetch-Site), and its origin is not trusted.",
  "fetch-site-unknown": "Sec-Fetch-Site holds a value that no browser sends.",
  "origin-foreign": "The Origin of this request is neither this site's nor a trusted one.",
  "origin-null": "The Origin of this request is `null`: it comes from a sandboxed frame, a local file or a redirect between sites.",
  "origin-malformed": "The Origin of this request is not an origin.",
  "referer-missing": "The request says neither where it comes from (Sec-Fetch-Site, Origin) nor, over https, its Referer.",
  "referer-malformed": "The Referer of this request is not a URL.",
  "referer-insecure": "The Referer of this request is not https.",
  "referer-foreign": "The Referer of this request is neither this site's nor a trusted one.",
  "cookie-missing": "The request has no CSRF cookie. Does the browser keep cookies, and did the page that holds the form ask for a token?",
  "cookie-unbound": "The CSRF cookie was not made for this session.",
  "token-missing": "The request carries no CSRF token. Put csrf.field() into the form, or csrf.token() into the header.",
  "token-malformed": "The CSRF token has the wrong length or letters.",
  "token-incorrect": "The CSRF token does not belong to this session. Was the form opened before a login in another tab?",
  "tokens-disagree": "The request carries two CSRF tokens that differ.",
  "safe-method": "A GET or HEAD request that another site caused changed the session.",
} as const;

export type CsrfReason = keyof typeof CSRF_REASONS;
