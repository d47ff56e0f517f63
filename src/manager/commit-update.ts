import { SessionConflict, SessionEnded } from "../errors.ts";
import { renewTimes } from "../session/expiry.ts";
import type { Edit } from "../session/values.ts";
import { GONE, UPDATED, type SessionRecord, type UpdateOutcome } from "../store/store.ts";
import { encodeValues, makeNextRecord, rebaseEdits, type Encoded } from "./commit-record.ts";
import { publish } from "./events.ts";
import { tellMove } from "./features.ts";
import type { ExchangeState } from "./exchange-state.ts";
import { Retry } from "./retry.ts";
import { callStore, toStoreError } from "./store-errors.ts";
import type { Left, Turn } from "./turns.ts";
import { wasStored } from "./commit-create.ts";

/** Compare-and-set until it holds: each conflict puts the edits on top of the newer record. An emptied session is deleted. */
export function updateSession(exchange: ExchangeState, edits: readonly Edit[] | null): Promise<void> {
  const turn = exchange.manager.turns.take((exchange.session.record as SessionRecord).id);
  return turn instanceof Promise ? turn.then((mine) => updateInTurn(exchange, edits, mine)) : updateInTurn(exchange, edits, turn);
}

/** Whatever happens, the turn goes on to the next in line, with what is known to be stored. */
function updateInTurn(exchange: ExchangeState, edits: readonly Edit[] | null, turn: Turn): Promise<void> {
  const before = exchange.session.record as SessionRecord;
  const fail = (error: unknown): never => {
    turn.pass(error instanceof SessionEnded ? null : undefined);
    throw error;
  };
  try {
    return compareAndSet(exchange, startFrom(exchange, edits, turn.left), before).then((left) => turn.pass(left), fail);
  } catch (error) {
    return Promise.reject(error as Error).catch(fail);
  }
}

/** The first attempt nearly always holds, so it is no part of the loop: an async function costs more than the store call. */
function compareAndSet(exchange: ExchangeState, edits: readonly Edit[] | null, before: SessionRecord): Promise<SessionRecord | null> {
  const attempt = prepareAttempt(exchange, edits);
  if (attempt === null) return Promise.resolve(exchange.session.record);
  return send(exchange, attempt).then((outcome) =>
    outcome.outcome === "updated" ? settle(exchange, attempt, before) : contend(exchange, edits, before, outcome),
  );
}

async function contend(exchange: ExchangeState, firstEdits: readonly Edit[] | null, before: SessionRecord, first: UpdateOutcome): Promise<SessionRecord | null> {
  const retry = new Retry(exchange.manager.settings.clock, exchange.manager.settings.random);
  let edits = firstEdits;
  let outcome = first;
  for (;;) {
    if (outcome.outcome !== "conflict") throw interrupt(exchange);
    publish("conflict.retried", { id: before.id });
    edits = rebaseEdits(exchange, outcome.current, edits);
    if (!(await retry.pause())) throw new SessionConflict(retry.attempts);
    const attempt = prepareAttempt(exchange, edits);
    if (attempt === null) return exchange.session.record;
    outcome = await send(exchange, attempt);
    if (outcome.outcome === "updated") return settle(exchange, attempt, before);
  }
}

/** The edits on top of what the predecessor in line has left. */
function startFrom(exchange: ExchangeState, edits: readonly Edit[] | null, known: Left): readonly Edit[] | null {
  if (known === null) throw interrupt(exchange);
  const { version } = exchange.session.record as SessionRecord;
  return known === undefined || known.version === version ? edits : rebaseEdits(exchange, known, edits);
}

interface Attempt {
  readonly record: SessionRecord;
  readonly encoded: Encoded;
  /** Null: no value is left. */
  readonly next: SessionRecord | null;
}

/** What is to be stored; null when the record says it all already. */
function prepareAttempt(exchange: ExchangeState, edits: readonly Edit[] | null): Attempt | null {
  const { session } = exchange;
  const record = session.record as SessionRecord;
  if (edits === null && !session.forced && session.expiryChoice === undefined && session.owner === undefined) return null;
  const encoded = encodeValues(exchange, edits);
  return { record, encoded, next: encoded.text === null ? null : makeNextRecord(exchange, record, encoded.text) };
}

function send(exchange: ExchangeState, { record, next }: Attempt): Promise<UpdateOutcome> {
  if (next === null) return deleteEmptied(exchange, record);
  const { store } = exchange;
  const update = (): Promise<UpdateOutcome> => store.update(next, record.version, { now: exchange.now() });
  return callStore(exchange, "update", update, (error) => recognize(exchange, next, error));
}

/** An answer that was lost is looked up: the record may be stored all the same. */
async function recognize(exchange: ExchangeState, next: SessionRecord, error: unknown): Promise<UpdateOutcome> {
  if (await wasStored(exchange, next, error)) return UPDATED;
  throw error;
}

/** The store has said yes. */
function settle(exchange: ExchangeState, { record, encoded, next }: Attempt, before: SessionRecord): SessionRecord | null {
  const { session } = exchange;
  session.record = next;
  session.values.settle(encoded.text, encoded.values, encoded.tagged);
  sendCookie(exchange, before);
  publish(next === null ? "session.ended" : "session.updated", next === null ? { id: record.id, reason: "emptied" } : { id: record.id });
  if (next === null) tellMove(exchange, "ended");
  return next;
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
  const { session, manager } = exchange;
  if (session.detached) return;
  const { record, token } = session;
  if (record === null) {
    session.token = null;
    if (!exchange.followed) manager.residence.removeCookie(exchange);
    return;
  }
  if (token === null) return;
  const moved = exchange.renewed || record.expiresAt !== before.expiresAt || record.persistent !== before.persistent;
  if (moved && (record.persistent || before.persistent !== record.persistent)) manager.residence.writeCookie(exchange, record, token);
  else if (manager.residence.cookieCarriesRecord) manager.residence.writeCookie(exchange, record, token);
}

/**
 * Nothing changed but the end. The cookie is sent only after the store has confirmed that the session still stands as it was
 * read: a slow response must not bring the browser an older cookie than the one it may hold by now.
 */
export async function renewSession(exchange: ExchangeState): Promise<void> {
  const { session, manager, store } = exchange;
  const { record, token } = session;
  if (record === null) return;
  const needsCookie = (record.persistent || manager.residence.cookieCarriesRecord) && token !== null && !session.detached;
  if (exchange.renewed && !needsCookie) return;
  const now = exchange.now();
  const times = renewTimes(record, now);
  try {
    const touched = await store.touch(record.id, record.version, times.lastSeenAt, times.expiresAt, { now });
    if (!touched) return;
    session.record = { ...record, lastSeenAt: times.lastSeenAt, expiresAt: times.expiresAt };
    if (needsCookie) manager.residence.writeCookie(exchange, session.record, token);
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
  exchange.explain("session-ended");
  session.record = null;
  session.token = null;
  return new SessionEnded();
}
