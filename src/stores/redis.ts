import { systemClock, type Clock } from "../clock.ts";
import { ConfigurationError, StoreUnavailable } from "../errors.ts";
import type { ByOwner, Scannable } from "../store/capabilities.ts";
import {
  GONE,
  UPDATED,
  type DeleteOutcome,
  type SessionRecord,
  type SessionStore,
  type StoreCallOptions,
  type StoreCapabilities,
  type UpdateOutcome,
} from "../store/store.ts";
import type { RedisClient } from "./redis/clients.ts";
import { RedisCommands } from "./redis/commands.ts";
import { connect, type RedisConnection } from "./redis/connection.ts";
import { isWrongType } from "./redis/failures.ts";
import { FIELDS, readFields, textOf, writeTimes } from "./redis/layout.ts";
import { OwnerIndex } from "./redis/owner-index.ts";
import { scanKeys } from "./redis/scan.ts";
import { CREATE, DELETE, DELETE_IF_OWNED, READ, TOUCH, UPDATE, type Script } from "./redis/scripts.ts";
import { checkPrefix, isPlain, safeKey } from "./safe-key.ts";
import { LONGEST_TIMER_MS } from "./time-limit.ts";

export type { IoRedisClient, IoRedisCluster, IoRedisNode, NodeRedisClient, NodeRedisCluster, NodeRedisCommandOptions, NodeRedisSentinel, RedisClient } from "./redis/clients.ts";

export interface RedisStoreOptions {
  /** What every key begins with. Two applications on one server need two prefixes. Default: `"coatcheck:"`. */
  readonly prefix?: string;
  /**
   * How long one command may take before the call fails, in milliseconds. node-redis's own `commandOptions.timeout` counts only where it is
   * shorter. Default: 2000.
   */
  readonly commandTimeoutMs?: number;
  /** Where the time comes from when a call does not say. Default: the machine's clock. */
  readonly clock?: Clock;
}

/** What `redisStore()` returns. */
export interface RedisStore extends SessionStore, ByOwner, Scannable {}

const CAPABILITIES: StoreCapabilities = Object.freeze({
  compareAndSet: true,
  durable: true,
  shared: "network",
  ownExpiry: true,
  immediate: true,
  mayEvict: false,
});

const READING = "read a session";

/** So many records are read or deleted at once when there are many. */
const BATCH = 128;

/**
 * Keeps records in Redis (7 or later) or Valkey: standalone, Sentinel or Cluster, through the ioredis or node-redis client that you
 * pass in and that stays yours. Each call is one command on one key, except where a session's owner changes, or its owner's index has to
 * live longer, once in an idle time: the index is written first. Records leave by the server's own expiry. Set `maxmemory-policy noeviction`: any other policy may end live sessions.
 *
 * @throws ConfigurationError for an unknown client, an odd prefix, or a time limit that is no limit.
 * @example
 * import { Redis } from "ioredis";
 * const client = new Redis("redis://127.0.0.1:6379");
 * client.on("error", (error) => console.error(error.message)); // else a connection of node-redis that breaks ends the process
 * const cloakroom = createCoatcheck({ store: redisStore(client) });
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): RedisStore {
  return new InRedis(client, options);
}

class InRedis implements RedisStore {
  readonly name = "redis";
  readonly capabilities: StoreCapabilities = CAPABILITIES;
  readonly ownTimeLimitMs: number;
  readonly #connection: RedisConnection;
  readonly #commands: RedisCommands;
  readonly #owners: OwnerIndex;
  readonly #prefix: string;
  readonly #clock: Clock;

  constructor(client: RedisClient, options: RedisStoreOptions) {
    const { prefix = "coatcheck:", commandTimeoutMs = 2000, clock = systemClock } = options;
    if (!Number.isSafeInteger(commandTimeoutMs) || commandTimeoutMs < 1 || commandTimeoutMs > LONGEST_TIMER_MS) {
      throw new ConfigurationError("redisStore.commandTimeoutMs", `must be whole milliseconds from 1 to ${LONGEST_TIMER_MS}, not ${String(commandTimeoutMs)}`);
    }
    this.#prefix = checkPrefix(prefix, "redisStore.prefix");
    this.#clock = clock;
    this.ownTimeLimitMs = commandTimeoutMs;
    this.#connection = connect(client, commandTimeoutMs);
    this.#commands = new RedisCommands(this.#connection, commandTimeoutMs);
    this.#owners = new OwnerIndex(this.#commands, this.#prefix, (owner, ids, now, signal) => this.#prune(owner, ids, now, signal));
  }

  read(id: string, options?: StoreCallOptions): Promise<SessionRecord | null> {
    const now = this.#now(options);
    if (this.#connection.readsFromReplicas) return this.#evaluate(READING, READ, id, [String(now)], options).then((reply) => readFields(id, reply, now));
    const key = this.#key(id);
    return this.#commands.send(READING, key, ["HMGET", key, ...FIELDS], options?.signal).then(
      (reply) => readFields(id, reply, now),
      (error: unknown) => {
        if (isWrongType((error as Error).cause)) return null;
        throw error;
      },
    );
  }

  async create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean> {
    const now = this.#now(options);
    if (record.owner !== null) await this.#owners.add("create a session", record.owner, record, now, options?.signal);
    const args = [String(now), record.version, record.data, ownerArgument(record), writeTimes(record), String(record.expiresAt - now)];
    const losses = this.#connection.losses.count;
    if ((await this.#evaluate("create a session", CREATE, record.id, args, options)) === 1) return true;
    // The record in the way may be this very one, from the first of two sendings.
    return this.#connection.losses.count !== losses && (await this.read(record.id, options))?.version === record.version;
  }

  async update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
    const now = this.#now(options);
    const args = [String(now), expectedVersion, record.version, record.data, ownerArgument(record), writeTimes(record), String(record.expiresAt - now)];
    const losses = this.#connection.losses.count;
    let reply = await this.#evaluateList("update a session", UPDATE, record.id, [...args, "0"], options);
    if (reply[0] === INDEX_FIRST && record.owner !== null) {
      await this.#owners.add("update a session", record.owner, record, now, options?.signal);
      reply = await this.#evaluateList("update a session", UPDATE, record.id, [...args, "1"], options);
    }
    if (reply[0] === 1) {
      const formerOwner = textOf(reply[1]);
      if (formerOwner !== undefined && formerOwner !== record.owner) await this.#owners.remove(formerOwner, [record.id], options?.signal);
      return UPDATED;
    }
    const current = reply[0] === 0 ? readFields(record.id, reply.slice(1), now) : null;
    if (current === null) return GONE;
    // Of two sendings the second meets what the first has stored.
    if (current.version === record.version) return UPDATED;
    // Or what somebody has stored on top of it: this write may be in there, and must not be made once more.
    if (this.#connection.losses.count !== losses) throw sentTwice("update a session");
    return { outcome: "conflict", current };
  }

  async touch(id: string, version: string, lastSeenAt: number, expiresAt: number, options?: StoreCallOptions): Promise<boolean> {
    const now = this.#now(options);
    const args = [String(now), version, String(lastSeenAt), String(expiresAt)];
    const reply = await this.#evaluate("renew a session", TOUCH, id, [...args, "0"], options);
    if (!Array.isArray(reply)) return reply === 1;
    const [owner, idle] = [textOf(reply[1]) ?? "", textOf(reply[2])];
    await this.#owners.add("renew a session", owner, { id, expiresAt, idleSeconds: Number(idle) || null, endsAt: null }, now, options?.signal);
    return (await this.#evaluate("renew a session", TOUCH, id, [...args, "1"], options)) === 1;
  }

  async delete(id: string, expectedVersion?: string, options?: StoreCallOptions): Promise<DeleteOutcome> {
    const args = [String(this.#now(options)), expectedVersion === undefined ? "-" : `=${expectedVersion}`];
    const losses = this.#connection.losses.count;
    const reply = await this.#evaluateList("delete a session", DELETE, id, args, options);
    if (reply[0] === -1) return "conflict";
    if (reply[0] !== 1) {
      if (this.#connection.losses.count !== losses) throw sentTwice("delete a session");
      return "gone";
    }
    const owner = textOf(reply[1]);
    if (owner !== undefined) await this.#owners.remove(owner, [id], undefined);
    return "deleted";
  }

  async listByOwner(owner: string, options?: StoreCallOptions): Promise<SessionRecord[]> {
    const now = this.#now(options);
    const entries = await this.#owners.list("list an owner's sessions", owner, now, options?.signal);
    const records: SessionRecord[] = [];
    const dead: string[] = [];
    await inBatches(entries, async ({ id, isOld }) => {
      const record = await this.read(id, { ...options, now });
      if (record?.owner === owner) records.push(record);
      else if (isOld) dead.push(id);
    });
    await this.#owners.remove(owner, dead, options?.signal);
    return records.sort((a, b) => b.lastSeenAt - a.lastSeenAt);
  }

  async deleteByOwner(owner: string, options?: StoreCallOptions & { readonly exceptId?: string }): Promise<number> {
    const now = this.#now(options);
    const done = new Set<string>();
    let count = 0;
    for (;;) {
      const entries = await this.#owners.list("delete an owner's sessions", owner, now, options?.signal);
      const fresh = entries.filter(({ id }) => id !== options?.exceptId && !done.has(id));
      if (fresh.length === 0) return count;
      const deleted: string[] = [];
      await inBatches(fresh, async ({ id }) => {
        done.add(id);
        const wasOwned = (await this.#evaluate("delete an owner's sessions", DELETE_IF_OWNED, id, [String(now), owner], options)) === 1;
        if (wasOwned) deleted.push(id);
      });
      count += deleted.length;
      await this.#owners.remove(owner, deleted, options?.signal);
    }
  }

  async scan(cursor: string | null, limit: number, options?: StoreCallOptions): Promise<{ records: SessionRecord[]; next: string | null }> {
    const now = this.#now(options);
    const stem = `${this.#connection.keyPrefix}${this.#prefix}s:`;
    const primaries = await this.#commands.primaries("walk over sessions", options?.signal);
    const { keys, next } = await scanKeys(primaries, cursor, limit, `${escapePattern(stem)}*`, (primary, args) =>
      this.#commands.sendTo("walk over sessions", primary, args, options?.signal),
    );
    const records: SessionRecord[] = [];
    await inBatches(keys, async (key) => {
      const id = key.slice(stem.length);
      const record = isPlain(id) ? await this.read(id, { ...options, now }) : null;
      if (record !== null) records.push(record);
    });
    return { records, next };
  }

  /** Which primary of a Cluster a session is on, for those who watch servers one by one. */
  serverOf(id: string): string | undefined {
    return this.#connection.serverOf?.(this.#key(id));
  }

  async #prune(owner: string, ids: readonly string[], now: number, signal: AbortSignal | undefined): Promise<void> {
    const records = await Promise.all(ids.map((id) => this.read(id, { now })));
    await this.#owners.remove(owner, ids.filter((_id, index) => records[index]?.owner !== owner), signal);
  }

  #evaluate(operation: string, script: Script, id: string, args: readonly string[], options: StoreCallOptions | undefined): Promise<unknown> {
    return this.#commands.evaluate(operation, script, this.#key(id), args, options?.signal);
  }

  async #evaluateList(operation: string, script: Script, id: string, args: readonly string[], options: StoreCallOptions | undefined): Promise<readonly unknown[]> {
    const reply = await this.#evaluate(operation, script, id, args, options);
    return Array.isArray(reply) ? reply : [];
  }

  #key(id: string): string {
    return safeKey(this.#prefix, "s", id);
  }

  #now(options: StoreCallOptions | undefined): number {
    return options?.now ?? this.#clock.now();
  }
}

/** The update script's answer when the owner's index must have the id before the record names the owner. */
const INDEX_FIRST = 2;

const sentTwice = (operation: string): StoreUnavailable =>
  new StoreUnavailable(operation, "unknown", { cause: new Error("A connection was lost before the answer, and the client may have sent the command again: what the first one did is not known.") });

const ownerArgument = (record: SessionRecord): string => (record.owner === null ? "-" : `=${record.owner}`);

/** SCAN takes a glob, and a prefix may have braces in it, which are none; the characters that matter cannot occur. */
const escapePattern = (text: string): string => text.replace(/[*?[\]\\]/g, "\\$&");

async function inBatches<T>(items: readonly T[], each: (item: T) => Promise<void>): Promise<void> {
  for (let index = 0; index < items.length; index += BATCH) await Promise.all(items.slice(index, index + BATCH).map(each));
}
