import type { ExchangeState } from "./exchange-state.ts";
import type { OwnCookies } from "./own-cookies.ts";

/**
 * What happened to the identity of a session.
 * - `created`: it got its first token.
 * - `privilege`, `login`: what its holder may do changed, so it got a new token and the old one is dead.
 * - `periodic`: it got a new token because time had passed; nothing else changed.
 * - `ended`: it is gone.
 */
export type SessionMove = "created" | "privilege" | "login" | "periodic" | "ended";

/**
 * Something that is built on sessions (CSRF, login, messages). Features never import one another: they meet in reserved session
 * keys and in these steps, which the manager runs.
 */
export interface Feature {
  readonly name: string;
  /** The cookies that it sends, so that nobody else uses their names. */
  readonly ownCookies?: readonly OwnCookies[];
  /** A session that has a record is about to get a new token: reserved values may still be changed and are saved with it. */
  beforeMove?(exchange: ExchangeState, move: Exclude<SessionMove, "created" | "ended">): void;
  /** Something of the session is about to be written. May refuse it by throwing. */
  beforeWrite?(exchange: ExchangeState): void;
  /** The store has said yes. Cookies of one's own may be set or removed. */
  sessionMoved?(exchange: ExchangeState, move: SessionMove): void;
}

/** Tells every feature. */
export function tellMove(exchange: ExchangeState, move: SessionMove): void {
  for (const feature of exchange.manager.features) feature.sessionMoved?.(exchange, move);
}
