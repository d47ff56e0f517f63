import { randomBytes } from "node:crypto";
import type { SessionRecord } from "../../store/store.ts";

/** `e expiresAt owner data`: what a cache cannot keep in its own columns, because it must forget earlier and must not index owners. */
const ENTRY = /^e (-?\d+) (-|=\S*) ([^]*)$/;

const LEASE = "lease";

/** A reader that was slower than this with the store does not fill the cache. */
const LEASE_MS = 10_000;

/** The copy of a record that a cache gets: the same version, and at most `maxAgeMs` from `now` to live. */
export function makeEntry(record: SessionRecord, now: number, maxAgeMs: number): SessionRecord {
  const owner = record.owner === null ? "-" : `=${encodeURIComponent(record.owner)}`;
  return { ...record, owner: null, data: `e ${record.expiresAt} ${owner} ${record.data}`, expiresAt: Math.min(record.expiresAt, now + maxAgeMs) };
}

/** The record in a cache's copy; null when it is a lease, or nothing of ours. */
export function readEntry(cached: SessionRecord): SessionRecord | null {
  const parts = ENTRY.exec(cached.data);
  if (parts === null) return null;
  try {
    const owner = parts[2] === "-" ? null : decodeURIComponent((parts[2] as string).slice(1));
    return { ...cached, owner, data: parts[3] as string, expiresAt: Number(parts[1]) };
  } catch {
    return null;
  }
}

/**
 * What a reader puts into the cache before it asks the store. Only while it is still there may the answer take its place, and every
 * write removes it: so nothing that was read before a write can be filled in after it.
 */
export function makeLease(id: string, now: number): SessionRecord {
  return {
    id,
    data: LEASE,
    version: randomBytes(16).toString("base64url"),
    owner: null,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: now + LEASE_MS,
    idleSeconds: null,
    endsAt: null,
    persistent: false,
  };
}

/** True for somebody's lease: that reader fills, others leave it alone. */
export function isLease(cached: SessionRecord): boolean {
  return cached.data === LEASE;
}
