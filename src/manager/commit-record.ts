import { KeyConflict, SessionCommitted, SessionTooLarge } from "../errors.ts";
import { beginTimes, chooseExpiry, isRenewalDue, renewTimes, type SessionTimes } from "../session/expiry.ts";
import type { SessionState } from "../session/state.ts";
import type { Edit } from "../session/values.ts";
import type { SessionRecord } from "../store/store.ts";
import { isHeard, publish } from "./events.ts";
import type { ExchangeState } from "./exchange-state.ts";
import { LARGE_SESSION_BYTES } from "./settings.ts";

/** Values and text of what is about to be stored; `text` null when no value is left. */
export type Encoded = ReturnType<ExchangeState["session"]["values"]["encode"]>;

/** The values with the edits applied, refused when they are too long. */
export function encodeValues(exchange: ExchangeState, edits: readonly Edit[] | null): Encoded {
  const encoded = exchange.session.values.encode(edits);
  if (encoded.text !== null) checkSize(exchange, encoded.text, encoded.values);
  return encoded;
}

/** UTF-8 takes at most three bytes for a UTF-16 unit, so most sessions need no counting. */
function checkSize(exchange: ExchangeState, text: string, values: Readonly<Record<string, unknown>>): void {
  const { maxBytes, codec } = exchange.manager.settings;
  const alarm = Math.min(maxBytes, LARGE_SESSION_BYTES);
  if (text.length * 3 <= alarm) return;
  const bytes = Buffer.byteLength(text);
  if (bytes <= alarm) return;
  if (bytes <= maxBytes && !isHeard("session.large") && exchange.trace === null) return;
  const sizes = Object.keys(values).map((key) => [Buffer.byteLength(codec.snapshot(values[key], key)), key] as const);
  const largest = sizes.reduce((most, next) => (next[0] > most[0] ? next : most), [0, ""] as const)[1];
  if (bytes > maxBytes) throw new SessionTooLarge(bytes, maxBytes, largest);
  publish("session.large", { id: exchange.session.record?.id ?? null, bytes, largestKey: largest });
  exchange.explain("large", { bytes, key: largest });
}

/** A first record, for a session that begins now. */
export function makeFirstRecord(exchange: ExchangeState, id: string, data: string): SessionRecord {
  const { session, policy } = exchange;
  const now = exchange.now();
  let times = beginTimes(policy, now);
  if (session.expiryChoice !== undefined) times = chooseExpiry(times, session.expiryChoice, policy, now);
  return makeRecord(exchange, id, data, session.owner ?? null, times);
}

/** The record as it shall be stored next. Its end moves only when activity is due to be written down, or was chosen anew. */
export function makeNextRecord(exchange: ExchangeState, record: SessionRecord, data: string, now: number = exchange.now()): SessionRecord {
  const { session, policy, passive } = exchange;
  let times: SessionTimes = record;
  if (session.expiryChoice !== undefined) times = chooseExpiry(record, session.expiryChoice, policy, now);
  else if (!passive && policy.renewFraction !== null && isRenewalDue(record, policy.renewFraction, now)) times = renewTimes(record, now);
  return makeRecord(exchange, record.id, data, session.owner === undefined ? record.owner : session.owner, times);
}

function makeRecord(exchange: ExchangeState, id: string, data: string, owner: string | null, times: SessionTimes): SessionRecord {
  return {
    id,
    data,
    version: exchange.manager.settings.random.tag(),
    owner,
    createdAt: times.createdAt,
    lastSeenAt: times.lastSeenAt,
    expiresAt: times.expiresAt,
    idleSeconds: times.idleSeconds,
    endsAt: times.endsAt,
    persistent: times.persistent,
  };
}

/**
 * Puts this request's edits on top of what somebody else stored meanwhile.
 *
 * @returns the edits that remain; null when the newer record says it all already
 * @throws KeyConflict when another request changed the same key and `session.onKeyConflict` is `"fail"`
 */
export function rebaseEdits(exchange: ExchangeState, current: SessionRecord, edits: readonly Edit[] | null): readonly Edit[] | null {
  const { session, manager } = exchange;
  session.values.rebase(current.data, edits, (key) => {
    if (manager.settings.onKeyConflict === "fail") throw new KeyConflict(key);
    publish("conflict.overwrote", { id: current.id, key });
    exchange.explain("conflict-overwrote", { key });
  });
  session.record = current;
  return session.values.collectEdits();
}

/** Something beside the values is to be written down. */
export function isForced(session: SessionState): boolean {
  return session.renewsKey || isAskedFor(session);
}

/** The same, without what nobody asked for. */
export function isAskedFor({ forced, expiryChoice, owner }: SessionState): boolean {
  return forced || expiryChoice !== undefined || owner !== undefined;
}

/** A stream has begun: nothing that needs a cookie can happen any more. */
export function demandCookies(exchange: ExchangeState, what: string): void {
  if (exchange.session.detached) throw new SessionCommitted(what);
}
