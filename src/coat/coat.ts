import { ConfigurationError, SessionCommitted } from "../errors.ts";
import { commitExchange, saveExchange } from "../manager/commit.ts";
import { ExchangeState } from "../manager/exchange-state.ts";
import { explainOutcome } from "../manager/explain-outcome.ts";
import { loadSession, openSession } from "../manager/open.ts";
import type { SessionManager } from "../manager/session-manager.ts";
import type { Trace } from "../manager/trace.ts";
import { Session, type SessionData } from "../session/session.ts";
import type { Auth } from "../auth/auth.ts";
import type { Csrf } from "../csrf/csrf.ts";
import type { Messages } from "../messages/messages.ts";
import { Preferences } from "../preferences/preferences.ts";
import { AppCookies } from "./app-cookies.ts";
import type { CloakroomFeatures } from "./cloakroom-features.ts";
import type { Ending, HandlerOutcome, RequestView, RouteOptions } from "./exchange.ts";
import { refuseForgery, type Refusal } from "./refusal.ts";

const VARY_COOKIE: readonly string[] = Object.freeze(["Cookie"]);
const NONE: readonly never[] = Object.freeze([]);

/**
 * What one request has of Coatcheck: `req.coat`. Everything on it is made when it is first touched, so a request that touches
 * nothing costs next to nothing.
 */
export class Coat<Data extends object = SessionData> {
  readonly #manager: SessionManager;
  readonly #features: CloakroomFeatures;
  readonly #view: RequestView;
  readonly #route: RouteOptions | undefined;
  #exchange: ExchangeState | null = null;
  #session: Session<Data> | null = null;
  #cookies: AppCookies | null = null;
  #csrf: Csrf | null = null;
  #auth: Auth | null = null;
  #messages: Messages | null = null;
  #preferences: Preferences | null = null;
  #finished = false;
  /** What has to be awaited before the handler runs; null when nothing. Never rejects. For adapters. */
  readonly ready: Promise<void> | null;

  constructor(manager: SessionManager, features: CloakroomFeatures, view: RequestView, route: RouteOptions | undefined) {
    this.#manager = manager;
    manager.explainer?.inspect();
    this.#features = features;
    this.#view = view;
    this.#route = route;
    const cookieHeader = view.header("cookie");
    // Before the record, which may be sealed.
    const keys = manager.keys.ready;
    const opening = cookieHeader === undefined || !manager.residence.mayBePresented(cookieHeader) ? null : openSession(this.#open(), cookieHeader);
    this.ready = keys === null ? opening : keys.then(() => opening ?? undefined);
  }

  /** An answer that replaces the handler's; null when the handler may run. For adapters, once `ready` has settled. */
  get refusal(): Promise<Refusal | null> | Refusal | null {
    const { csrf } = this.#features;
    if (csrf === null || !csrf.concerns(this.#view.method, this.#route?.csrfExempt ?? false)) return null;
    return refuseForgery(this.#open(), csrf);
  }

  /** CSRF tokens. @throws ConfigurationError when `csrf: false` */
  get csrf(): Csrf {
    if (this.#features.csrf === null) throw switchedOff("csrf");
    return (this.#csrf ??= this.#features.csrf.of(this.#open()));
  }

  /** Who is logged in, and logging in and out. @throws ConfigurationError without the option `auth` */
  get auth(): Auth {
    if (this.#features.auth === null) throw new ConfigurationError("auth", "is not given, and this code uses coat.auth. Pass auth: { users: sqlUsers(database) }.");
    return (this.#auth ??= this.#features.auth.of(this.#open()));
  }

  /** One-time messages. @throws ConfigurationError when `messages: false` */
  get messages(): Messages {
    if (this.#features.messages === null) throw switchedOff("messages");
    return (this.#messages ??= this.#features.messages.of(this.#open()));
  }

  /** What this visitor prefers: theme, language, consent. */
  get preferences(): Preferences {
    return (this.#preferences ??= new Preferences(this.#open()));
  }

  /** The session of this request. */
  get session(): Session<Data> {
    return (this.#session ??= new Session<Data>(this.#open().session));
  }

  /** Cookies of the application's own. */
  get cookies(): AppCookies {
    return (this.#cookies ??= new AppCookies(this.#open()));
  }

  /** On a lazy route: reads the record, if there is one. Elsewhere it is read already. */
  async load(): Promise<Session<Data>> {
    const exchange = this.#open();
    if (!exchange.session.loaded) await loadSession(exchange);
    return this.session;
  }

  /** From here on a change of the session is an error: SessionReadonly. */
  readonly(): void {
    this.#open().session.readonly = true;
  }

  /** This request is no activity: it does not move the session's end (polling, prefetching). */
  passive(): void {
    this.#open().passive = true;
  }

  /**
   * Saves the session and returns one that outlives the response: a stream changes it with `set` and `await session.save()`. It cannot
   * set cookies, so it can neither begin, rotate nor empty a session. On a lazy route the record is read first.
   *
   * @throws SessionCommitted once the response has begun to leave; SessionEnded, SessionConflict, StoreUnavailable and UnsupportedValue as `session.save()`
   */
  async detach(): Promise<Session<Data>> {
    if (this.#finished) throw new SessionCommitted("coat.detach()");
    const exchange = this.#open();
    if (!exchange.session.loaded) await loadSession(exchange);
    await saveExchange(exchange);
    const apart = new ExchangeState(this.#manager, this.#view, exchange.use);
    apart.session.detachFrom(exchange.session);
    apart.passive = exchange.passive;
    return new Session<Data>(apart.session);
  }

  /** In development: what this request did with its session. Null in production. */
  get trace(): Trace | null {
    return this.#open().trace;
  }

  /**
   * Commits, and says what the response needs. For adapters: called once, when the first byte is about to leave.
   *
   * @returns null, at once, when there is nothing to add
   * @throws (as a rejection) SessionEnded, SessionConflict, StoreUnavailable, UnsupportedValue, SessionTooLarge
   */
  finish(outcome: HandlerOutcome): Ending | null | Promise<Ending | null> {
    this.#finished = true;
    const exchange = this.#exchange;
    if (exchange === null) return null;
    const dropsChanges = (outcome.threw || outcome.status >= 500) && exchange.use.keepChangesOnError !== true;
    let committing: Promise<void> | null;
    try {
      committing = commitExchange(exchange, dropsChanges);
    } catch (error) {
      return fail(exchange, error);
    } finally {
      exchange.session.closed = true;
    }
    return committing === null ? settle(exchange, outcome, dropsChanges) : settleLater(committing, exchange, outcome, dropsChanges);
  }

  /** After `finish` has failed: what the error page has to take along. Null: nothing. For adapters. */
  get remains(): Ending | null {
    const setCookies = this.#exchange?.sent?.lastingLines() ?? null;
    return setCookies === null ? null : { setCookies, vary: VARY_COOKIE, noStore: true, headers: NONE };
  }

  #open(): ExchangeState {
    return (this.#exchange ??= new ExchangeState(this.#manager, this.#view, this.#route));
  }
}

function switchedOff(name: string): ConfigurationError {
  return new ConfigurationError(name, `is switched off (${name}: false), and this code uses coat.${name}.`);
}

/** A function of its own, because what closures share is set aside on every call. */
function settleLater(committing: Promise<void>, exchange: ExchangeState, outcome: HandlerOutcome, dropsChanges: boolean): Promise<Ending | null> {
  return committing.then(
    () => settle(exchange, outcome, dropsChanges),
    (error: unknown) => fail(exchange, error),
  );
}

/** The session is saved, or there was nothing to save: everybody who waited for that hears of it, and the response can leave. */
function settle(exchange: ExchangeState, outcome: HandlerOutcome, dropsChanges: boolean): Ending | null | Promise<Ending | null> {
  const settling = exchange.settle(!dropsChanges);
  return settling === null ? end(exchange, outcome) : endLater(settling, exchange, outcome);
}

function endLater(settling: Promise<unknown>, exchange: ExchangeState, outcome: HandlerOutcome): Promise<Ending | null> {
  return settling.then(() => end(exchange, outcome));
}

function end(exchange: ExchangeState, outcome: HandlerOutcome): Ending | null {
  return exchange.trace === null ? makeEnding(exchange) : explainEnding(exchange, outcome, makeEnding(exchange));
}

/** The commit failed, and the error goes on once everybody has heard of it. */
async function fail(exchange: ExchangeState, error: unknown): Promise<never> {
  await exchange.settle(false);
  throw error;
}

function makeEnding(exchange: ExchangeState): Ending | null {
  const { sent, session, varyOn, extraHeaders } = exchange;
  const looked = session.accessed || exchange.looksAtCookies;
  const setsNone = sent === null || sent.isEmpty;
  if (setsNone && varyOn === null && extraHeaders === null) return looked ? LOOKED : null;
  const vary = looked || sent?.hasPrivate === true ? VARY_COOKIE : NONE;
  return { setCookies: sent?.lines() ?? NONE, vary: varyOn === null ? vary : [...vary, ...varyOn], noStore: !setsNone, headers: extraHeaders ?? NONE };
}

/** In development: what the trace says, in a header. */
function explainEnding(exchange: ExchangeState, outcome: HandlerOutcome, ending: Ending | null): Ending | null {
  explainOutcome(exchange, outcome.status);
  const reasons = exchange.trace?.reasons ?? [];
  if (reasons.length === 0) return ending;
  const { setCookies = NONE, vary = NONE, noStore = false, headers = NONE } = ending ?? {};
  return { setCookies, vary, noStore, headers: [...headers, ["Coatcheck-Reason", reasons.join(", ")]] };
}

/** The commonest ending: the response depends on the cookie and sets none. */
const LOOKED: Ending = Object.freeze({ setCookies: NONE, vary: VARY_COOKIE, noStore: false, headers: NONE });
