import { isTombstone } from "../manager/successor.ts";
import { isScannable } from "../store/capabilities.ts";
import type { SessionRecord, SessionStore } from "../store/store.ts";

/** What a walk over a store found. */
export interface Census {
  readonly sessions: number;
  /** There are more than were looked at. */
  readonly more: boolean;
  readonly withOwner: number;
  readonly owners: number;
  readonly bytes: number;
  /**
   * How far the newest activity lies after this machine's clock, in milliseconds; 0 when it does not. Applications write those times, so
   * more than the duration of a request means that their clock is ahead of this one.
   */
  readonly aheadMs: number;
}

const PAGE = 500;

/** Counts the live sessions, up to a limit. Null: the store cannot be walked over. */
export async function takeCensus(store: SessionStore, limit: number, readClock: () => number): Promise<Census | null> {
  if (!isScannable(store)) return null;
  const owners = new Set<string>();
  const seen = new Set<string>();
  let [withOwner, bytes, aheadMs] = [0, 0, 0];
  let cursor: string | null = null;
  do {
    const page: { records: SessionRecord[]; next: string | null } = await store.scan(cursor, PAGE, { now: readClock() });
    const now = readClock();
    for (const record of page.records) {
      // A walk may come by a record twice.
      if (seen.has(record.id) || seen.size >= limit || isTombstone(record)) continue;
      seen.add(record.id);
      bytes += Buffer.byteLength(record.data);
      aheadMs = Math.max(aheadMs, record.lastSeenAt - now);
      if (record.owner === null) continue;
      withOwner++;
      owners.add(record.owner);
    }
    cursor = page.next;
  } while (cursor !== null && seen.size < limit);
  return { sessions: seen.size, more: cursor !== null, withOwner, owners: owners.size, bytes, aheadMs };
}
