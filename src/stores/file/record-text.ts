import { crc32 } from "node:zlib";
import type { SessionRecord } from "../../store/store.ts";

/**
 * What stands in a file: `coat1 <crc32 of the rest> [fields as JSON]`, a line feed, and the data as it was handed over. The checksum tells a
 * file that a power cut or a failing disk has left behind from a record.
 */
const MARK = "coat1 ";
const CHECKSUM_LENGTH = 8;
const REST_AT = MARK.length + CHECKSUM_LENGTH + 1;
const LINE_FEED = 10;

export function writeRecord(record: SessionRecord): Uint8Array {
  const { id, version, owner, createdAt, lastSeenAt, expiresAt, idleSeconds, endsAt, persistent, data } = record;
  const rest = `${JSON.stringify([id, version, owner, createdAt, lastSeenAt, expiresAt, idleSeconds, endsAt, persistent])}\n${data}`;
  return Buffer.from(`${MARK}${checksum(Buffer.from(rest))} ${rest}`);
}

/** The record in a file; null for bytes that are none, or that belong to another id. */
export function readRecord(bytes: Uint8Array, id: string): SessionRecord | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.toString("latin1", 0, MARK.length) !== MARK) return null;
  const rest = buffer.subarray(REST_AT);
  if (buffer.toString("latin1", MARK.length, REST_AT) !== `${checksum(rest)} `) return null;
  const end = rest.indexOf(LINE_FEED);
  if (end < 0) return null;
  const fields = parse(rest.toString("utf8", 0, end));
  if (fields === null || fields[0] !== id) return null;
  const [, version, owner, createdAt, lastSeenAt, expiresAt, idleSeconds, endsAt, persistent] = fields;
  return { id, data: rest.toString("utf8", end + 1), version, owner, createdAt, lastSeenAt, expiresAt, idleSeconds, endsAt, persistent };
}

/** Whether a newer release of Coatcheck has written the file, in a way that this one cannot read. It is left alone. */
export function isOfAnotherFormat(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 12)).toString("latin1");
  return /^coat\d+ /.test(start) && !start.startsWith(MARK);
}

type Fields = [string, string, string | null, number, number, number, number | null, number | null, boolean];

function parse(text: string): Fields | null {
  try {
    const fields: unknown = JSON.parse(text);
    return Array.isArray(fields) && fields.length === 9 ? (fields as Fields) : null;
  } catch {
    return null;
  }
}

const checksum = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(CHECKSUM_LENGTH, "0");
