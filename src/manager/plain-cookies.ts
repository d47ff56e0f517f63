import type { CookieAttributes } from "../cookie/attributes.ts";
import { findCookie, parseCookies } from "../cookie/parse.ts";
import { removeCookie } from "../cookie/removal.ts";
import { serializeCookie } from "../cookie/serialize.ts";
import { decodeCookieValue, encodeCookieValue } from "../cookie/value.ts";
import { parseDuration, type Duration } from "../session/duration.ts";
import { describeInsecure } from "./connection.ts";
import { publish } from "./events.ts";
import type { ExchangeState } from "./exchange-state.ts";

/** How a cookie beside the session's is sent. */
export interface PlainCookieOptions {
  /** How long the browser keeps it. Default: until it closes. At most 400 days. */
  readonly maxAge?: Duration;
  /** Default: `/`. */
  readonly path?: string;
  /** Default: none, the host itself only. */
  readonly domain?: string;
  /** Default: `"lax"`. */
  readonly sameSite?: "lax" | "strict" | "none";
  /** Lets scripts in the page read it (HttpOnly is left out). Default: false. */
  readonly readableByScripts?: boolean;
  /** A jar of its own for each embedding site. Default: false. */
  readonly partitioned?: boolean;
}

/** The cookies of one request beside the session's and the CSRF feature's, with what this response does to them. */
export class PlainCookies {
  readonly #exchange: ExchangeState;
  /** What this response sets or removes, so that reading it back tells what will be. */
  #pending: Map<string, string | null> | null = null;

  /** Use `plainCookiesOf`, so that everybody reads what anybody has written. */
  constructor(exchange: ExchangeState) {
    this.#exchange = exchange;
  }

  /** The decoded value; undefined when it is absent or malformed. */
  get(name: string): string | undefined {
    const header = this.header();
    const pending = this.#pending?.get(name);
    if (pending !== undefined) return pending ?? undefined;
    const raw = findCookie(header, name);
    return raw === undefined ? undefined : decodeCookieValue(raw);
  }

  /** As `get`, for values that have one spelling only: null when the cookie is there, but not as `set` would have written it. */
  getExact(name: string): string | null | undefined {
    const value = this.get(name);
    if (this.#pending?.has(name) === true) return value;
    const raw = findCookie(this.header(), name);
    if (raw === undefined) return undefined;
    return value !== undefined && encodeCookieValue(value) === raw ? value : null;
  }

  /** Every cookie of the request by name, with its text as the browser sent it. */
  all(): Map<string, string> {
    return parseCookies(this.header());
  }

  /** The Cookie header. The response depends on it from here on. */
  header(): string {
    this.#exchange.looksAtCookies = true;
    return this.#exchange.view.header("cookie") ?? "";
  }

  /**
   * @param isPrivate it is one visitor's own, so the response varies by Cookie even when nothing was read
   * @throws InvalidCookie, also for the name of a cookie of Coatcheck's own; CookieTooLarge, InvalidDuration
   */
  set(name: string, value: string, options: PlainCookieOptions, isPrivate: boolean): void {
    this.#exchange.manager.ownCookies.refuse(name);
    this.setOwn(name, value, options, isPrivate);
  }

  /** As `set`, for a feature and its own names. */
  setOwn(name: string, value: string, options: PlainCookieOptions, isPrivate: boolean): void {
    const attributes = this.#attributes(name, options);
    const maxAgeSeconds = options.maxAge === undefined ? undefined : parseDuration("maxAge", options.maxAge);
    const line = serializeCookie(name, encodeCookieValue(value), maxAgeSeconds === undefined ? attributes : { ...attributes, maxAgeSeconds });
    this.#send(name, value, line, isPrivate);
  }

  /** @throws InvalidCookie, also for the name of a cookie of Coatcheck's own */
  delete(name: string, options: Omit<PlainCookieOptions, "maxAge">, isPrivate: boolean): void {
    this.#exchange.manager.ownCookies.refuse(name);
    this.deleteOwn(name, options, isPrivate);
  }

  /** As `delete`, for a feature and its own names. */
  deleteOwn(name: string, options: Omit<PlainCookieOptions, "maxAge">, isPrivate: boolean): void {
    this.#send(name, null, removeCookie(name, this.#attributes(name, options)), isPrivate);
  }

  /** As `delete`, and the browser is told even when the commit fails. */
  deleteSurely(name: string, options: Omit<PlainCookieOptions, "maxAge">): void {
    this.#exchange.manager.ownCookies.refuse(name);
    const line = removeCookie(name, this.#attributes(name, options));
    if (!this.#send(name, null, line, true)) return;
    this.#exchange.outgoing.setLasting(name, line, true);
  }

  #attributes(name: string, options: PlainCookieOptions): CookieAttributes {
    const { manager, connection } = this.#exchange;
    const mustBeSecure = options.sameSite === "none" || options.partitioned === true || name.startsWith("__");
    return {
      path: options.path ?? "/",
      ...(options.domain === undefined ? {} : { domain: options.domain }),
      secure: mustBeSecure || (manager.settings.cookie.secure ?? connection.kind !== "loopback"),
      httpOnly: options.readableByScripts !== true,
      sameSite: options.sameSite ?? "lax",
      partitioned: options.partitioned ?? false,
    };
  }

  /** @returns whether the connection carries it */
  #send(name: string, value: string | null, line: string, isPrivate: boolean): boolean {
    const { outgoing, connection, manager } = this.#exchange;
    if (connection.kind === "insecure" && manager.settings.cookie.secure !== false) {
      // A browser would drop a Secure cookie that came over http, and say so to nobody.
      this.#exchange.explain("secure-over-http", { what: `The cookie ${name}`, ...describeInsecure(this.#exchange.view, connection.host) });
      publish("cookie.withheld", { reason: "secure-over-http", name, host: connection.host ?? null });
      return false;
    }
    (this.#pending ??= new Map()).set(name, value);
    outgoing.set(name, line, isPrivate);
    return true;
  }
}

/** The one object for a request. */
export function plainCookiesOf(exchange: ExchangeState): PlainCookies {
  return exchange.slot(PlainCookies, () => new PlainCookies(exchange));
}

/** The name with the prefix that keeps other hosts from planting the cookie, where the connection allows it. */
export function protectCookieName(exchange: ExchangeState, name: string, hasDomain = false): string {
  const { connection, manager } = exchange;
  return connection.kind === "secure" && manager.settings.cookie.secure !== false && !hasDomain ? `__Host-${name}` : name;
}
