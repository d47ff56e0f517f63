import { findCookie, findCookies } from "../cookie/parse.ts";
import { isTokenShaped } from "../crypto/digest.ts";
import { bindCsrfSecret, bindToSession, bindToVisitor, openBoundCsrfSecret } from "../formats/csrf-binding.ts";
import { CSRF_TOKEN_LENGTH, makeCsrfSecret, readCsrfSecret } from "../formats/django-csrf.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import { RESERVED } from "../session/keys.ts";
import { ABSENT } from "../session/values.ts";
import { CSRF_COOKIE_SECONDS, type CookieFace, type CookieFaces, type CsrfSettings } from "./csrf-settings.ts";

/** More values than this under one name are nobody's ordinary browser. */
const MOST_VALUES = 4;

/**
 * The CSRF secret of one request: found in the cookie (if that was made for this session or visitor) or in the session, made when
 * a token is asked for, kept through the creation of a session, new after a login.
 */
export class CsrfSecret {
  readonly #exchange: ExchangeState;
  readonly #settings: CsrfSettings;
  #found: string | null | undefined = undefined;
  #fresh: string | null = null;
  #visitor: string | null = null;
  /** A token was asked for, so the cookie is sent. */
  #asked = false;

  constructor(exchange: ExchangeState, settings: CsrfSettings) {
    this.#exchange = exchange;
    this.#settings = settings;
  }

  /** The secret that the request's own tokens must belong to; null when there is none that counts. */
  get current(): string | null {
    if (this.#found === undefined) this.#found = this.#settings.inSession ? this.#readSession() : this.#readCookie();
    return this.#found;
  }

  /** A cookie of that name came, whether it counts or not. */
  get cookiePresent(): boolean {
    const face = this.#face(this.#settings.tokenCookie);
    return face !== null && findCookie(this.#cookieHeader(), face.name) !== undefined;
  }

  /** The bare cookie value, which a script may send back as it is; null when it does not count. */
  get cookieValue(): string | null {
    const face = this.#face(this.#settings.tokenCookie);
    return face === null || this.current === null ? null : (findCookie(this.#cookieHeader(), face.name) ?? null);
  }

  /** The secret for a form that is rendered now. Sends the cookie, or puts the secret into the session. */
  demand(): string {
    const { session } = this.#exchange;
    const moving = session.flushed || session.rotation === "login" || session.rotation === "privilege";
    const secret = moving ? this.#renew() : (this.#fresh ?? this.current ?? this.#renew());
    this.#asked = true;
    if (this.#settings.inSession) {
      if (session.values.get(RESERVED.csrf) !== secret) {
        session.alter("csrf.token()");
        session.values.set(RESERVED.csrf, secret);
      }
    } else this.#send(secret);
    return secret;
  }

  /** The session got another id, or its first: the cookie is made anew, for the same secret or a new one. */
  rebind(keepsSecret: boolean): void {
    if (this.#settings.inSession || (!this.#asked && this.current === null && !this.cookiePresent)) return;
    this.#send(keepsSecret ? (this.#fresh ?? this.current ?? this.#renew()) : (this.#fresh ?? this.#renew()));
  }

  /** The session ended: the cookies that went with it go too, unless a page was rendered for whoever comes next. */
  end(): void {
    if (this.#settings.inSession) return;
    if (this.#asked) return this.rebind(false);
    for (const faces of [this.#settings.tokenCookie, this.#settings.visitorCookie]) {
      const face = this.#face(faces);
      if (face !== null && findCookie(this.#cookieHeader(), face.name) !== undefined) this.#exchange.outgoing.set(face.name, face.prepared.remove(), true);
    }
  }

  /** With the secret in the session: a new one, saved with the rotation. */
  renewInSession(): void {
    const { values } = this.#exchange.session;
    if (this.#settings.inSession && values.get(RESERVED.csrf) !== ABSENT) values.set(RESERVED.csrf, this.#renew());
  }

  #renew(): string {
    return (this.#fresh ??= makeCsrfSecret(this.#exchange.manager.settings.random));
  }

  #readSession(): string | null {
    const { session } = this.#exchange;
    session.look();
    const stored = session.values.get(RESERVED.csrf);
    return typeof stored === "string" ? readCsrfSecret(stored) : null;
  }

  /** A value whose binding does not fit this session or visitor counts as absent; two that fit cancel each other. */
  #readCookie(): string | null {
    const face = this.#face(this.#settings.tokenCookie);
    if (face === null) return null;
    const values = findCookies(this.#cookieHeader(), face.name, MOST_VALUES);
    if (values.length === 0 || values.length > MOST_VALUES) return null;
    const bindings = this.#openedBindings();
    const keyring = this.#exchange.manager.keyring;
    let secret: string | null = null;
    for (const value of values) {
      if (value.length !== CSRF_TOKEN_LENGTH) continue;
      const opened = bindings.map((binding) => openBoundCsrfSecret(keyring, value, binding)).find((found) => found !== null);
      if (opened === undefined) continue;
      if (secret !== null && secret !== opened.secret) return null;
      secret = opened.secret;
    }
    return secret;
  }

  /**
   * What the request's own cookie must have been made for. While a session moves to a new token, its forms live on: the browser may
   * hold the cookie of either id, since the answers to its requests come in any order.
   */
  #openedBindings(): string[] {
    const { session, openedId, followed } = this.#exchange;
    session.look();
    if (openedId !== null) return followed && session.record !== null ? [bindToSession(openedId), bindToSession(session.record.id)] : [bindToSession(openedId)];
    const visitor = this.#readVisitor();
    return visitor === null ? [] : [this.#bindVisitor(visitor)];
  }

  /** What a cookie that leaves now is made for. */
  #binding(): string {
    const { record } = this.#exchange.session;
    return record === null ? this.#bindVisitor(this.#readVisitor() ?? this.#drawVisitor()) : bindToSession(record.id);
  }

  /** What was begun over http is nothing over https. A session's id says so by itself. */
  #bindVisitor(visitor: string): string {
    return bindToVisitor(`${this.#exchange.connection.kind}:${visitor}`);
  }

  #readVisitor(): string | null {
    if (this.#visitor !== null) return this.#visitor;
    const face = this.#face(this.#settings.visitorCookie);
    const values = face === null ? [] : findCookies(this.#cookieHeader(), face.name, 1);
    const value = values.length === 1 ? values[0] : undefined;
    return value !== undefined && isTokenShaped(value) ? value : null;
  }

  #drawVisitor(): string {
    const { manager, outgoing } = this.#exchange;
    const face = this.#face(this.#settings.visitorCookie);
    this.#visitor = manager.settings.random.token();
    if (face !== null) outgoing.set(face.name, face.prepared.serialize(this.#visitor, CSRF_COOKIE_SECONDS, this.#exchange.now()), true);
    return this.#visitor;
  }

  #send(secret: string): void {
    const { manager, outgoing } = this.#exchange;
    const face = this.#face(this.#settings.tokenCookie);
    if (face === null) return;
    const binding = this.#binding();
    outgoing.set(face.name, face.prepared.serialize(bindCsrfSecret(manager.keyring, secret, binding), CSRF_COOKIE_SECONDS, this.#exchange.now()), true);
  }

  #cookieHeader(): string {
    this.#exchange.looksAtCookies = true;
    return this.#exchange.view.header("cookie") ?? "";
  }

  #face(faces: CookieFaces): CookieFace | null {
    return faces[this.#exchange.connection.kind];
  }
}
