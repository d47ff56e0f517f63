/** For tests of your application: a clock that you move, and a cookie jar that keeps what a browser would keep. */
export { CookieJar, type CookieJarOptions, type JarCookie, type RejectedLine, type RequestContext } from "./cookie-jar.ts";
export { FakeClock } from "./fake-clock.ts";
export { parseCookieDate, parseSetCookieLine, type SetCookieLine } from "./set-cookie-line.ts";
