import { TooManySessions } from "../errors.ts";
import { publish } from "../manager/events.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import type { SessionRecord } from "../store/store.ts";
import type { AuthFeature } from "./auth-feature.ts";
import { disownSession, demandByOwner } from "./end-sessions.ts";
import { listLogins } from "./list-logins.ts";

/** How many sessions of a user are alive, one left out. */
export async function countSessions(auth: AuthFeature, userId: string, exceptId: string | undefined): Promise<number> {
  return (await listLogins(auth, userId)).filter(({ record }) => record.id !== exceptId).length;
}

/**
 * After a login: ends what is above the limit. Everybody who does this at once, in whatever process, picks the same sessions, so that
 * exactly as many as allowed are left.
 *
 * @throws TooManySessions when the limit refuses newcomers and this one came too late; its session is ended then
 */
export async function endSurplus(auth: AuthFeature, exchange: ExchangeState, userId: string): Promise<void> {
  const { maxSessionsPerUser: most, onTooManySessions } = auth.settings;
  const own = exchange.session.record;
  if (most === null || own === null) return;
  const logins = await listLogins(auth, userId);
  if (logins.length <= most) return;
  const byAge = logins.toSorted((one, other) => one.mark.order - other.mark.order || compare(one.record, other.record));
  if (onTooManySessions === "refuse") {
    if (byAge.slice(0, most).some(({ record }) => record.id === own.id)) return;
    await disownSession(exchange);
    throw new TooManySessions(most);
  }
  const store = demandByOwner(auth);
  for (const { record } of byAge.slice(0, -most)) {
    await store.delete(record.id, undefined, { now: exchange.now() });
    publish("session.revoked", { id: record.id, owner: userId, reason: "too-many" });
  }
}

/** An order that is the same for everybody. */
function compare(one: SessionRecord, other: SessionRecord): number {
  return one.id < other.id ? -1 : 1;
}
