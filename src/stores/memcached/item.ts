import { CoatError } from "../../errors.ts";
import type { SessionRecord } from "../../store/store.ts";

/**
 * One line of text, without a line break, so that the text protocol and every client take it:
 * `c1 version createdAt lastSeenAt expiresAt idleSeconds endsAt persistent owner data`, `-` for null, the owner percent-encoded after `=`.
 */
const ITEM = /^c1 (\S*) (-?\d+) (-?\d+) (-?\d+) (-|\d+(?:\.\d+)?) (-|-?\d+) ([01]) (-|=\S*) ([^]*)$/;

export function writeItem(record: SessionRecord): string {
  const { version, createdAt, lastSeenAt, expiresAt, idleSeconds, endsAt, persistent, owner, data } = record;
  const name = owner === null ? "-" : `=${encodeURIComponent(owner)}`;
  return `c1 ${version} ${createdAt} ${lastSeenAt} ${expiresAt} ${idleSeconds ?? "-"} ${endsAt ?? "-"} ${persistent ? 1 : 0} ${name} ${data}`;
}

/** The record in an item, expired or not; null when it is no record. */
export function readItem(id: string, value: string): SessionRecord | null {
  const parts = ITEM.exec(value);
  const owner = parts && ownerOf(parts[8] as string);
  if (parts === null || owner === undefined) return null;
  return {
    id,
    data: parts[9] as string,
    version: parts[1] as string,
    owner,
    createdAt: Number(parts[2]),
    lastSeenAt: Number(parts[3]),
    expiresAt: Number(parts[4]),
    idleSeconds: parts[5] === "-" ? null : Number(parts[5]),
    endsAt: parts[6] === "-" ? null : Number(parts[6]),
    persistent: parts[7] === "1",
  };
}

function ownerOf(text: string): string | null | undefined {
  if (text === "-") return null;
  try {
    return decodeURIComponent(text.slice(1));
  } catch {
    return undefined;
  }
}

/** What memcached keeps beside key and value, rounded up. */
const OVERHEAD_BYTES = 100;

/** @throws RecordTooLarge before memcached itself would refuse, because its refusal also drops what was there. */
export function checkItemSize(key: string, value: string, maxItemBytes: number): void {
  const bytes = new TextEncoder().encode(value).length + key.length + OVERHEAD_BYTES;
  if (bytes > maxItemBytes) throw new RecordTooLarge(bytes, maxItemBytes);
}

/** The session does not fit into one item of memcached. Nothing was written; what was stored is still there. */
export class RecordTooLarge extends CoatError {
  constructor(bytes: number, maxItemBytes: number) {
    super(
      "COAT_SESSION_TOO_LARGE",
      500,
      `The session would take ${bytes} bytes in memcached, and memcachedStore.maxItemBytes is ${maxItemBytes}. Keep large things in your database, lower session.maxBytes, or start memcached with a larger -I and raise maxItemBytes with it.`,
    );
  }
}

/** The greatest date that memcached takes. */
const LAST_DATE_SECONDS = 2 ** 31 - 1;

/**
 * The expiry to send: always a date, because a number of seconds above 30 days would be taken for one. It is the record's remaining
 * life from the machine's clock on, rounded up by up to two seconds and never down; the record's own end is checked at each read.
 * Ends that the protocol cannot say (after January 2038) become "never".
 */
export function expiryDate(expiresAt: number, now: number, machineNow: number): number {
  if (expiresAt <= now) return -1;
  const date = Math.ceil((machineNow + (expiresAt - now)) / 1000) + 1;
  return date > LAST_DATE_SECONDS ? 0 : date;
}
