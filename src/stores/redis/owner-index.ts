import type { SessionRecord } from "../../store/store.ts";
import { safeKey } from "../safe-key.ts";
import type { RedisCommands } from "./commands.ts";
import { textOf } from "./layout.ts";
import { INDEX_ADD, indexEnd } from "./scripts.ts";

/** Up to so many sessions of one owner, nobody looks for dead entries. */
const UNCHECKED_ENTRIES = 16;

/**
 * An entry is written before its record, so a young entry without a record may be one that is about to be filled. After this
 * long it is dead.
 */
const YOUNG_MS = 300_000;

/** An entry of an owner's index. */
export interface IndexEntry {
  readonly id: string;
  /** Old enough to be removed when its record is not that owner's. */
  readonly isOld: boolean;
}

/** What an index has to know of a record. */
export type IndexedRecord = Pick<SessionRecord, "id" | "expiresAt" | "idleSeconds" | "endsAt">;

/**
 * Which sessions may belong to an owner: one sorted set for each owner, of ids scored by when they were entered. In a Cluster it lies in a slot of its
 * own and cannot change together with the records, so it is a hint: never short of a session (entered before the record is written,
 * removed after), sometimes with one too many.
 */
export class OwnerIndex {
  readonly #commands: RedisCommands;
  readonly #prefix: string;
  readonly #prune: (owner: string, ids: readonly string[], now: number, signal: AbortSignal | undefined) => Promise<void>;

  /** @param prune removes those of the ids whose record is not (any more) that owner's */
  constructor(commands: RedisCommands, prefix: string, prune: (owner: string, ids: readonly string[], now: number, signal: AbortSignal | undefined) => Promise<void>) {
    this.#commands = commands;
    this.#prefix = prefix;
    this.#prune = prune;
  }

  /** Enters a record that is about to be written. Where an owner has many entries, a few old ones are checked on the way. */
  async add(operation: string, owner: string, record: IndexedRecord, now: number, signal: AbortSignal | undefined): Promise<void> {
    const life = (record.endsAt === null ? indexEnd(record.expiresAt, record.idleSeconds) : Math.max(record.endsAt, record.expiresAt)) - now;
    if (life <= 0) return;
    const args = [String(now), record.id, String(Math.ceil(life)), String(UNCHECKED_ENTRIES), String(now - YOUNG_MS), String(now)];
    const old = await this.#commands.evaluate(operation, INDEX_ADD, this.#key(owner), args, signal);
    const ids = Array.isArray(old) ? old.map(textOf).filter((id) => id !== undefined) : [];
    if (ids.length > 0) await this.#prune(owner, ids, now, signal).catch(() => {});
  }

  /** Takes ids out, after their records are gone. A failure leaves entries that readers see through. */
  async remove(owner: string, ids: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    if (ids.length === 0) return;
    await this.#commands.send("clean its index", this.#key(owner), ["ZREM", this.#key(owner), ...ids], signal).catch(() => {});
  }

  async list(operation: string, owner: string, now: number, signal: AbortSignal | undefined): Promise<IndexEntry[]> {
    const key = this.#key(owner);
    const reply = await this.#commands.send(operation, key, ["ZRANGE", key, "0", "-1", "WITHSCORES"], signal);
    return pairs(reply).map(([id, score]) => ({ id, isOld: score < now - YOUNG_MS }));
  }

  #key(owner: string): string {
    return safeKey(this.#prefix, "u", owner);
  }
}

/** Members and scores: one flat list from RESP 2, a list of pairs from RESP 3. */
function pairs(reply: unknown): [string, number][] {
  if (!Array.isArray(reply)) return [];
  const flat: unknown[] = reply.flat();
  const found: [string, number][] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const id = textOf(flat[index]);
    if (id !== undefined) found.push([id, Number(textOf(flat[index + 1]))]);
  }
  return found;
}
