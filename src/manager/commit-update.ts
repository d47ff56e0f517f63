import { SessionConflict, SessionEnded } from "../errors.ts";
import { renewTimes } from "../session/expiry.ts";
import type { Edit } from "../session/values.ts";
import { GONE, UPDATED, type SessionRecord, type UpdateOutcome } from "../store/store.ts";
import { encodeValues, makeNextRecord, rebaseEdits } from "./commit-record.ts";
import { publish } from "./events.ts";
import { tellMove } from "./features.ts";
import type { ExchangeState } from "./exchange-state.ts";
import { Retry } from "./retry.ts";
import { callStore, toStoreError } from "./store-errors.ts";
import type { Left, Turn } from "./turns.ts";
import { wasStored } from "./commit-create.ts";

/** Compare-and-set until it holds: each conflict puts the edits on top of the newer record. An emptied session is deleted. */
export async function updateSession(exchange: ExchangeState, edits: readonly Edit[] | null): Promise<void> {
  const { session, manager } = exchange;
  const { id } = session.record as SessionRecord;
  const taken = manager.turns.take(id);
  const turn: Turn = taken instanceof Promise ? await taken : taken;
  let left: Left = undefined;
  try {
    left = await compareAndSet(exchange, edits, turn.left);
  } catch (error) {
    if (error instanceof SessionEnded) left = null;
    throw error;
  } finally {
    turn.pass(left);
  }
}

async function compareAndSet(exchange: ExchangeState, firstEdits: readonly Edit[] | null, known: Left): Promise<SessionRecord | null> {
  const { session, manager } = exchange;
  const { clock, random } = manager.settings;
  let edits = firstEdits;
  let retry: Retry | null = null;
  const before = session.record as SessionRecord;
  if (known === null) throw interrupt(exchange);
  if (known !== undefined && known.version !== before.version) edits = rebaseEdits(exchange, known, edits);
  for (;;) {
    const record = session.record as SessionRecord;
    const needed = edits !== null || session.forced || session.expiryChoice !== undefined || session.owner !== undefined;
    if (!needed) return record;
    const encoded = encodeValues(exchange, edits);
    const next = encoded.text === null ? null : makeNextRecord(exchange, record, encoded.text);
    const outcome = next === null ? await deleteEmptied(exchange, record) : await updateOnce(exchange, next, record.version);
    if (outcome.outcome === "updated") {
      session.record = next;
      session.values.settle(encoded.text, encoded.values, encoded.tagged);
      sendCookie(exchange, before);
      publish(next === null ? "session.ended" : "session.updated", next === null ? { id: record.id, reason: "emptied" } : { id: record.id });
      if (next === null) tellMove(exchange, "ended");
      return next;
    }
    if (outcome.outcome === "gone") throw interrupt(exchange);
    publish("conflict.retried", { id: record.id });
    edits = rebaseEdits(exchange, outcome.current, edits);
    retry ??= new Retry(clock, random);
    if (!(await retry.pause())) throw new SessionConflict(retry.attempts);
  }
}

/** One attempt. What certainly was not sent is repeated; an answer that was lost is looked up. */
async function updateOnce(exchange: ExchangeState, next: SessionRecord, version: string): Promise<UpdateOutcome> {
  try {
    return await callStore(exchange, "update", () => exchange.store.update(next, version, { now: exchange.now() }));
  } catch (error) {
    if (await wasStored(exchange, next, error)) return UPDATED;
    throw error;
  }
}

/** An emptied session goes, unless somebody has put something in meanwhile. */
async function deleteEmptied(exchange: ExchangeState, record: SessionRecord): Promise<UpdateOutcome> {
  const { store } = exchange;
  try {
    const outcome = await store.delete(record.id, record.version, { now: exchange.now() });
    if (outcome !== "conflict") return outcome === "deleted" ? UPDATED : GONE;
    const current = await store.read(record.id, { now: exchange.now() });
    return current === null ? GONE : { outcome: "conflict", current };
  } catch (error) {
    throw toStoreError(error, "delete");
  }
}

/** After the store has said yes: the cookie goes with the record, and moves when the record's end has moved. */
function sendCookie(exchange: ExchangeState, before: SessionRecord): void {
  const { session, manager, outgoing, connection } = exchange;
  if (session.detached) return;
  const { record, token } = session;
  if (record === null) {
    session.token = null;
    if (!exchange.followed) manager.residence.removeCookie(outgoing, connection);
    return;
  }
  if (token === null) return;
  const moved = exchange.renewed || record.expiresAt !== before.expiresAt || record.persistent !== before.persistent;
  if (moved && (record.persistent || before.persistent !== record.persistent)) manager.residence.writeCookie(outgoing, connection, record, token, exchange.now());
  else if (manager.residence.cookieCarriesRecord) manager.residence.writeCookie(outgoing, connection, record, token, exchange.now());
}

/**
 * Nothing changed but the end. The cookie is sent only after the store has confirmed that the session still stands as it was
 * read: a slow response must not bring the browser an older cookie than the one it may hold by now.
 */
export async function renewSession(exchange: ExchangeState): Promise<void> {
  const { session, manager, outgoing, connection, store } = exchange;
  const { record, token } = session;
  if (record === null) return;
  const needsCookie = record.persistent && token !== null && !session.detached;
  if (exchange.renewed && !needsCookie) return;
  const now = exchange.now();
  const times = renewTimes(record, now);
  try {
    const touched = await store.touch(record.id, record.version, times.lastSeenAt, times.expiresAt, { now });
    if (!touched) return;
    session.record = { ...record, lastSeenAt: times.lastSeenAt, expiresAt: times.expiresAt };
    if (needsCookie) manager.residence.writeCookie(outgoing, connection, session.record, token, now);
    publish("session.renewed", { id: record.id });
  } catch (error) {
    // The request itself changed nothing: it is answered, and the next one renews.
    toStoreError(error, "touch");
  } finally {
    exchange.renewed = false;
  }
}

function interrupt(exchange: ExchangeState): SessionEnded {
  const { session } = exchange;
  publish("session.interrupted", { id: session.record?.id });
  exchange.trace?.reasons.push("session-ended");
  session.record = null;
  session.token = null;
  return new SessionEnded();
}
