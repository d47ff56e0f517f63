import { RESERVED } from "../session/keys.ts";
import type { SessionRecord } from "../store/store.ts";
import { publish } from "./events.ts";
import type { ExchangeState } from "./exchange-state.ts";
import { callStore } from "./store-errors.ts";

/** How long requests in flight may still come with the token that was rotated away. */
const GRACE_MS = 10_000;
/** How long after that a rotated token is recognised as a replay. */
const WATCH_MS = 24 * 3600 * 1000;

const MARK = `{"${RESERVED.successor}":`;

interface Pointer {
  readonly to: string;
  readonly until: number;
}

/** Whether a record only says where its session went. */
export function isTombstone(record: SessionRecord): boolean {
  return record.data.startsWith(MARK);
}

/** What stays under the old id after a periodic rotation. It points to the new id, a digest, which opens nothing by itself. */
export function makeTombstone(old: SessionRecord, successorId: string, version: string, now: number): SessionRecord {
  const pointer: Pointer = { to: successorId, until: now + GRACE_MS };
  const endsAt = Math.min(now + WATCH_MS, old.expiresAt);
  return { ...old, data: `${MARK}${JSON.stringify(pointer)}}`, version, owner: null, idleSeconds: null, endsAt, expiresAt: endsAt, persistent: old.persistent };
}

/**
 * The session that a rotated token leads to while requests may still be in flight.
 *
 * @returns null later than that, which is reported as a replay
 */
export async function followSuccessor(exchange: ExchangeState, tombstone: SessionRecord, now: number): Promise<SessionRecord | null> {
  const pointer = readPointer(tombstone.data);
  if (pointer === null) return null;
  if (now >= pointer.until) {
    publish("session.replayed", { id: tombstone.id, successor: pointer.to });
    exchange.explain("replayed-token");
    return null;
  }
  const successor = await exchange.store.read(pointer.to, { now });
  // The session may have been rotated once more within the grace: one step is enough, a chain is nobody's request in flight.
  if (successor === null || isTombstone(successor)) return null;
  exchange.followed = true;
  return successor;
}

/**
 * For a request that was let in before its session was periodically rotated, however long ago: the session as it is now. From here on
 * the request sets no session cookie, because the browser has got a newer one.
 *
 * @returns null when the session has ended since
 * @throws what reading the store throws
 */
export async function joinSuccessor(exchange: ExchangeState, tombstone: SessionRecord): Promise<SessionRecord | null> {
  const { session, store } = exchange;
  const found = await findSuccessor(tombstone, (id) => callStore(exchange, "read", () => store.read(id, { now: exchange.now() })));
  if (found === null) return null;
  exchange.followed = true;
  session.token = null;
  return found;
}

/** The record that was found, or where its session went. */
export async function followMove(exchange: ExchangeState, record: SessionRecord | null): Promise<SessionRecord | null> {
  return record !== null && isTombstone(record) ? joinSuccessor(exchange, record) : record;
}

/** More rotations than that within the time that a rotated token is watched are nobody's. */
const MOST_STEPS = 1000;

/** Where a rotated session is now, over as many rotations as there were; null when it has ended. */
export async function findSuccessor(tombstone: SessionRecord, read: (id: string) => Promise<SessionRecord | null>): Promise<SessionRecord | null> {
  let record: SessionRecord | null = tombstone;
  for (let step = 0; step < MOST_STEPS && record !== null && isTombstone(record); step++) {
    const id = successorOf(record);
    record = id === null ? null : await read(id);
  }
  return record === null || isTombstone(record) ? null : record;
}

/** The id that a tombstone points to. */
export function successorOf(tombstone: SessionRecord): string | null {
  return readPointer(tombstone.data)?.to ?? null;
}

function readPointer(data: string): Pointer | null {
  try {
    const { to, until } = (JSON.parse(data) as Record<string, Partial<Pointer> | undefined>)[RESERVED.successor] ?? {};
    return typeof to === "string" && typeof until === "number" ? { to, until } : null;
  } catch {
    return null;
  }
}
