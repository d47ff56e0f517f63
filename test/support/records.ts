import { randomBytes } from "node:crypto";
import type { SessionRecord } from "../../src/store/store.ts";

const HOUR_MS = 3_600_000;

/** A record with a fresh id and version, an hour from its end, with whatever is given in its place. */
export function makeRecord(changes: Partial<SessionRecord> = {}, now: number = Date.now()): SessionRecord {
  return {
    id: randomBytes(32).toString("base64url"),
    data: '{"visits":1}',
    version: makeVersion(),
    owner: null,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: now + HOUR_MS,
    idleSeconds: HOUR_MS / 1000,
    endsAt: null,
    persistent: true,
    ...changes,
  };
}

/** A version that was never used. */
export function makeVersion(): string {
  return randomBytes(8).toString("hex");
}
