import { systemClock } from "../clock.ts";
import { parseSetCookieLine } from "./set-cookie-line.ts";
import type { SetCookieLine } from "./set-cookie-line.ts";

/** A cookie as the jar keeps it. */
export interface JarCookie {
  readonly name: string;
  readonly value: string;
  /** The host, or the domain that it shares with its subdomains. */
  readonly domain: string;
  readonly hostOnly: boolean;
  readonly path: string;
  /** Milliseconds since 1970; null: until the browser closes. */
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  /** `default` when the line did not say: treated as Lax, but sent with a cross-site POST for two minutes. */
  readonly sameSite: "lax" | "strict" | "none" | "default";
  readonly partitioned: boolean;
}

/** How a request came about. Everything defaults to a request that the site itself made. */
export interface RequestContext {
  /** Another site caused it. */
  readonly crossSite?: boolean;
  /** It changes what the address bar shows: a link or a form, not a subresource or a frame. */
  readonly topLevelNavigation?: boolean;
  /** Default `GET`. */
  readonly method?: string;
}

/** Why a line was dropped, in words that tests can compare. */
export interface RejectedLine {
  readonly line: string;
  readonly reason: string;
}

export interface CookieJarOptions {
  /** Take http on a loopback host as safe for Secure cookies, as Chromium and Firefox do and Safari does not. Default true. */
  readonly trustLoopback?: boolean;
  /** Suffixes under which anybody can register, for instance `co.uk`. Single labels always count. Default none. */
  readonly publicSuffixes?: readonly string[];
}

const LONGEST_AGE_MS = 400 * 24 * 60 * 60 * 1000;
/** How long a cookie without SameSite goes along with a cross-site POST after it was made. */
const LAX_GRACE_MS = 2 * 60 * 1000;
const SAFE_METHODS = ["GET", "HEAD", "OPTIONS", "TRACE"];

/**
 * The cookies of a browser, for tests: stores what Set-Cookie lines say and gives the Cookie header of a request, by
 * the storage model of RFC 6265bis (sections 5.6 to 5.8) with the prefixes, size limits and Partitioned of today's
 * browsers. It knows one partition only. Lines that a browser would drop are in `rejected`, each with its reason.
 *
 * @example
 * const jar = new CookieJar();
 * jar.receive(["theme=dark; Path=/; Secure"], "https://shop.example/cart");
 * jar.header("https://shop.example/"); // "theme=dark"
 */
export class CookieJar {
  readonly rejected: RejectedLine[] = [];
  readonly #cookies = new Map<string, JarCookie>();
  readonly #trustLoopback: boolean;
  readonly #publicSuffixes: ReadonlySet<string>;

  constructor(options: CookieJarOptions = {}) {
    this.#trustLoopback = options.trustLoopback ?? true;
    this.#publicSuffixes = new Set(options.publicSuffixes);
  }

  /**
   * Takes the Set-Cookie lines of one response.
   *
   * @param url of the request that was answered.
   * @param now milliseconds since 1970; default: the machine's clock.
   */
  receive(setCookieLines: readonly string[], url: string, now: number = systemClock.now()): void {
    const from = new URL(url);
    for (const line of setCookieLines) {
      const parsed = parseSetCookieLine(line);
      const made = typeof parsed === "string" ? parsed : this.#makeCookie(parsed, from, now);
      if (typeof made === "string") this.rejected.push({ line, reason: made });
      else this.#store(made, now);
    }
  }

  /** The Cookie header of a request, or undefined when no cookie goes along. */
  header(url: string, now: number = systemClock.now(), context: RequestContext = {}): string | undefined {
    this.#dropExpired(now);
    const to = new URL(url);
    const path = to.pathname;
    const sent = this.list().filter(
      (cookie) =>
        (cookie.hostOnly ? hostOf(to) === cookie.domain : domainMatches(hostOf(to), cookie.domain)) &&
        pathMatches(path, cookie.path) &&
        (!cookie.secure || this.#isSecure(to)) &&
        goesAlong(cookie, context, now),
    );
    sent.sort((a, b) => b.path.length - a.path.length || a.createdAt - b.createdAt);
    if (sent.length === 0) return undefined;
    return sent.map((cookie) => (cookie.name === "" ? cookie.value : `${cookie.name}=${cookie.value}`)).join("; ");
  }

  /** The value of a cookie; with a URL, of the one that a request there would send first. */
  get(name: string, url?: string): string | undefined {
    if (url === undefined) return this.list().find((cookie) => cookie.name === name)?.value;
    const to = new URL(url);
    const candidates = this.list().filter(
      (cookie) =>
        cookie.name === name &&
        (cookie.hostOnly ? hostOf(to) === cookie.domain : domainMatches(hostOf(to), cookie.domain)) &&
        pathMatches(to.pathname, cookie.path) &&
        (!cookie.secure || this.#isSecure(to)),
    );
    return candidates.sort((a, b) => b.path.length - a.path.length)[0]?.value;
  }

  /** All cookies, oldest first. */
  list(): JarCookie[] {
    return [...this.#cookies.values()];
  }

  /** Section 5.7: the cookie that a line makes, or the reason why it makes none. */
  #makeCookie(line: SetCookieLine, from: URL, now: number): JarCookie | string {
    const host = hostOf(from);
    const secureOrigin = this.#isSecure(from);
    let domain = line.domain;
    if (domain !== null && this.#isPublicSuffix(domain)) {
      if (domain !== host) return "public-suffix";
      domain = null;
    }
    if (domain !== null && !domainMatches(host, domain)) return "foreign-domain";
    if (line.secure && !secureOrigin) return "secure-over-http";
    if (line.sameSite === "none" && !line.secure) return "samesite-none-without-secure";
    if (line.partitioned && !line.secure) return "partitioned-without-secure";
    const cookie: JarCookie = {
      name: line.name,
      value: line.value,
      domain: domain ?? host,
      hostOnly: domain === null,
      path: line.path ?? defaultPath(from.pathname),
      expiresAt: expiryOf(line, now),
      createdAt: now,
      secure: line.secure,
      httpOnly: line.httpOnly,
      sameSite: line.sameSite,
      partitioned: line.partitioned,
    };
    if (!cookie.secure && !secureOrigin && this.#wouldShadowSecure(cookie)) return "shadows-secure-cookie";
    return prefixProblem(cookie, line) ?? cookie;
  }

  #store(cookie: JarCookie, now: number): void {
    const key = JSON.stringify([cookie.name, cookie.domain, cookie.hostOnly, cookie.path, cookie.partitioned]);
    const old = this.#cookies.get(key);
    this.#cookies.set(key, old === undefined ? cookie : { ...cookie, createdAt: old.createdAt });
    this.#dropExpired(now);
  }

  #dropExpired(now: number): void {
    for (const [key, cookie] of this.#cookies) {
      if (cookie.expiresAt !== null && cookie.expiresAt <= now) this.#cookies.delete(key);
    }
  }

  /** "Leave secure cookies alone": an http page cannot overlay what https set. */
  #wouldShadowSecure(cookie: JarCookie): boolean {
    return this.list().some(
      (old) =>
        old.secure &&
        old.name === cookie.name &&
        (domainMatches(old.domain, cookie.domain) || domainMatches(cookie.domain, old.domain)) &&
        pathMatches(cookie.path, old.path),
    );
  }

  #isPublicSuffix(domain: string): boolean {
    return !isAddress(domain) && (!domain.includes(".") || this.#publicSuffixes.has(domain));
  }

  #isSecure(url: URL): boolean {
    return url.protocol === "https:" || url.protocol === "wss:" || (this.#trustLoopback && isLoopback(hostOf(url)));
  }
}

/** Browsers compare prefixes without regard to case, and refuse a nameless cookie whose value pretends to one. */
function prefixProblem(cookie: JarCookie, line: SetCookieLine): string | undefined {
  const begins = (prefix: string): boolean => cookie.name.toLowerCase().startsWith(prefix);
  if (cookie.name === "" && /^__(?:host|secure|http)-/i.test(cookie.value)) return "nameless-prefix";
  const hostBound = begins("__host-");
  const httpBound = begins("__http-") || begins("__host-http-");
  if ((hostBound || httpBound || begins("__secure-")) && !cookie.secure) return "prefix-without-secure";
  if (hostBound && !(cookie.hostOnly && cookie.path === "/" && line.path !== null)) return "prefix-not-host-bound";
  if (hostBound && line.domain !== null) return "prefix-not-host-bound";
  if (httpBound && !cookie.httpOnly) return "prefix-without-httponly";
  return undefined;
}

function expiryOf(line: SetCookieLine, now: number): number | null {
  const latest = now + LONGEST_AGE_MS;
  if (line.maxAgeSeconds !== null) return line.maxAgeSeconds <= 0 ? 0 : Math.min(now + line.maxAgeSeconds * 1000, latest);
  return line.expiresAt === null ? null : Math.min(line.expiresAt, latest);
}

function goesAlong(cookie: JarCookie, context: RequestContext, now: number): boolean {
  if (context.crossSite !== true || cookie.sameSite === "none") return true;
  if (cookie.sameSite === "strict" || context.topLevelNavigation !== true) return false;
  if (SAFE_METHODS.includes((context.method ?? "GET").toUpperCase())) return true;
  return cookie.sameSite === "default" && now - cookie.createdAt < LAX_GRACE_MS;
}

function hostOf(url: URL): string {
  return url.hostname.toLowerCase();
}

function isAddress(host: string): boolean {
  return host.startsWith("[") || /^[0-9.]+$/.test(host);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(?:\.[0-9]{1,3}){3}$/.test(host);
}

/** Section 5.1.3. */
function domainMatches(host: string, domain: string): boolean {
  return host === domain || (host.endsWith(`.${domain}`) && !isAddress(host));
}

/** Section 5.1.4. */
function defaultPath(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}

function pathMatches(path: string, cookiePath: string): boolean {
  if (path === cookiePath) return true;
  return path.startsWith(cookiePath) && (cookiePath.endsWith("/") || path.charAt(cookiePath.length) === "/");
}
