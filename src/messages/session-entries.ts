import { areFields, type StoredMessage } from "./message.ts";

/** A message in the session's list. `by` and `until` say that a request has leased it. */
export interface SessionEntry extends StoredMessage {
  readonly by?: string;
  /** Milliseconds since 1970. */
  readonly until?: number;
}

/** A request that has not answered after so long has died with its process, and its messages may be shown by another. */
export const LEASE_MS = 120_000;

/** A client that never shows a page must not fill its session. The oldest go first. */
const MOST_ENTRIES = 100;
const MOST_CHARACTERS = 65_536;

/** What can be read of the stored list; anything else in it is left out. */
export function readEntries(value: unknown): readonly SessionEntry[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly unknown[]).map(readEntry).filter((entry) => entry !== null);
}

function readEntry(value: unknown): SessionEntry | null {
  if (typeof value !== "object" || value === null) return null;
  const { id, level, text, extraTags = "", isSafe = false, by, until } = value as Partial<SessionEntry>;
  if (typeof id !== "string" || !areFields(level, text, extraTags)) return null;
  const lease = typeof by === "string" && typeof until === "number" ? { by, until } : {};
  return { id, level: level as number, text: text as string, extraTags, isSafe: isSafe === true, ...lease };
}

export function isFree(entry: SessionEntry, now: number): boolean {
  return entry.until === undefined || entry.until <= now;
}

export function isHeldBy(entry: SessionEntry, holder: string): boolean {
  return entry.by === holder;
}

/** Everything free becomes the holder's. Run again on a newer list, it takes only what is still free there. */
export function leaseFree(entries: readonly SessionEntry[], holder: string, now: number): readonly object[] {
  return entries.map((entry) => toStored(isFree(entry, now) ? { ...entry, by: holder, until: now + LEASE_MS } : entry));
}

export function releaseHeld(entries: readonly SessionEntry[], holder: string): readonly object[] | undefined {
  return entries.length === 0 ? undefined : entries.map((entry) => toStored(isHeldBy(entry, holder) ? withoutLease(entry) : entry));
}

/**
 * The list with new messages at its end, delivered ones gone, and what the holder has leased but not shown free again.
 *
 * @returns `entries` undefined when nothing is left; `dropped`: how many old ones made room
 */
export function arrange(entries: readonly SessionEntry[], added: readonly StoredMessage[], delivered: ReadonlySet<string>, holder: string | null): { readonly entries: readonly object[] | undefined; readonly dropped: number } {
  const known = new Set(entries.map((entry) => entry.id));
  const kept: SessionEntry[] = entries.filter((entry) => !delivered.has(entry.id)).map((entry) => (holder !== null && isHeldBy(entry, holder) ? withoutLease(entry) : entry));
  const all = [...kept, ...added.filter((message) => !known.has(message.id))];
  let characters = all.reduce((sum, entry) => sum + sizeOf(entry), 0);
  let from = 0;
  for (; from < all.length - 1 && (all.length - from > MOST_ENTRIES || characters > MOST_CHARACTERS); from++) characters -= sizeOf(all[from] as SessionEntry);
  return { entries: all.length === 0 ? undefined : all.slice(from).map(toStored), dropped: from };
}

function sizeOf({ text, extraTags }: SessionEntry): number {
  return text.length + extraTags.length;
}

function withoutLease({ by: _by, until: _until, ...message }: SessionEntry): SessionEntry {
  return message;
}

/** What is as usual is left out: the list is read and parsed with the session. */
function toStored({ id, level, text, extraTags, isSafe, by, until }: SessionEntry): object {
  return { id, level, text, ...(extraTags === "" ? {} : { extraTags }), ...(isSafe ? { isSafe } : {}), ...(by === undefined ? {} : { by, until }) };
}
