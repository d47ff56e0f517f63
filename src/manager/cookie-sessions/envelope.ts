import type { SessionRecord } from "../../store/store.ts";

/** What such a cookie holds: the whole record, and the user's epoch at the time. */
export interface Enveloped {
  readonly record: SessionRecord;
  readonly epoch: number;
}

const VERSION = 2;

/** No JSON text without indentation holds a line break, so the first one ends the head. */
const END_OF_HEAD = "\n";

/**
 * A head of fields in a fixed order, then the data as it is: a cookie is sent with every request, so names are left out, and text within
 * JSON text would double its quotation marks.
 */
export function writeEnvelope({ record, epoch }: Enveloped): string {
  const { id, version, owner, createdAt, lastSeenAt, expiresAt, idleSeconds, endsAt, persistent, data } = record;
  return `${JSON.stringify([VERSION, id, version, owner, createdAt, lastSeenAt, expiresAt, idleSeconds, endsAt, persistent ? 1 : 0, epoch])}${END_OF_HEAD}${data}`;
}

const isInstant = (value: unknown): value is number => Number.isSafeInteger(value);
const isText = (value: unknown): value is string => typeof value === "string";
const orNull = <Value>(check: (value: unknown) => value is Value, value: unknown): value is Value | null => value === null || check(value);

/** Null for anything that `writeEnvelope` did not write. Called only on what was verified, so this guards against other versions. */
export function readEnvelope(text: string): Enveloped | null {
  const headEnd = text.indexOf(END_OF_HEAD);
  if (headEnd === -1) return null;
  let fields: unknown;
  try {
    fields = JSON.parse(text.slice(0, headEnd));
  } catch {
    return null;
  }
  if (!Array.isArray(fields) || fields.length !== 11 || fields[0] !== VERSION) return null;
  const [, id, version, owner, createdAt, lastSeenAt, expiresAt, idleSeconds, endsAt, persistent, epoch] = fields as unknown[];
  if (!isText(id) || !isText(version) || !orNull(isText, owner)) return null;
  if (!isInstant(createdAt) || !isInstant(lastSeenAt) || !isInstant(expiresAt) || !isInstant(epoch)) return null;
  if (!orNull(isInstant, idleSeconds) || !orNull(isInstant, endsAt) || (persistent !== 0 && persistent !== 1)) return null;
  const data = text.slice(headEnd + END_OF_HEAD.length);
  return { record: { id, version, owner, createdAt, lastSeenAt, expiresAt, idleSeconds, endsAt, persistent: persistent === 1, data }, epoch };
}
