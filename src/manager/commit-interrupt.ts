import { SessionEnded } from "../errors.ts";
import { publish } from "./events.ts";
import type { ExchangeState } from "./exchange-state.ts";

/** Says that somebody else ended the session of this request while it was running. */
export function reportInterruption(exchange: ExchangeState): void {
  publish("session.interrupted", { id: exchange.session.record?.id });
  exchange.explain("session-ended");
}

/**
 * Gives the session up: from here on this request neither keeps anything nor touches the session cookie, because the browser may hold
 * a newer one by now. A cookie that was to leave with the response leads nowhere any more, and stays.
 *
 * @returns the error for whoever wanted something kept
 */
export function interrupt(exchange: ExchangeState): SessionEnded {
  const { session, manager, connection, outgoing } = exchange;
  reportInterruption(exchange);
  session.end();
  if (!manager.residence.cookieCarriesRecord) outgoing.drop(manager.residence.nameOn(connection));
  return new SessionEnded();
}
