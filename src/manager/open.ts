import type { CoatError } from "../errors.ts";
import type { SessionRecord } from "../store/store.ts";
import { isHeard, publish } from "./events.ts";
import type { ExchangeState } from "./exchange-state.ts";
import { interrupt } from "./commit-interrupt.ts";
import { rebaseEdits } from "./commit-record.ts";
import { followMove, followSuccessor, isTombstone } from "./successor.ts";
import { toStoreError } from "./store-errors.ts";

/** See `SessionManager.open`. */
export function openSession(exchange: ExchangeState, cookieHeader: string | undefined): Promise<void> | null {
  if (cookieHeader === undefined || cookieHeader === "") return null;
  const presented = exchange.manager.residence.present(cookieHeader, exchange.connection);
  if (!presented.named) return null;
  exchange.presented = presented;
  if (presented.excess) {
    publish("cookie.duplicate", { reason: "too-many" });
    exchange.explain("too-many-cookies", { name: exchange.manager.residence.nameOn(exchange.connection) });
  }
  else if (presented.malformed) {
    publish("cookie.malformed", { reason: "shape" });
    exchange.explain("malformed-token", { name: exchange.manager.residence.nameOn(exchange.connection) });
  }
  if (presented.tokens.length === 0) return null;
  if (exchange.use.lazy === true) {
    exchange.session.loaded = false;
    return null;
  }
  return loadSession(exchange);
}

/** Reads the record now. Never rejects. */
export function loadSession(exchange: ExchangeState): Promise<void> {
  const { session, presented } = exchange;
  session.loaded = true;
  const only = presented?.tokens[0];
  if (presented === null || only === undefined) return Promise.resolve();
  const fail = (error: unknown): void => failOpen(exchange, toStoreError(error, "read"));
  try {
    if (presented.tokens.length > 1) return readSeveral(exchange, presented.tokens).then((found) => take(exchange, found), fail);
    // The usual case, in one step and with few objects: each further one would cost a request a part of what looking its record up costs.
    const { manager, store } = exchange;
    const id = manager.residence.identify(only, exchange.connection);
    const now = manager.settings.clock.now();
    exchange.readAt = now;
    return store.read(id, { now }).then((record) => {
      if (record !== null && !isTombstone(record)) return enter(exchange, record, only, record.id);
      const found = judge(exchange, only, id, now, record);
      return found instanceof Promise ? found.then((followed) => take(exchange, followed), fail) : take(exchange, found);
    }, fail);
  } catch (error) {
    fail(error);
    return Promise.resolve();
  }
}

function take(exchange: ExchangeState, found: Found | null): void {
  if (found !== null) enter(exchange, found.record, found.token, found.presentedId);
}

function enter(exchange: ExchangeState, record: SessionRecord, token: string | null, presentedId: string): void {
  exchange.session.adopt(record, token);
  exchange.openedId = presentedId;
}

/** Reads the record again and drops what the request changed. */
export async function reopenSession(exchange: ExchangeState): Promise<void> {
  const { session, store } = exchange;
  const { record, flushes } = session;
  if (session.ended) return;
  session.forced = false;
  session.rotation = null;
  session.expiryChoice = undefined;
  session.owner = undefined;
  if (record === null) return session.adopt(null, null);
  // What is changed from here on was not asked to be dropped.
  session.values.restart(record.data);
  let current: SessionRecord | null;
  try {
    current = await followMove(exchange, await store.read(record.id, { now: session.host.now() }));
  } catch (error) {
    throw toStoreError(error, "read");
  }
  if (session.flushes !== flushes) return;
  if (current === null) {
    interrupt(exchange);
    return session.values.restart(null);
  }
  const edits = session.values.collectEdits();
  if (edits === null) session.adopt(current, session.token);
  else rebaseEdits(exchange, current, edits);
}

interface Found {
  readonly record: SessionRecord;
  readonly token: string | null;
  /** The id of the token that came; another than the record's when the session has moved on. */
  readonly presentedId: string;
}

async function readOne(exchange: ExchangeState, token: string): Promise<Found | null> {
  const { manager, connection, store } = exchange;
  const id = manager.residence.identify(token, connection);
  const now = manager.settings.clock.now();
  return judge(exchange, token, id, now, await store.read(id, { now }));
}

/** What a token has led to. */
function judge(exchange: ExchangeState, token: string, id: string, now: number, record: SessionRecord | null): Found | null | Promise<Found | null> {
  if (record === null) {
    // A stranger: never used for a new session, and no removal cookie, because the browser may hold a newer one by now.
    const { manager, connection } = exchange;
    manager.explainer?.explainUnknown(exchange, id, manager.residence.nameOn(connection));
    if (isHeard("cookie.unknown")) publish("cookie.unknown", { id });
    return null;
  }
  if (isTombstone(record)) {
    return followSuccessor(exchange, record, now).then((successor) => (successor === null ? null : { record: successor, token: null, presentedId: id }));
  }
  return { record, token, presentedId: record.id };
}

/** Several cookies of one name: exactly one that lives is used; two that live are both refused, whatever their order. */
async function readSeveral(exchange: ExchangeState, tokens: readonly string[]): Promise<Found | null> {
  let found: Found | null = null;
  for (const token of tokens) {
    const next = await readOne(exchange, token);
    if (next === null) continue;
    if (found !== null && found.record.id !== next.record.id) {
      publish("cookie.duplicate", { reason: "two-sessions", ids: [found.record.id, next.record.id] });
      exchange.explain("two-sessions", { name: exchange.manager.residence.nameOn(exchange.connection) });
      exchange.followed = false;
      return null;
    }
    found = next;
  }
  return found;
}

/** A store that fails makes nobody a stranger, unless the route or the application says that it may. */
function failOpen(exchange: ExchangeState, error: CoatError): void {
  const { session, use, manager } = exchange;
  exchange.explain(error.code === "COAT_STORE_NOT_MIGRATED" ? "store-not-migrated" : "store-down", { code: error.code });
  if ((use.onStoreError ?? manager.settings.onStoreError) === "anonymous") session.outage = error;
  else session.failure = error;
}
