/** Cookies by RFC 6265bis, without a request or a response: `coatcheck/cookie`. */
export { checkCookieAttributes, type CookieAttributes } from "./attributes.ts";
export { findCookie, findCookies, parseCookies } from "./parse.ts";
export { removeCookie } from "./removal.ts";
export { LARGEST_COOKIE_BYTES, prepareCookie, serializeCookie, type PreparedCookie } from "./serialize.ts";
export { decodeCookieValue, encodeCookieValue } from "./value.ts";
