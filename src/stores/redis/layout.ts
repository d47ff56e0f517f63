import type { SessionRecord } from "../../store/store.ts";

/**
 * One hash for each session, four fields: `version`, `data`, `owner` (absent when nobody owns it) and `times`,
 * `createdAt lastSeenAt expiresAt idleSeconds endsAt persistent` with spaces between and `-` for null. So
 * `HGETALL coatcheck:s:<id>` can be read by a person, and a small session stays a compact listpack.
 */
export const FIELDS: readonly string[] = ["version", "data", "owner", "times"];

const TIMES = /^(-?\d+) (-?\d+) (-?\d+) (-|\d+(?:\.\d+)?) (-|-?\d+) ([01])$/;

/** The `times` field of a record. */
export function writeTimes(record: SessionRecord): string {
  const idle = record.idleSeconds === null ? "-" : String(record.idleSeconds);
  const ends = record.endsAt === null ? "-" : String(record.endsAt);
  return `${record.createdAt} ${record.lastSeenAt} ${record.expiresAt} ${idle} ${ends} ${record.persistent ? 1 : 0}`;
}

/** The record in the answer to an HMGET of `FIELDS`; null when it is absent, expired at `now`, or no record at all. */
export function readFields(id: string, reply: unknown, now: number): SessionRecord | null {
  if (!Array.isArray(reply)) return null;
  const [version, data, owner, times] = [textOf(reply[0]), textOf(reply[1]), textOf(reply[2]), textOf(reply[3])];
  if (version === undefined || data === undefined || times === undefined) return null;
  const parts = TIMES.exec(times);
  if (parts === null || Number(parts[3]) <= now) return null;
  return {
    id,
    data,
    version,
    owner: owner ?? null,
    createdAt: Number(parts[1]),
    lastSeenAt: Number(parts[2]),
    expiresAt: Number(parts[3]),
    idleSeconds: parts[4] === "-" ? null : Number(parts[4]),
    endsAt: parts[5] === "-" ? null : Number(parts[5]),
    persistent: parts[6] === "1",
  };
}

/** A reply as text, whether the client gives strings or bytes; undefined for null. */
export function textOf(reply: unknown): string | undefined {
  if (typeof reply === "string") return reply;
  if (typeof reply === "number") return String(reply);
  if (reply instanceof Uint8Array) return new TextDecoder().decode(reply);
  return undefined;
}
