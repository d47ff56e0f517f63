import { ConfigurationError } from "../errors.ts";
import { deleteSession } from "../manager/commit-delete.ts";
import { publish } from "../manager/events.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import { tellMove } from "../manager/features.ts";
import { isByOwner, type ByOwner } from "../store/capabilities.ts";
import type { SessionStore } from "../store/store.ts";
import type { AuthFeature } from "./auth-feature.ts";

/**
 * Ends the session of this request at once, whatever the handler does with it later: what it says is not believed. The rest of the
 * request is a stranger's, and may begin a session of its own.
 */
export async function disownSession(exchange: ExchangeState): Promise<void> {
  const { session } = exchange;
  // The response has left: the next request finds the same and can still tell the browser.
  if (session.closed) return;
  if (exchange.manager.residence.cookieCarriesRecord) return forgetCookie(exchange);
  const { readonly } = session;
  session.readonly = false;
  try {
    session.flush();
    await deleteSession(exchange);
    session.flushed = false;
  } finally {
    session.readonly = readonly;
  }
}

/** A record in the cookie is gone with it. Nothing else of the user is: whoever keeps an outdated copy must not be able to log others out. */
function forgetCookie(exchange: ExchangeState): void {
  const { session, manager } = exchange;
  session.adopt(null, null);
  if (!session.detached) manager.residence.removeCookie(exchange);
  tellMove(exchange, "ended");
}

/**
 * Ends the sessions of a user, wherever they are: those that the store lists are deleted, and the epoch ends those that it does not.
 *
 * @param exceptId a session that stays; then the epoch is left to the caller
 * @returns how many were deleted
 */
export async function endEverySession(auth: AuthFeature, userId: string, exceptId?: string): Promise<number> {
  if (exceptId === undefined) await auth.settings.epochs?.raise(userId);
  const { store } = auth;
  if (store === null || !isByOwner(store)) return 0;
  const count = await store.deleteByOwner(userId, { now: auth.settings.clock.now(), ...(exceptId === undefined ? {} : { exceptId }) });
  if (count > 0) publish("session.revoked", { owner: userId, count });
  return count;
}

/** The store, as one that lists a user's sessions. @throws ConfigurationError when it is none */
export function demandByOwner(auth: AuthFeature): SessionStore & ByOwner {
  const { store } = auth;
  if (store === null) throw new ConfigurationError("store", "sessions that live in the cookie cannot be listed or ended one by one. Use a store, or auth.sessions.revokeOthers().");
  if (!isByOwner(store)) throw new ConfigurationError("store", `the ${store.name} store cannot list a user's sessions.`);
  return store;
}
