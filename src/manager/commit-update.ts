import { SessionConflict, SessionEnded } from "../errors.ts";
import { renewTimes } from "../session/expiry.ts";
import type { Edit } from "../session/values.ts";
import { GONE, UPDATED, type SessionRecord, type UpdateOutcome } from "../store/store.ts";
import { encodeValues, isForced, makeNextRecord, rebaseEdits, type Encoded } from "./commit-record.ts";
import { interrupt } from "./commit-interrupt.ts";
import { finishWrite, recordOf, wasFlushed, type Write } from "./commit-write.ts";
import { isHeard, publish } from "./events.ts";
import { tellMove } from "./features.ts";
import type { ExchangeState } from "./exchange-state.ts";
import { Retry } from "./retry.ts";
import { followMove, isTombstone } from "./successor.ts";
import { callAgain, toStoreError } from "./store-errors.ts";
import type { Left, Turn } from "./turns.ts";
import { wasStored } from "./commit-create.ts";

/**
 * Compare-and-set until it holds: each conflict puts the edits on top of the newer record. An emptied session is deleted.
 */
export function updateSession(write: Write, edits: readonly Edit[] | null): Promise<void> {
  const turn = write.exchange.manager.turns.take(recordOf(write).id);
  return turn instanceof Promise ? turn.then((mine) => updateInTurn(write, edits, mine)) : updateInTurn(write, edits, turn);
}

/**
 * The first attempt nearly always holds and takes one continuation. What comes after a conflict or a failure is an async function,
 * which would cost every write more than the store call does.
 */
function updateInTurn(write: Write, edits: readonly Edit[] | null, turn: Turn): Promise<void> {
  const { exchange } = write;
  try {
    if (wasFlushed(write)) return Promise.resolve(end(write, turn, turn.left));
    const attempt = prepareAttempt(exchange, startFrom(exchange, edits, turn.left));
    if (attempt === null) return Promise.resolve(end(write, turn, exchange.session.record));
    if (attempt.next === null) return insist(write, turn, attempt, deleteEmptied(exchange, attempt.record));
    return sendOnce(exchange, attempt, attempt.next, attempt.now).then(
      (outcome) => (outcome.outcome === "updated" ? conclude(write, turn, attempt) : insist(write, turn, attempt, outcome)),
      (cause: unknown) => insist(write, turn, attempt, sendAgain(exchange, attempt, cause)),
    );
  } catch (error) {
    return Promise.reject(passAfter(turn, error));
  }
}

function conclude(write: Write, turn: Turn, attempt: Attempt): void {
  try {
    end(write, turn, settle(write, attempt));
  } catch (error) {
    throw passAfter(turn, error);
  }
}

async function insist(write: Write, turn: Turn, first: Attempt, answer: UpdateOutcome | Promise<UpdateOutcome>): Promise<void> {
  const { exchange } = write;
  const { clock, random } = exchange.manager.settings;
  let attempt = first;
  let retry: Retry | null = null;
  try {
    for (let outcome = await answer; outcome.outcome !== "updated"; outcome = await send(exchange, attempt)) {
      if (wasFlushed(write)) return end(write, turn, undefined);
      if (outcome.outcome === "gone") throw interrupt(exchange);
      // A driver that sent a command again after its connection broke is refused what it has stored already.
      if (outcome.current.version === attempt.next?.version) break;
      publish("conflict.retried", { id: attempt.record.id });
      const current = await followMove(exchange, outcome.current);
      retry ??= new Retry(clock, random);
      if (!(await retry.pause())) throw new SessionConflict(retry.attempts);
      if (wasFlushed(write)) return end(write, turn, undefined);
      if (current === null) throw interrupt(exchange);
      const next = prepareAttempt(exchange, rebaseEdits(exchange, current, exchange.session.values.collectEdits()));
      if (next === null) return end(write, turn, exchange.session.record);
      attempt = next;
    }
    end(write, turn, settle(write, attempt));
  } catch (error) {
    throw passAfter(turn, error);
  }
}

/** The turn goes on to the next in line, with what is stored now under the id that the line is for. */
function end(write: Write, turn: Turn, left: Left): void {
  turn.pass(left?.id === recordOf(write).id || left === null ? left : undefined);
  finishWrite(write);
}

/** The turn goes on after a failure too. */
function passAfter(turn: Turn, error: unknown): Error {
  turn.pass(error instanceof SessionEnded ? null : undefined);
  return error as Error;
}

/** The edits on top of what the predecessor in line has left. */
function startFrom(exchange: ExchangeState, edits: readonly Edit[] | null, known: Left): readonly Edit[] | null {
  if (known === null) throw interrupt(exchange);
  if (known === undefined || known.version === exchange.session.record?.version || isTombstone(known)) return edits;
  return rebaseEdits(exchange, known, exchange.session.values.collectEdits());
}

interface Attempt {
  readonly record: SessionRecord;
  readonly edits: readonly Edit[] | null;
  readonly encoded: Encoded;
  /** Null: no value is left. */
  readonly next: SessionRecord | null;
  /** When it was prepared. */
  readonly now: number;
}

/** What is to be stored; null when the record says it all already. */
function prepareAttempt(exchange: ExchangeState, edits: readonly Edit[] | null): Attempt | null {
  const { session } = exchange;
  const record = session.record as SessionRecord;
  if (edits === null && !isForced(session)) return null;
  const encoded = encodeValues(exchange, edits);
  const now = exchange.now();
  return { record, edits, encoded, next: encoded.text === null ? null : makeNextRecord(exchange, record, encoded.text, now), now };
}

function send(exchange: ExchangeState, attempt: Attempt): Promise<UpdateOutcome> {
  const { record, next } = attempt;
  if (next === null) return deleteEmptied(exchange, record);
  return sendOnce(exchange, attempt, next, attempt.now).catch((cause: unknown) => sendAgain(exchange, attempt, cause));
}

function sendOnce(exchange: ExchangeState, { record }: Attempt, next: SessionRecord, now: number): Promise<UpdateOutcome> {
  try {
    return exchange.store.update(next, record.version, { now });
  } catch (error) {
    return Promise.reject(error as Error);
  }
}

/** What certainly was not sent is repeated; the last failure is looked into. */
function sendAgain(exchange: ExchangeState, attempt: Attempt, cause: unknown): Promise<UpdateOutcome> {
  const next = attempt.next as SessionRecord;
  return callAgain(exchange, "update", () => sendOnce(exchange, attempt, next, exchange.now()), cause).catch((error: unknown) => recognize(exchange, next, error));
}

/** An answer that was lost is looked up: the record may be stored all the same. */
async function recognize(exchange: ExchangeState, next: SessionRecord, error: unknown): Promise<UpdateOutcome> {
  if (await wasStored(exchange, next, error)) return UPDATED;
  throw error;
}

/** The store has said yes. */
function settle(write: Write, { record, edits, encoded, next }: Attempt): SessionRecord | null {
  const { exchange } = write;
  if (wasFlushed(write)) return next;
  exchange.session.record = next;
  exchange.session.values.settle(encoded.text, encoded.values, encoded.tagged, edits);
  sendCookie(exchange, recordOf(write));
  if (next !== null) {
    if (isHeard("session.updated")) publish("session.updated", { id: record.id });
    return next;
  }
  publish("session.ended", { id: record.id, reason: "emptied" });
  tellMove(exchange, "ended");
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
  const moved = record.expiresAt !== before.expiresAt || record.persistent !== before.persistent;
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
  const now = exchange.now();
  const times = renewTimes(record, now);
  try {
    const touched = await store.touch(record.id, record.version, times.lastSeenAt, times.expiresAt, { now });
    if (!touched || session.record !== record) return;
    session.record = { ...record, lastSeenAt: times.lastSeenAt, expiresAt: times.expiresAt };
    if (needsCookie) manager.residence.writeCookie(exchange, session.record, token);
    publish("session.renewed", { id: record.id });
  } catch (error) {
    // The request itself changed nothing: it is answered, and the next one renews.
    toStoreError(error, "touch");
  }
}
