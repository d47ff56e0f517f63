import { systemClock, type Clock } from "../clock.ts";
import { CoatError, ConfigurationError, StoreUnavailable } from "../errors.ts";
import type { ByOwner, Closable, Scannable, Sweepable } from "../store/capabilities.ts";
import { GONE, UPDATED, type DeleteOutcome, type SessionRecord, type SessionStore, type StoreCallOptions, type StoreCapabilities, type UpdateOutcome } from "../store/store.ts";
import { DueShards } from "./file/due-shards.ts";
import { isId, RecordFolder, shardOf } from "./file/folder.ts";
import { FileLocks, isCode } from "./file/locks.ts";
import { Queue } from "./file/queue.ts";
import { isOfAnotherFormat, readRecord, writeRecord } from "./file/record-text.ts";

export interface FileStoreOptions {
  /**
   * Each write waits until the disk has it, so that it outlives a power cut as well. Without it, it outlives the death of the process;
   * a power cut may take the last seconds, never half a record. Default: false.
   */
  readonly durable?: boolean;
  /** Where the time comes from when a call does not say, and what waiting is done on. Default: the machine's clock. */
  readonly clock?: Clock;
}

/** What `fileStore()` returns. */
export interface FileStore extends SessionStore, Sweepable, ByOwner, Scannable, Closable {}

const CAPABILITIES: StoreCapabilities = Object.freeze({
  compareAndSet: true,
  durable: true,
  shared: "machine",
  ownExpiry: false,
  immediate: true,
  mayEvict: false,
});

/** How many files are read at once where a whole folder is walked. */
const AT_ONCE = 16;

/**
 * Keeps each record in a file of its own. Several processes of one machine may share the folder; a network share is no place for it.
 * Finding sessions by user reads every file: for more than some ten thousand sessions `sqliteStore` is the better choice.
 *
 * The folder and what is in it can be read by its owner only. A process that is killed while it writes leaves the old record or the new one, and
 * its lock is taken over by the next writer. The lock of a process in another container (another pid namespace) is never taken over, since
 * nobody can tell from here whether it lives: after such a container was killed, remove `*.lock` before its successor starts. Needs
 * a file system with symbolic links, and one that tells upper from lower case.
 *
 * @param folder made when it is not there; others must not be able to write into it
 * @throws ConfigurationError when the folder cannot be used
 * @example
 * const cloakroom = createCoatcheck({ store: fileStore("var/sessions"), secrets: [process.env.SECRET_KEY] });
 */
export function fileStore(folder: string, options: FileStoreOptions = {}): FileStore {
  if (typeof folder !== "string" || folder === "" || folder.includes("\0")) throw new ConfigurationError("fileStore", "expected the path of a folder.");
  return new InFiles(folder, options);
}

class InFiles implements FileStore {
  readonly name = "file";
  readonly capabilities: StoreCapabilities = CAPABILITIES;
  readonly #clock: Clock;
  readonly #folder: RecordFolder;
  readonly #locks: FileLocks;
  readonly #queue = new Queue();
  readonly #due = new DueShards();
  #closed = false;

  constructor(folder: string, { durable = false, clock = systemClock }: FileStoreOptions) {
    this.#clock = clock;
    this.#folder = new RecordFolder(folder, durable);
    this.#locks = new FileLocks(clock);
  }

  async read(id: string, options?: StoreCallOptions): Promise<SessionRecord | null> {
    const now = this.#begin("read", options);
    if (!isId(id)) return null;
    return attempt("read", options, () => this.#live(id, now));
  }

  create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean> {
    return this.#alone("create", record.id, options, false, async (now, holding) => {
      if ((await this.#live(record.id, now)) !== null) return false;
      await this.#store(record, holding);
      return true;
    });
  }

  update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
    return this.#alone<UpdateOutcome>("update", record.id, options, GONE, async (now, holding) => {
      const current = await this.#live(record.id, now);
      if (current === null) return GONE;
      if (current.version !== expectedVersion) return { outcome: "conflict", current };
      await this.#store(record, holding);
      return UPDATED;
    });
  }

  /** A reader waits for no writer of another process, who moves the times as well. */
  async touch(id: string, version: string, lastSeenAt: number, expiresAt: number, options?: StoreCallOptions): Promise<boolean> {
    const now = this.#begin("touch", options);
    if (!isId(id)) return false;
    const move = async (holding: string): Promise<boolean> => {
      const current = await this.#live(id, now);
      if (current === null || current.version !== version) return false;
      const isNews = lastSeenAt > current.lastSeenAt || (lastSeenAt === current.lastSeenAt && expiresAt !== current.expiresAt);
      if (isNews) await this.#store({ ...current, lastSeenAt, expiresAt }, holding);
      return true;
    };
    return this.#queue.run(id, () => attempt("touch", options, async () => (await this.#ifFree(id, move)) ?? false));
  }

  delete(id: string, expectedVersion?: string, options?: StoreCallOptions): Promise<DeleteOutcome> {
    return this.#alone<DeleteOutcome>("delete", id, options, "gone", async (now) => {
      const current = await this.#live(id, now);
      if (current === null) return "gone";
      if (expectedVersion !== undefined && current.version !== expectedVersion) return "conflict";
      await this.#folder.remove(id);
      return "deleted";
    });
  }

  async sweep(limit: number, options?: StoreCallOptions): Promise<number> {
    const now = this.#begin("sweep", options);
    return attempt("sweep", options, async () => {
      let removed = 0;
      for (const shard of this.#due.choose(await this.#folder.shards(), now)) {
        if (removed >= limit) break;
        removed += await this.#sweepShard(shard, limit - removed, now);
        options?.signal?.throwIfAborted();
      }
      return removed;
    });
  }

  async listByOwner(owner: string, options?: StoreCallOptions): Promise<SessionRecord[]> {
    const now = this.#begin("list", options);
    const found = await attempt("list", options, () => this.#find(owner, now));
    return found.sort((a, b) => b.lastSeenAt - a.lastSeenAt);
  }

  async deleteByOwner(owner: string, options?: StoreCallOptions & { readonly exceptId?: string }): Promise<number> {
    const now = this.#begin("delete", options);
    let removed = 0;
    // Again until a walk finds nothing: a session that moves to another id meanwhile might be behind the walk at first.
    for (;;) {
      const found = (await attempt("delete", options, () => this.#find(owner, now))).filter(({ id }) => id !== options?.exceptId);
      if (found.length === 0) return removed;
      for (const { id } of found) if (await this.#deleteOwned(id, owner, options)) removed++;
    }
  }

  async scan(cursor: string | null, limit: number, options?: StoreCallOptions): Promise<{ records: SessionRecord[]; next: string | null }> {
    const now = this.#begin("scan", options);
    return attempt("scan", options, async () => {
      const records: SessionRecord[] = [];
      for (const shard of await this.#folder.shards()) {
        if (cursor !== null && shard < shardOf(cursor)) continue;
        const ids = (await this.#folder.contentOf(shard)).ids.filter((id) => cursor === null || id > cursor);
        for (let from = 0; from < ids.length; from += AT_ONCE) {
          const part = ids.slice(from, from + AT_ONCE);
          records.push(...(await this.#liveAmong(part, now)));
          if (records.length >= limit) return { records, next: part.at(-1) ?? null };
        }
      }
      return { records, next: null };
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue.drain();
  }

  /** @returns the time of the call */
  #begin(operation: string, options: StoreCallOptions | undefined): number {
    options?.signal?.throwIfAborted();
    if (this.#closed) throw new StoreUnavailable(operation, "not-sent", { cause: new Error("the file store is closed") });
    return options?.now ?? this.#clock.now();
  }

  /**
   * Does something to a record that nobody else can do at the same time: after those of this process that came first, and under the
   * record's lock.
   *
   * @param otherwise the answer for what is no id
   */
  async #alone<T>(operation: string, id: string, options: StoreCallOptions | undefined, otherwise: T, work: (now: number, holding: string) => Promise<T>): Promise<T> {
    const now = this.#begin(operation, options);
    if (!isId(id)) return otherwise;
    return this.#queue.run(id, () =>
      attempt(operation, options, async () => {
        options?.signal?.throwIfAborted();
        const holding = await this.#lock(id, options?.signal);
        try {
          return await work(now, holding);
        } finally {
          await this.#locks.release(this.#folder.lockPathOf(id));
        }
      }),
    );
  }

  async #lock(id: string, signal: AbortSignal | undefined): Promise<string> {
    const path = this.#folder.lockPathOf(id);
    try {
      return await this.#locks.take(path, signal);
    } catch (error) {
      if (!isCode(error, "ENOENT")) throw error;
      await this.#folder.makeShard(id);
      return this.#locks.take(path, signal);
    }
  }

  async #live(id: string, now: number): Promise<SessionRecord | null> {
    const bytes = await this.#folder.load(id);
    const record = bytes === null ? null : readRecord(bytes, id);
    return record !== null && record.expiresAt > now ? record : null;
  }

  async #store(record: SessionRecord, holding: string): Promise<void> {
    this.#due.expect(shardOf(record.id), record.expiresAt);
    await this.#folder.store(record.id, writeRecord(record), holding);
  }

  async #deleteOwned(id: string, owner: string, options: StoreCallOptions | undefined): Promise<boolean> {
    return this.#alone("delete", id, options, false, async (now) => {
      if ((await this.#live(id, now))?.owner !== owner) return false;
      await this.#folder.remove(id);
      return true;
    });
  }

  async #find(owner: string, now: number): Promise<SessionRecord[]> {
    const found: SessionRecord[] = [];
    for (const shard of await this.#folder.shards()) {
      const { ids } = await this.#folder.contentOf(shard);
      for (let from = 0; from < ids.length; from += AT_ONCE) {
        found.push(...(await this.#liveAmong(ids.slice(from, from + AT_ONCE), now)).filter((record) => record.owner === owner));
      }
    }
    return found;
  }

  async #liveAmong(ids: readonly string[], now: number): Promise<SessionRecord[]> {
    const records = await Promise.all(ids.map((id) => this.#live(id, now)));
    return records.filter((record) => record !== null);
  }

  async #sweepShard(shard: string, limit: number, now: number): Promise<number> {
    let due = -Infinity;
    this.#due.begin(shard);
    try {
      const { ids, unsettled } = await this.#folder.contentOf(shard);
      let removed = 0;
      let next = Infinity;
      for (const id of ids) {
        const endsAt = await this.#endOf(id);
        if (endsAt <= now && removed >= limit) return removed;
        if (endsAt <= now && (await this.#removeExpired(id, now))) removed++;
        else next = Math.min(next, Math.max(endsAt, now));
      }
      for (const id of unsettled) if ((await this.#clean(id)) === null) next = now;
      due = next;
      return removed;
    } finally {
      this.#due.finish(shard, due);
    }
  }

  /** When a file may go: at the end of its record; at once when it holds none; never when another release wrote it. */
  async #endOf(id: string): Promise<number> {
    const bytes = await this.#folder.load(id);
    if (bytes === null || isOfAnotherFormat(bytes)) return Infinity;
    return readRecord(bytes, id)?.expiresAt ?? -Infinity;
  }

  /** False when somebody is changing the record, or has just done so. */
  async #removeExpired(id: string, now: number): Promise<boolean> {
    const removed = await this.#ifFree(id, async () => {
      if ((await this.#endOf(id)) > now) return false;
      await this.#folder.remove(id);
      return true;
    });
    return removed === true;
  }

  /** Takes a dead writer's lock and removes what it was writing. Null while a living one is at work. */
  #clean(id: string): Promise<true | null> {
    return this.#ifFree<true>(id, async () => {
      await this.#folder.removeUnfinished(id);
      return true;
    });
  }

  /** Does something under a record's lock, without waiting for it: null when somebody holds it. */
  async #ifFree<T>(id: string, work: (holding: string) => Promise<T>): Promise<T | null> {
    const path = this.#folder.lockPathOf(id);
    const holding = await this.#locks.takeIfFree(path).catch((error: unknown) => {
      // Where no session of that shard ever was there is no folder.
      if (isCode(error, "ENOENT")) return null;
      throw error;
    });
    if (holding === null) return null;
    try {
      return await work(holding);
    } finally {
      await this.#locks.release(path);
    }
  }
}

/** Turns what the file system says into the errors of the store contract. */
async function attempt<T>(operation: string, options: StoreCallOptions | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isOwn = error instanceof CoatError || (options?.signal?.aborted === true && error === options.signal.reason);
    throw isOwn ? error : new StoreUnavailable(operation, "not-sent", { cause: error });
  }
}
