import type { ExchangeState } from "../manager/exchange-state.ts";
import { plainCookiesOf, type PlainCookieOptions, type PlainCookies } from "../manager/plain-cookies.ts";
import { FlowCookie, type FlowOptions } from "./flow-cookie.ts";
import { SealedCookies } from "./sealed-cookies.ts";
import { SignedCookies } from "./signed-cookies.ts";

/** How a cookie of the application's own is sent. */
export type AppCookieOptions = PlainCookieOptions;

/**
 * Cookies for preferences and other small things that a user may see and change. Values are never private and never proof of
 * anything: check what you read, or use `signed` and `sealed`. Defaults: `Path=/`, `SameSite=Lax`, HttpOnly, and Secure whenever
 * the session cookie is.
 */
export class AppCookies {
  readonly #exchange: ExchangeState;
  readonly #plain: PlainCookies;
  #signed: SignedCookies | null = null;
  #sealed: SealedCookies | null = null;

  constructor(exchange: ExchangeState) {
    this.#exchange = exchange;
    this.#plain = plainCookiesOf(exchange);
  }

  /** The value of a cookie; `fallback`, or undefined, when it is absent or malformed. Django: `request.COOKIES.get`. */
  get(name: string): string | undefined;
  get<Fallback>(name: string, fallback: Fallback): string | Fallback;
  get(name: string, fallback?: unknown): unknown {
    return this.#plain.get(name) ?? fallback;
  }

  has(name: string): boolean {
    return this.#plain.get(name) !== undefined;
  }

  /** Every cookie of the request by name, with its text as the browser sent it. */
  all(): Map<string, string> {
    return this.#plain.all();
  }

  /**
   * Sends a cookie. Any text is allowed: what cannot stand in a cookie is percent-encoded.
   *
   * @throws InvalidCookie for a name or attribute that browsers refuse, and for the name of a cookie of Coatcheck's own
   * @throws CookieTooLarge when name and value exceed 4096 bytes
   * @throws InvalidDuration for a maxAge that is none
   */
  set(name: string, value: string, options: AppCookieOptions = {}): void {
    this.#plain.set(name, value, options, false);
  }

  /** Has the browser drop a cookie. Path, domain and partition must be those that it was set with. */
  delete(name: string, options: Omit<AppCookieOptions, "maxAge"> = {}): void {
    this.#plain.delete(name, options, false);
  }

  /** Cookies that users can read but not change unnoticed. */
  get signed(): SignedCookies {
    return (this.#signed ??= new SignedCookies(this.#exchange));
  }

  /** Cookies that users can neither read nor change unnoticed. */
  get sealed(): SealedCookies {
    return (this.#sealed ??= new SealedCookies(this.#exchange));
  }

  /**
   * A sealed cookie for one round trip (a login at somebody else's site, a confirmation by mail): short-lived, usable for nothing
   * else, and taken once by a process.
   *
   * @param name over https the cookie is called `__Host-<name>`, so that no other host can plant it
   * @param options `purpose`: a constant that says what the round trip is for. `maxAge`: `"10m"` by default, at most a day
   * @throws InvalidCookie, InvalidDuration, ConfigurationError
   * @example
   * const flow = coat.cookies.flow<{ state: string }>("oauth", { purpose: "login with example.org" });
   * flow.set({ state }); // before the redirect
   * const begun = flow.take(); // when the browser comes back: undefined if it brings none, it is too late, or it was taken
   */
  flow<Value = unknown>(name: string, options: FlowOptions): FlowCookie<Value> {
    return new FlowCookie<Value>(this.#exchange, name, options);
  }
}
