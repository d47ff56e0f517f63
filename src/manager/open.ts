import type { CoatError } from "../errors.ts";
import type { SessionRecord } from "../store/store.ts";
import { isHeard, publish } from "./events.ts";
import type { ExchangeState } from "./exchange-state.ts";
import { followSuccessor, isTombstone } from "./successor.ts";
import { toStoreError } from "./store-errors.ts";

/** See `SessionManager.open`. */
export function openSession(exchange: ExchangeState, cookieHeader: string | undefined): Promise<void> | null {
  if (cookieHeader === undefined || cookieHeader === "") return null;
  const presented = exchange.manager.residence.present(cookieHeader, exchange.connection);
  if (!presented.named) return null;
  exchange.presented = presented;
  if (presented.excess) publish("cookie.duplicate", { reason: "too-many" });
  else if (presented.malformed) publish("cookie.malformed", { reason: "shape" });
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
    const finding = presented.tokens.length === 1 ? readOne(exchange, only) : readSeveral(exchange, presented.tokens);
    return finding.then((found) => {
      if (found === null) return;
      session.adopt(found.record, found.token);
      exchange.openedId = found.record.id;
    }, fail);
  } catch (error) {
    fail(error);
    return Promise.resolve();
  }
}

/** Reads the record again and drops what the request changed. */
export async function reopenSession(exchange: ExchangeState): Promise<void> {
  const { session, store } = exchange;
  session.forced = false;
  session.rotation = null;
  session.expiryChoice = undefined;
  session.owner = undefined;
  const { record, token } = session;
  if (record === null) return session.adopt(null, null);
  let current: SessionRecord | null;
  try {
    current = await store.read(record.id, { now: session.host.now() });
  } catch (error) {
    throw toStoreError(error, "read");
  }
  session.adopt(current, current === null ? null : token);
}

interface Found {
  readonly record: SessionRecord;
  readonly token: string | null;
}

/** Not async functions, here and above: each would cost a request as much as looking its record up. */
function readOne(exchange: ExchangeState, token: string): Promise<Found | null> {
  const { manager, connection, store, passive } = exchange;
  const { clock, policy } = manager.settings;
  const id = manager.residence.identify(token, connection);
  const now = clock.now();
  const fraction = passive ? null : policy.renewFraction;
  return store
    .read(id, fraction === null ? { now } : { now, renew: { fraction } })
    .then((record) => judgeRecord(exchange, record, id, token, now, fraction));
}

function judgeRecord(
  exchange: ExchangeState,
  record: SessionRecord | null,
  id: string,
  token: string,
  now: number,
  fraction: number | null,
): Found | null | Promise<Found | null> {
  if (record === null) {
    // A stranger: never used for a new session, and no removal cookie, because the browser may hold a newer one by now.
    exchange.trace?.reasons.push("unknown-token");
    if (isHeard("cookie.unknown")) publish("cookie.unknown", { id });
    return null;
  }
  if (isTombstone(record)) {
    return followSuccessor(exchange, record, now).then((successor) => (successor === null ? null : { record: successor, token: null }));
  }
  if (fraction !== null && record.lastSeenAt === now && record.createdAt !== now) exchange.renewed = true;
  return { record, token };
}

/** Several cookies of one name: exactly one that lives is used; two that live are both refused, whatever their order. */
async function readSeveral(exchange: ExchangeState, tokens: readonly string[]): Promise<Found | null> {
  let found: Found | null = null;
  for (const token of tokens) {
    const next = await readOne(exchange, token);
    if (next === null) continue;
    if (found !== null && found.record.id !== next.record.id) {
      publish("cookie.duplicate", { reason: "two-sessions", ids: [found.record.id, next.record.id] });
      exchange.trace?.reasons.push("two-sessions");
      exchange.renewed = false;
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
  exchange.trace?.reasons.push("store-down");
  if ((use.onStoreError ?? manager.settings.onStoreError) === "anonymous") session.outage = error;
  else session.failure = error;
}
