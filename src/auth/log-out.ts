import { publish } from "../manager/events.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import { loadSession } from "../manager/open.ts";
import type { AuthFeature } from "./auth-feature.ts";
import { readMark } from "./login-mark.ts";

/** Ends the session, record and cookie, at once. A session that lives in the cookie takes all others of its user with it. */
export async function logOut(auth: AuthFeature, exchange: ExchangeState): Promise<void> {
  const { session } = exchange;
  if (!session.loaded) await loadSession(exchange);
  session.alter("auth.logout()");
  const mark = readMark(session);
  const user = mark === null || mark === "malformed" ? null : mark.user;
  const id = session.record?.id ?? null;
  session.flush();
  await exchange.save();
  const { clearSiteData } = auth.settings;
  if (clearSiteData !== null) (exchange.extraHeaders ??= []).push(["Clear-Site-Data", clearSiteData]);
  if (user === null) return;
  publish("auth.logout", { user, id });
}
