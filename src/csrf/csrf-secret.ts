import { findCookie, findCookies } from "../cookie/parse.ts";
import { isTokenShaped } from "../crypto/digest.ts";
import { bindCsrfSecret, bindToSession, bindToVisitor, openBoundCsrfSecret } from "../formats/csrf-binding.ts";
import { CSRF_TOKEN_LENGTH, makeCsrfSecret, readCsrfSecret } from "../formats/django-csrf.ts";
import type { CookieFace, CookieFaces } from "../manager/cookie-face.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import { RESERVED } from "../session/keys.ts";
import { ABSENT } from "../session/values.ts";
import type { CsrfSettings } from "./csrf-settings.ts";

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

  /**
   * A value whose binding does not fit this session or visitor counts as absent; two that fit cancel each other. When there is none, a
   * late answer to a request from before the session, or from before a login, may have overwritten it: its copy in the visitor's cookie
   * is bound to the session as well as the cookie was.
   */
  #readCookie(): string | null {
    const face = this.#face(this.#settings.tokenCookie);
    if (face === null) return null;
    const values = findCookies(this.#cookieHeader(), face.name, MOST_VALUES);
    if (values.length === 0 || values.length > MOST_VALUES) return null;
    const bindings = this.#openedBindings();
    let secret: string | null = null;
    for (const value of values) {
      const opened = this.#openBound(value, bindings);
      if (opened === null) continue;
      if (secret !== null && secret !== opened) return null;
      secret = opened;
    }
    if (secret !== null || this.#exchange.openedId === null) return secret;
    const copy = this.#readVisitorCookie()?.copy;
    return copy === undefined ? null : this.#openBound(copy, bindings);
  }

  #openBound(value: string, bindings: readonly string[]): string | null {
    if (value.length !== CSRF_TOKEN_LENGTH) return null;
    for (const binding of bindings) {
      const opened = openBoundCsrfSecret(this.#exchange.manager.keyring, value, binding);
      if (opened !== null) return opened.secret;
    }
    return null;
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
    return this.#visitor ?? this.#readVisitorCookie()?.visitor ?? null;
  }

  /** The visitor's secret, and behind a dot the copy of the session's token cookie; empty where there was no session. */
  #readVisitorCookie(): { readonly visitor: string; readonly copy: string } | null {
    const face = this.#face(this.#settings.visitorCookie);
    const values = face === null ? [] : findCookies(this.#cookieHeader(), face.name, 1);
    if (values.length !== 1) return null;
    const [visitor = "", copy = "", ...rest] = (values[0] as string).split(".", 3);
    return isTokenShaped(visitor) && (copy === "" || copy.length === CSRF_TOKEN_LENGTH) && rest.length === 0 ? { visitor, copy } : null;
  }

  #drawVisitor(): string {
    this.#visitor = this.#exchange.manager.settings.random.token();
    this.#sendVisitor(this.#visitor);
    return this.#visitor;
  }

  #sendVisitor(value: string): void {
    const face = this.#face(this.#settings.visitorCookie);
    if (face !== null) this.#exchange.outgoing.set(face.name, face.prepared.serialize(value, this.#settings.cookieSeconds, this.#exchange.now()), true);
  }

  #send(secret: string): void {
    const { manager, outgoing, session } = this.#exchange;
    const face = this.#face(this.#settings.tokenCookie);
    if (face === null) return;
    const value = bindCsrfSecret(manager.keyring, secret, this.#binding());
    outgoing.set(face.name, face.prepared.serialize(value, this.#settings.cookieSeconds, this.#exchange.now()), true);
    if (session.record !== null) this.#keepCopy(value);
  }

  /** Beside the visitor's secret, whose cookie no late answer overwrites. A browser that has none has sent no form as a visitor. */
  #keepCopy(value: string): void {
    const known = this.#readVisitorCookie();
    const visitor = this.#visitor ?? known?.visitor;
    if (visitor !== undefined && (this.#visitor !== null || known?.copy !== value)) this.#sendVisitor(`${visitor}.${value}`);
  }

  #cookieHeader(): string {
    this.#exchange.looksAtCookies = true;
    return this.#exchange.view.header("cookie") ?? "";
  }

  #face(faces: CookieFaces): CookieFace | null {
    return faces[this.#exchange.connection.kind];
  }
}
