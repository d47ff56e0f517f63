/** CSRF protection: `coatcheck/csrf`. */
export { Csrf } from "./csrf.ts";
export { CSRF_REASONS, type CsrfReason } from "./reasons.ts";
export { judgeOrigin, judgeReferer, type OriginFacts, type OriginVerdict } from "./origin.ts";
export { makeOriginMatcher, type OriginMatcher } from "./trusted-origins.ts";
