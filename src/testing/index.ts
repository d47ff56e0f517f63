/** For tests of your application: a clock that you move, a browser that keeps what a browser would keep, and sessions without the way to them. */
export { CookieJar, type CookieJarOptions, type JarCookie, type RejectedLine, type RequestContext } from "./cookie-jar.ts";
export { FakeClock } from "./fake-clock.ts";
export { cookieFor, type CookieForOptions, type SessionFilling } from "./session-cookie.ts";
export { parseCookieDate, parseSetCookieLine, type SetCookieLine } from "./set-cookie-line.ts";
export { TestBrowser, type TestBrowserOptions, type TestSite } from "./test-browser.ts";
