import { BadSignature, SignatureExpired } from "../errors.ts";
import { createDjangoCookieSigner, type DjangoCookieSigner } from "../formats/django-signed-cookie.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import { plainCookiesOf, type PlainCookieOptions } from "../manager/plain-cookies.ts";
import type { SessionManager } from "../manager/session-manager.ts";
import { parseDuration, type Duration } from "../session/duration.ts";
import { reportRefusedCookie } from "./refused-cookie.ts";

/** How a protected cookie is sent. */
export interface ProtectedCookieOptions extends PlainCookieOptions {
  /** A constant that says what the value is for. A cookie that was made for one purpose is absent for every other. Default: none. */
  readonly purpose?: string;
}

/** How a protected cookie is read. */
export interface ProtectedReadOptions {
  /** The purpose that it was made for. */
  readonly purpose?: string;
  /** Counts as absent when it is older, by the time that is protected with it; a browser keeps a cookie as long as it likes. Default: no limit. */
  readonly maxAge?: Duration;
}

const signers = new WeakMap<SessionManager, DjangoCookieSigner>();

/**
 * Cookies whose value the browser shows to everybody and nobody can change: `value:time:signature`, in the form of Django's
 * `set_signed_cookie`. Name and purpose are signed too, so that a value cannot be moved to another cookie. What does not verify
 * counts as absent and is reported once (`coatcheck:cookie.refused`).
 */
export class SignedCookies {
  readonly #exchange: ExchangeState;

  constructor(exchange: ExchangeState) {
    this.#exchange = exchange;
  }

  /**
   * The value; undefined when it is absent, altered, moved, too old, or signed with a secret that is no longer listed.
   * Django: `get_signed_cookie`.
   *
   * @throws InvalidDuration for a maxAge that is none; ConfigurationError COAT_SECRET_MISSING without a secret
   */
  get(name: string, options: ProtectedReadOptions = {}): string | undefined {
    const signed = plainCookiesOf(this.#exchange).getExact(name);
    const age = options.maxAge === undefined ? {} : { maxAgeSeconds: parseDuration("maxAge", options.maxAge) };
    if (signed === undefined) return undefined;
    if (signed === null) return void reportRefusedCookie(this.#exchange, name, "malformed");
    try {
      return this.#signer().read(name, signed, { ...age, salt: options.purpose ?? "" }).value;
    } catch (error) {
      if (!(error instanceof BadSignature || error instanceof SignatureExpired)) throw error;
      reportRefusedCookie(this.#exchange, name, error instanceof SignatureExpired ? "expired" : "signature");
      return undefined;
    }
  }

  /** Sends a cookie with its time and signature. Django: `set_signed_cookie`. @throws as `cookies.set`; ConfigurationError without a secret */
  set(name: string, value: string, options: ProtectedCookieOptions = {}): void {
    const { purpose = "", ...attributes } = options;
    plainCookiesOf(this.#exchange).set(name, this.#signer().sign(name, value, purpose), attributes, true);
  }

  #signer(): DjangoCookieSigner {
    const { manager } = this.#exchange;
    let signer = signers.get(manager);
    if (signer === undefined) signers.set(manager, (signer = createDjangoCookieSigner(manager.keyring, { release: "6.1", clock: manager.settings.clock })));
    return signer;
  }
}
