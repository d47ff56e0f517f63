import type { SessionRecord } from "../../store/store.ts";

/** The record as a plain object that any serializer takes; the id is the key's. */
export function writeBlob(record: SessionRecord): Readonly<Record<string, unknown>> {
  const { data, version, owner, createdAt, lastSeenAt, expiresAt, idleSeconds, endsAt, persistent } = record;
  return { data, version, owner, createdAt, lastSeenAt, expiresAt, idleSeconds, endsAt, persistent };
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isNumberOrNull = (value: unknown): value is number | null => value === null || isNumber(value);

/** The record in whatever was stored; null when it is none. */
export function readBlob(id: string, blob: unknown): SessionRecord | null {
  if (typeof blob !== "object" || blob === null) return null;
  const { data, version, owner, createdAt, lastSeenAt, expiresAt, idleSeconds, endsAt, persistent } = blob as Record<string, unknown>;
  if (typeof data !== "string" || typeof version !== "string" || typeof persistent !== "boolean") return null;
  if (owner !== null && typeof owner !== "string") return null;
  if (!isNumber(createdAt) || !isNumber(lastSeenAt) || !isNumber(expiresAt) || !isNumberOrNull(idleSeconds) || !isNumberOrNull(endsAt)) return null;
  return { id, data, version, owner, createdAt, lastSeenAt, expiresAt, idleSeconds, endsAt, persistent };
}
