import type { CookieAttributes } from "../cookie/attributes.ts";
import { findCookie, parseCookies } from "../cookie/parse.ts";
import { removeCookie } from "../cookie/removal.ts";
import { serializeCookie } from "../cookie/serialize.ts";
import { decodeCookieValue, encodeCookieValue } from "../cookie/value.ts";
import { InvalidCookie } from "../errors.ts";
import { publish } from "../manager/events.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import { parseDuration, type Duration } from "../session/duration.ts";

/** How a cookie of the application's own is sent. */
export interface AppCookieOptions {
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

/**
 * Cookies for preferences and other small things that a user may see and change. Values are never private and never proof of
 * anything: check what you read. Defaults: `Path=/`, `SameSite=Lax`, HttpOnly, and Secure whenever the session cookie is.
 */
export class AppCookies {
  readonly #exchange: ExchangeState;
  /** What this response sets or removes, so that reading it back tells what will be. */
  #pending: Map<string, string | null> | null = null;

  constructor(exchange: ExchangeState) {
    this.#exchange = exchange;
  }

  /** The value of a cookie; `fallback`, or undefined, when it is absent or malformed. Django: `request.COOKIES.get`. */
  get(name: string): string | undefined;
  get<Fallback>(name: string, fallback: Fallback): string | Fallback;
  get(name: string, fallback?: unknown): unknown {
    const pending = this.#pending?.get(name);
    if (pending !== undefined) return pending ?? fallback;
    const raw = findCookie(this.#header(), name);
    return (raw === undefined ? undefined : decodeCookieValue(raw)) ?? fallback;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Every cookie of the request by name, with its text as the browser sent it. */
  all(): Map<string, string> {
    return parseCookies(this.#header());
  }

  /**
   * Sends a cookie. Any text is allowed: what cannot stand in a cookie is percent-encoded.
   *
   * @throws InvalidCookie for a name or attribute that browsers refuse, or the session cookie's own name
   * @throws CookieTooLarge when name and value exceed 4096 bytes
   * @throws InvalidDuration for a maxAge that is none
   */
  set(name: string, value: string, options: AppCookieOptions = {}): void {
    const attributes = this.#attributes(name, options);
    const maxAgeSeconds = options.maxAge === undefined ? undefined : parseDuration("maxAge", options.maxAge);
    const line = serializeCookie(name, encodeCookieValue(value), maxAgeSeconds === undefined ? attributes : { ...attributes, maxAgeSeconds });
    this.#send(name, value, line);
  }

  /** Has the browser drop a cookie. Path, domain and partition must be those that it was set with. */
  delete(name: string, options: Omit<AppCookieOptions, "maxAge"> = {}): void {
    this.#send(name, null, removeCookie(name, this.#attributes(name, options)));
  }

  #header(): string {
    this.#exchange.looksAtCookies = true;
    return this.#exchange.view.header("cookie") ?? "";
  }

  #attributes(name: string, options: AppCookieOptions): CookieAttributes {
    const { manager, connection } = this.#exchange;
    if (manager.residence.isOwnName(name)) throw new InvalidCookie(`${name} is Coatcheck's own cookie: choose another name.`);
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

  #send(name: string, value: string | null, line: string): void {
    const { outgoing, connection, manager } = this.#exchange;
    if (connection.kind === "insecure" && manager.settings.cookie.secure !== false) {
      // A browser would drop a Secure cookie that came over http, and say so to nobody.
      this.#exchange.trace?.reasons.push("secure-over-http");
      publish("cookie.withheld", { reason: "secure-over-http", name, host: connection.host ?? null });
      return;
    }
    (this.#pending ??= new Map()).set(name, value);
    outgoing.set(name, line, false);
  }
}
