import { SessionConflict, SessionEnded } from "../errors.ts";
import { RESERVED } from "../session/keys.ts";
import type { RotationReason } from "../session/state.ts";
import { ABSENT, type Edit } from "../session/values.ts";
import type { SessionRecord } from "../store/store.ts";
import { createSession, insertRecord } from "./commit-create.ts";
import { deleteSurely } from "./commit-delete.ts";
import { demandCookies, encodeValues, makeNextRecord, rebaseEdits, type Encoded } from "./commit-record.ts";
import { publish } from "./events.ts";
import { tellMove } from "./features.ts";
import type { ExchangeState } from "./exchange-state.ts";
import { findLostEnd } from "./lost-end.ts";
import { Retry } from "./retry.ts";
import { makeTombstone } from "./successor.ts";
import { toStoreError } from "./store-errors.ts";
import type { Left } from "./turns.ts";

/**
 * Moves the record to a new token: the new record is created first, then the old one is ended at the very version that was copied.
 * When somebody wrote to the old one in between, their change is taken over and the end is tried again; when somebody ended it,
 * the new record goes as well. A crash in between leaves the old session as it was, and a copy whose token nobody has.
 */
export async function rotateSession(exchange: ExchangeState, edits: readonly Edit[] | null): Promise<void> {
  demandCookies(exchange, "session.rotate()");
  const { session, manager } = exchange;
  const old = session.record as SessionRecord;
  const turn = await manager.turns.take(old.id);
  let left: Left = undefined;
  try {
    if (turn.left === null) await loseTo(exchange, null, edits);
    else {
      const rebased = turn.left !== undefined && turn.left.version !== old.version ? rebaseEdits(exchange, turn.left, edits) : edits;
      await moveRecord(exchange, rebased);
    }
    left = null;
  } catch (error) {
    if (error instanceof SessionEnded) left = null;
    throw error;
  } finally {
    turn.pass(left);
  }
}

async function moveRecord(exchange: ExchangeState, firstEdits: readonly Edit[] | null): Promise<void> {
  const { session, manager } = exchange;
  const { clock, random } = manager.settings;
  if (session.rotation === "periodic") session.values.set(RESERVED.rotatedAt, exchange.now());
  let edits = session.rotation === "periodic" ? session.values.collectEdits() : firstEdits;
  let old = session.record as SessionRecord;
  let encoded = encodeValues(exchange, edits);
  const copy = (id: string): SessionRecord => ({ ...makeNextRecord(exchange, old, encoded.text ?? "{}"), id });
  const { record: created, token } = await insertRecord(exchange, copy);
  let record = created;
  const retry = new Retry(clock, random);
  for (;;) {
    const ended = await endOld(exchange, old, record);
    if (ended === "ended") break;
    if (ended === "gone") return loseTo(exchange, record, edits);
    edits = rebaseEdits(exchange, ended, edits);
    old = ended;
    encoded = encodeValues(exchange, edits);
    const next = copy(record.id);
    await putRecord(exchange, next, record);
    record = next;
    if (!(await retry.pause())) {
      await discard(exchange, record);
      throw new SessionConflict(retry.attempts);
    }
  }
  const reason = session.rotation as RotationReason;
  finishMove(exchange, old, record, token, encoded);
  manager.residence.writeCookie(exchange, record, token);
  tellMove(exchange, reason);
}

function finishMove(exchange: ExchangeState, old: SessionRecord, record: SessionRecord, token: string, encoded: Encoded): void {
  const { session } = exchange;
  publish("session.rotated", { id: record.id, from: old.id, reason: session.rotation });
  session.record = record;
  session.token = token;
  exchange.followed = false;
  session.values.settle(encoded.text, encoded.values, encoded.tagged);
}

/** @returns `ended`, `gone` when somebody else ended it, or the newer record */
async function endOld(exchange: ExchangeState, old: SessionRecord, successor: SessionRecord): Promise<"ended" | "gone" | SessionRecord> {
  const { store, session, manager } = exchange;
  const now = exchange.now();
  const tombstone = session.rotation === "periodic" ? makeTombstone(old, successor.id, manager.settings.random.tag(), now) : null;
  try {
    if (tombstone !== null) {
      const outcome = await store.update(tombstone, old.version, { now });
      return outcome.outcome === "updated" ? "ended" : outcome.outcome === "gone" ? "gone" : outcome.current;
    }
    const outcome = await store.delete(old.id, old.version, { now });
    if (outcome !== "conflict") return outcome === "deleted" ? "ended" : "gone";
    return (await store.read(old.id, { now })) ?? "gone";
  } catch (cause) {
    const error = toStoreError(cause, "delete");
    const found = await findLostEnd(exchange, old, tombstone, error);
    if (found !== null) return found;
    // Whether the old token still works is not known; that the new one, with its new privileges, does not, is certain.
    await discard(exchange, successor);
    throw error;
  }
}

async function putRecord(exchange: ExchangeState, next: SessionRecord, previous: SessionRecord): Promise<void> {
  try {
    const outcome = await exchange.store.update(next, previous.version, { now: exchange.now() });
    if (outcome.outcome !== "updated") throw new SessionEnded();
  } catch (cause) {
    await discard(exchange, previous);
    throw toStoreError(cause, "update");
  }
}

/** Removes the copy that nobody will use. Its token never left this process, so failing here opens nothing. */
async function discard(exchange: ExchangeState, record: SessionRecord): Promise<void> {
  try {
    await deleteSurely(exchange, record.id);
  } catch {
    // Reported by deleteSurely; the record expires by itself.
  }
}

/**
 * Somebody ended the old session first. Of two parallel logins the second begins a fresh session with what this request set itself,
 * never with the other user's data; every other rotation ends with the session.
 */
async function loseTo(exchange: ExchangeState, copy: SessionRecord | null, edits: readonly Edit[] | null): Promise<void> {
  const { session } = exchange;
  if (copy !== null) await discard(exchange, copy);
  publish("session.interrupted", { id: session.record?.id });
  exchange.explain("session-ended");
  session.record = null;
  session.token = null;
  if (session.rotation !== "login") throw new SessionEnded();
  session.values.rebase(null, edits, () => {});
  await createSession(exchange, session.values.collectEdits()?.filter((edit) => edit.touch.value !== ABSENT) ?? null);
}
