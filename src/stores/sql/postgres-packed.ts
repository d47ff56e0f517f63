import type { SessionRecord } from "../../store/store.ts";
import type { SqlRow } from "./statement.ts";

/**
 * A record in two columns: its owner, and everything else in one text. With each answer the server describes all columns and the client
 * chooses a reader for each of them; for ten columns that costs a read more than the record does.
 */
export const PACKED_COLUMNS: string =
  "owner, version || ' ' || created_at || ' ' || last_seen_at || ' ' || expires_at || ' ' || coalesce(idle_seconds::text, '-') || ' ' || " +
  "coalesce(ends_at::text, '-') || ' ' || persistent::int || ' ' || data";

const PACKED = /^([\w-]*) (-?\d+) (-?\d+) (-?\d+) (-|-?\d+) (-|-?\d+) ([01]) /;

/** The record in a row of `PACKED_COLUMNS`; null when there is no row, or it holds none. */
export function unpackRecord(id: string, row: SqlRow | undefined): SessionRecord | null {
  const packed = row?.[1];
  const head = typeof packed === "string" ? PACKED.exec(packed) : null;
  if (head === null) return null;
  const [text, version, createdAt, lastSeenAt, expiresAt, idleSeconds, endsAt, persistent] = head as unknown as [string, string, string, string, string, string, string, string];
  const owner = row?.[0];
  return {
    id,
    data: (packed as string).slice(text.length),
    version,
    owner: typeof owner === "string" ? owner : null,
    createdAt: Number(createdAt),
    lastSeenAt: Number(lastSeenAt),
    expiresAt: Number(expiresAt),
    idleSeconds: idleSeconds === "-" ? null : Number(idleSeconds),
    endsAt: endsAt === "-" ? null : Number(endsAt),
    persistent: persistent === "1",
  };
}
