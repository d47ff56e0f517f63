import { SessionConflict, SessionEnded } from "../errors.ts";
import { RESERVED } from "../session/keys.ts";
import type { RotationReason } from "../session/state.ts";
import { ABSENT, type Edit } from "../session/values.ts";
import type { SessionRecord } from "../store/store.ts";
import { createSession, insertRecord } from "./commit-create.ts";
import { discardRecord } from "./commit-delete.ts";
import { interrupt, reportInterruption } from "./commit-interrupt.ts";
import { demandCookies, encodeValues, isForced, makeNextRecord, rebaseEdits, type Encoded } from "./commit-record.ts";
import { updateSession } from "./commit-update.ts";
import { recordOf, wasFlushed, type Write } from "./commit-write.ts";
import { publish } from "./events.ts";
import { tellMove } from "./features.ts";
import type { ExchangeState } from "./exchange-state.ts";
import { findLostEnd } from "./lost-end.ts";
import { Retry } from "./retry.ts";
import { followMove, isTombstone, joinSuccessor, makeTombstone } from "./successor.ts";
import { toStoreError } from "./store-errors.ts";
import type { Left } from "./turns.ts";

/**
 * Moves the record to a new token: the new record is created first, then the old one is ended at the very version that was copied.
 * When somebody wrote to the old one in between, their change is taken over and the end is tried again; when somebody ended it,
 * the new record goes as well. A crash in between leaves the old session as it was, and a copy whose token nobody has.
 */
export async function rotateSession(write: Write, edits: readonly Edit[] | null): Promise<void> {
  const { exchange } = write;
  demandCookies(exchange, "session.rotate()");
  const turn = await exchange.manager.turns.take(recordOf(write).id);
  let left: Left = undefined;
  try {
    left = await rotateInTurn(write, edits, turn.left);
  } catch (error) {
    if (error instanceof SessionEnded) left = null;
    throw error;
  } finally {
    turn.pass(left);
  }
}

/** @returns what stands under the old id now */
async function rotateInTurn(write: Write, edits: readonly Edit[] | null, known: Left): Promise<Left> {
  const { exchange } = write;
  if (wasFlushed(write)) return known;
  if (known === null) return loseTo(write, null);
  if (known === undefined || known.version === recordOf(write).version) return moveRecord(write, edits);
  if (!isTombstone(known)) return moveRecord(write, rebaseEdits(exchange, known, exchange.session.values.collectEdits()));
  const successor = await joinSuccessor(exchange, known);
  if (wasFlushed(write)) return known;
  if (successor === null) return loseTo(write, null);
  const rebased = rebaseEdits(exchange, successor, exchange.session.values.collectEdits());
  if (write.rotation === "periodic") await updateJoined(write, rebased);
  else await moveRecord(write, rebased);
  return known;
}

/** Somebody else has rotated the session because its time had come, so only what this request changed remains to be done. */
async function updateJoined(write: Write, edits: readonly Edit[] | null): Promise<void> {
  const { session } = write.exchange;
  if (edits !== null || isForced(session)) await updateSession({ ...write, before: session.record }, edits);
}

async function moveRecord(write: Write, firstEdits: readonly Edit[] | null): Promise<Left> {
  const { exchange } = write;
  const { session, manager } = exchange;
  const { clock, random } = manager.settings;
  const isPeriodic = write.rotation === "periodic";
  if (isPeriodic) session.values.set(RESERVED.rotatedAt, exchange.now());
  let edits = isPeriodic ? session.values.collectEdits() : firstEdits;
  let old = session.record as SessionRecord;
  let encoded = encodeValues(exchange, edits);
  const copy = (id: string): SessionRecord => ({ ...makeNextRecord(exchange, old, encoded.text ?? "{}"), id });
  const { record: created, token } = await insertRecord(exchange, copy);
  let record = created;
  const retry = new Retry(clock, random);
  for (;;) {
    const ended = wasFlushed(write) ? null : await endOld(write, old, record);
    if (ended !== null && "left" in ended) {
      finishMove(write, old, record, token, encoded, edits);
      return ended.left;
    }
    const current = ended === null ? null : await followMove(exchange, ended.current);
    if (wasFlushed(write)) {
      await discardRecord(exchange, record);
      return undefined;
    }
    if (current === null) return loseTo(write, record);
    if (isPeriodic && current.id !== old.id) {
      await discardRecord(exchange, record);
      session.values.undo(RESERVED.rotatedAt);
      await updateJoined(write, rebaseEdits(exchange, current, session.values.collectEdits()));
      return undefined;
    }
    edits = rebaseEdits(exchange, current, session.values.collectEdits());
    old = current;
    encoded = encodeValues(exchange, edits);
    const next = copy(record.id);
    await putRecord(exchange, next, record);
    record = next;
    if (!(await retry.pause())) {
      await discardRecord(exchange, record);
      throw new SessionConflict(retry.attempts);
    }
  }
}

/** The old record has been ended: the session is where the new token leads. */
function finishMove(write: Write, old: SessionRecord, record: SessionRecord, token: string, encoded: Encoded, edits: readonly Edit[] | null): void {
  const { exchange, rotation } = write;
  const { session, manager } = exchange;
  publish("session.rotated", { id: record.id, from: old.id, reason: rotation });
  exchange.followed = false;
  if (wasFlushed(write)) {
    // The flush has yet to end the session, and this is where it is now.
    session.doomed = record;
    return;
  }
  session.record = record;
  session.token = token;
  session.values.settle(encoded.text, encoded.values, encoded.tagged, edits);
  manager.residence.writeCookie(exchange, record, token);
  tellMove(exchange, rotation as RotationReason);
}

/** What became of the old record: it was ended, and so much is left of it; or it was another by now, or none. */
type OldRecord = { readonly left: Left } | { readonly current: SessionRecord | null };

async function endOld(write: Write, old: SessionRecord, successor: SessionRecord): Promise<OldRecord> {
  const { exchange, rotation } = write;
  const { store, manager } = exchange;
  const now = exchange.now();
  const tombstone = rotation === "periodic" ? makeTombstone(old, successor.id, manager.settings.random.tag(), now) : null;
  try {
    if (tombstone !== null) {
      const outcome = await store.update(tombstone, old.version, { now });
      return outcome.outcome === "updated" ? { left: tombstone } : { current: outcome.outcome === "gone" ? null : outcome.current };
    }
    const outcome = await store.delete(old.id, old.version, { now });
    if (outcome !== "conflict") return outcome === "deleted" ? { left: null } : { current: null };
    return { current: await store.read(old.id, { now }) };
  } catch (cause) {
    const error = toStoreError(cause, "delete");
    const found = await findLostEnd(exchange, old, tombstone, error);
    if (found !== null) return found === "ended" ? { left: tombstone } : { current: found === "gone" ? null : found };
    // Whether the old token still works is not known; that the new one, with its new privileges, does not, is certain.
    await discardRecord(exchange, successor);
    throw error;
  }
}

async function putRecord(exchange: ExchangeState, next: SessionRecord, previous: SessionRecord): Promise<void> {
  try {
    const outcome = await exchange.store.update(next, previous.version, { now: exchange.now() });
    if (outcome.outcome !== "updated") throw new SessionEnded();
  } catch (cause) {
    await discardRecord(exchange, previous);
    throw toStoreError(cause, "update");
  }
}

/**
 * Somebody ended the old session first. Of two parallel logins the second begins a fresh session with what this request set itself,
 * never with the other user's data; every other rotation ends with the session.
 */
async function loseTo(write: Write, copy: SessionRecord | null): Promise<null> {
  const { exchange } = write;
  const { session } = exchange;
  const edits = session.values.collectEdits();
  if (copy !== null) await discardRecord(exchange, copy);
  if (write.rotation !== "login") throw interrupt(exchange);
  reportInterruption(exchange);
  session.record = null;
  session.token = null;
  session.values.rebase(null, edits, () => {});
  await createSession(write, session.values.collectEdits()?.filter((edit) => edit.touch.value !== ABSENT) ?? null);
  return null;
}
