import type { DeleteOutcome, SessionRecord } from "../store/store.ts";
import { publish } from "./events.ts";
import { tellMove } from "./features.ts";
import type { ExchangeState } from "./exchange-state.ts";
import { callStore, toStoreError, wasNotSent } from "./store-errors.ts";

/**
 * Carries out `flush`: the record goes whatever its version, and the browser drops the cookie. When somebody else had ended the
 * session already, no cookie is removed, because the browser may hold a newer one by now.
 */
export async function deleteSession(exchange: ExchangeState): Promise<void> {
  const { session, manager } = exchange;
  const { residence } = manager;
  if (session.ended) return;
  if (session.doomed === null) {
    // Nothing to delete, but the browser asked to be logged out with a cookie that opens nothing: it can go.
    if (exchange.presented?.named === true && residence.isAvailable(exchange.connection)) residence.removeCookie(exchange);
    return;
  }
  const { id } = session.doomed;
  const outcome = await deleteInTurn(exchange, id);
  if (session.doomed?.id === id) session.doomed = null;
  session.token = null;
  if (outcome === "deleted" && !session.detached && !exchange.followed) residence.removeCookie(exchange);
  publish("session.ended", { id, reason: "flush" });
  tellMove(exchange, "ended");
}

async function deleteInTurn(exchange: ExchangeState, id: string): Promise<DeleteOutcome> {
  const turn = await exchange.manager.turns.take(id);
  try {
    const outcome = await deleteSurely(exchange, id);
    turn.pass(null);
    return outcome;
  } finally {
    turn.pass(undefined);
  }
}

/** Deleting twice is harmless, so when an answer was lost the call is simply made once more. */
export async function deleteSurely(exchange: ExchangeState, id: string): Promise<DeleteOutcome> {
  const call = (): Promise<DeleteOutcome> => callStore(exchange, "delete", () => exchange.store.delete(id, undefined, { now: exchange.now() }));
  try {
    return await call();
  } catch (error) {
    if (wasNotSent(error)) throw error;
    const outcome = await call();
    return outcome === "gone" ? "deleted" : outcome;
  }
}

/** Removes a record that nobody will use. Its token never left this process, so failing here opens nothing. */
export async function discardRecord(exchange: ExchangeState, record: SessionRecord): Promise<void> {
  try {
    await deleteSurely(exchange, record.id);
  } catch {
    // Reported by the store call; the record expires by itself.
  }
}

/** A `flush` that came after the response had left: the record goes all the same. Never rejects; a failure is an event. */
export async function endSessionLate(exchange: ExchangeState, id: string): Promise<void> {
  try {
    await deleteInTurn(exchange, id);
    publish("session.ended", { id, reason: "late-flush" });
  } catch (error) {
    toStoreError(error, "delete");
  }
}

/** A record whose text cannot be read is removed, unless somebody has written a good one meanwhile. */
export async function removeCorrupt(exchange: ExchangeState): Promise<void> {
  const { session } = exchange;
  const record = session.corrupt;
  if (record === null) return;
  session.corrupt = null;
  publish("record.corrupt", { id: record.id, bytes: record.data.length });
  exchange.explain("corrupt-record", { id: record.id });
  try {
    await exchange.store.delete(record.id, record.version, { now: exchange.now() });
  } catch (error) {
    // The visitor is a stranger either way; the next request finds the record again.
    toStoreError(error, "delete");
  }
}
