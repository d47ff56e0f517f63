import type { SessionRecord } from "../../store/store.ts";
import type { SqlParameters, SqlRow } from "./statement.ts";

/** The columns of a record, in the order of `recordOf`. */
export const COLUMNS = "id, data, version, owner, created_at, last_seen_at, expires_at, idle_seconds, ends_at, persistent";

/** The parameters of a whole record, in the same order. */
export const FIELDS = ":id, :data, :version, :owner, :createdAt, :lastSeenAt, :expiresAt, :idleSeconds, :endsAt, :persistent";

/** `column = :field` for every field that no index knows. */
export const PLAIN_ASSIGNMENTS: string =
  "data = :data, version = :version, created_at = :createdAt, last_seen_at = :lastSeenAt, expires_at = :expiresAt, " +
  "idle_seconds = :idleSeconds, ends_at = :endsAt, persistent = :persistent";

/**
 * The column that sweeping goes by: the instant of expiry, rounded down to a thousandth of the idle time (so many
 * milliseconds as that has seconds). The index on it stays as it is through most writes of a busy session, which makes
 * them a third cheaper, and a sweep looks at one record in a thousand too early.
 */
export const sweepFrom = (expiresAt: string, idleSeconds: string): string => `(${expiresAt} - ${expiresAt} % coalesce(nullif(${idleSeconds}, 0), 1))`;

/** A record and whatever else the statement wants, as parameters. */
export function fieldsOf(record: SessionRecord, now: number, expected: string): SqlParameters {
  return {
    id: record.id,
    data: record.data,
    version: record.version,
    owner: record.owner,
    createdAt: record.createdAt,
    lastSeenAt: record.lastSeenAt,
    expiresAt: record.expiresAt,
    idleSeconds: record.idleSeconds,
    endsAt: record.endsAt,
    persistent: record.persistent ? 1 : 0,
    now,
    expected,
  };
}

/** Where the columns after those of the record begin, in statements that have some. */
export const AFTER_COLUMNS = 10;

/** The record in a row; null when the row holds none. Drivers give numbers as such or as text. */
export function recordOf(row: SqlRow | undefined): SessionRecord | null {
  if (row === undefined) return null;
  const [id, data, version, owner] = row;
  if (typeof id !== "string" || typeof data !== "string" || typeof version !== "string") return null;
  const record: SessionRecord = {
    id,
    data,
    version,
    owner: typeof owner === "string" ? owner : null,
    createdAt: Number(row[4]),
    lastSeenAt: Number(row[5]),
    expiresAt: Number(row[6]),
    idleSeconds: numberOrNull(row[7]),
    endsAt: numberOrNull(row[8]),
    persistent: isTrue(row[9]),
  };
  return Number.isFinite(record.expiresAt) && Number.isFinite(record.lastSeenAt) ? record : null;
}

/** The record in a row that may have expired; null when it has. */
export function liveRecordOf(row: SqlRow | undefined, now: number): SessionRecord | null {
  const record = recordOf(row);
  return record === null || record.expiresAt <= now ? null : record;
}

/** Drivers give a truth as a boolean or a number, PostgreSQL itself as `t`. */
export const isTrue = (value: unknown): boolean => value === true || value === "t" || Number(value) === 1;

/** The text in the first column, or null. */
export const textOf = (row: SqlRow | undefined): string | null => (typeof row?.[0] === "string" ? row[0] : null);

const numberOrNull = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value));
