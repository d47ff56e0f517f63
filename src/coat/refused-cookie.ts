import { publish } from "../manager/events.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";

/** Why a protected cookie counts as absent. */
export type CookieRefusal = "signature" | "seal" | "expired" | "malformed" | "used";

/** Only so that the names of one request have one place. */
const REPORTED: object = {};

/** A cookie that does not verify is no error: the visitor has none. Somebody is told once in a request. */
export function reportRefusedCookie(exchange: ExchangeState, name: string, reason: CookieRefusal): void {
  const reported = exchange.slot(REPORTED, () => new Set<string>());
  if (reported.has(name)) return;
  reported.add(name);
  exchange.explain("cookie-refused", { name, reason });
  publish("cookie.refused", { name, reason });
}
