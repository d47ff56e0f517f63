import type { Epochs } from "../store/epochs.ts";
import type { SessionRecord, SessionStore } from "../store/store.ts";
import type { Connection } from "./connection.ts";
import type { ExchangeState } from "./exchange-state.ts";
import type { KeySource } from "./keys.ts";
import type { Settings } from "./settings.ts";

/**
 * Where a record lives: under a token in a store, or in the cookie itself. Session and plan never know which.
 */
export interface Residence {
  /** Every change of the record has to be sent to the browser, because the browser keeps it. */
  readonly cookieCarriesRecord: boolean;
  /** False for a Cookie header that certainly holds no session cookie: a search, before anything is made for the request. */
  mayBePresented(cookieHeader: string): boolean;
  /**
   * What a request presents, in the order it was sent; empty for a stranger. Shapes are checked, nothing is looked up.
   * `excess` says that more was sent than anyone would try.
   */
  present(cookieHeader: string, connection: Connection): Presented;
  /** Whether a session can travel over this connection at all. */
  isAvailable(connection: Connection): boolean;
  /** The name of the session cookie on a connection. */
  nameOn(connection: Connection): string;
  /** Whether a cookie name is the session's, on any connection. */
  isOwnName(name: string): boolean;
  /** The store for this request. */
  storeFor(exchange: ExchangeState): SessionStore;
  /** The id of the record that a token opens on this connection. */
  identify(token: string, connection: Connection): string;
  /** A new token, drawn at random. */
  drawToken(): string;
  /** Sends the cookie that leads to `record`. */
  writeCookie(exchange: ExchangeState, record: SessionRecord, token: string): void;
  /** Has the browser drop it. */
  removeCookie(exchange: ExchangeState): void;
}

/** What came in a Cookie header under the session cookie's name. */
export interface Presented {
  readonly tokens: readonly string[];
  /** The name was there, whatever its value. */
  readonly named: boolean;
  /** A value was there that cannot be a token. */
  readonly malformed: boolean;
  /** More values than are tried. */
  readonly excess: boolean;
}

/** A session store without a server side: `signedCookieStore()`, `sealedCookieStore()`. */
export interface CookieSessionStore {
  readonly kind: "cookie";
  readonly name: string;
  /** What ends old copies of a cookie, as the store's own option says; null: what comes with `auth`, if anything does. */
  readonly epochs: Epochs | null;
  /** The application was told that nothing does, and wants logins all the same. */
  readonly allowsUnsafeLogins: boolean;
  /** Called once by `createCoatcheck`. */
  createResidence(context: ResidenceContext): Residence;
}

/** What a residence is made from. */
export interface ResidenceContext {
  readonly settings: Settings;
  readonly keys: KeySource;
  /** What ends a user's sessions where no store lists them; null without `auth`. */
  readonly epochs: Epochs | null;
}
