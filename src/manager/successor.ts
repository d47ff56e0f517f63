import { RESERVED } from "../session/keys.ts";
import type { SessionRecord } from "../store/store.ts";
import { publish } from "./events.ts";
import type { ExchangeState } from "./exchange-state.ts";

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
