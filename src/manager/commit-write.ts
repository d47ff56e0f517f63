import type { SessionState } from "../session/state.ts";
import type { SessionRecord } from "../store/store.ts";
import type { ExchangeState } from "./exchange-state.ts";

/**
 * One write under way: the session as it was when its plan was chosen. `session.save()` does not stop the handler, so everything may
 * have changed when the store answers.
 */
export interface Write extends Readonly<Pick<SessionState, "forced" | "rotation" | "expiryChoice" | "owner" | "flushes">> {
  readonly exchange: ExchangeState;
  /** The record as this request knew it. */
  readonly before: SessionRecord | null;
}

/** Notes what is about to be written. */
export function beginWrite(exchange: ExchangeState): Write {
  const { record, forced, rotation, expiryChoice, owner, flushes } = exchange.session;
  return { exchange, before: record, forced, rotation, expiryChoice, owner, flushes };
}

/** The record as this request knew it, of a write that changes, moves or ends one. */
export function recordOf({ before }: Write): SessionRecord {
  return before as SessionRecord;
}

/** Whether the session was flushed meanwhile: what the store answers concerns a session that this request has ended. */
export function wasFlushed({ exchange, flushes }: Write): boolean {
  return exchange.session.flushes !== flushes;
}

/** The store has said yes. What was asked for since is left to the next commit. */
export function finishWrite(write: Write): void {
  const { exchange, forced, rotation, expiryChoice, owner } = write;
  const { session, manager } = exchange;
  manager.sweeper?.countWrite(write.before === null && session.record !== null);
  if (wasFlushed(write)) return;
  session.renewsKey = false;
  if (forced) session.forced = false;
  if (session.rotation === rotation) session.rotation = null;
  if (session.expiryChoice === expiryChoice) session.expiryChoice = undefined;
  if (session.owner === owner) session.owner = undefined;
  session.flushed = false;
}
