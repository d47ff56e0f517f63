import { ConfigurationError, RecordCorrupt } from "../errors.ts";
import { publish } from "../manager/events.ts";
import type { Settings } from "../manager/settings.ts";
import { findSuccessor, isTombstone } from "../manager/successor.ts";
import { endReason, type EndReason } from "../session/expiry.ts";
import { isReserved } from "../session/keys.ts";
import { fitValues } from "../session/schema-fit.ts";
import type { SessionData } from "../session/session.ts";
import { isByOwner, isScannable } from "../store/capabilities.ts";
import type { Epochs } from "../store/epochs.ts";
import type { DeleteOutcome, SessionRecord, SessionStore } from "../store/store.ts";

/** A session as seen from outside a request. Its values are decoded when they are asked for. */
export interface SessionView<Data extends object = SessionData> {
  readonly id: string;
  readonly version: string;
  readonly owner: string | null;
  /** Instants are milliseconds since 1970. */
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  readonly endsBecause: EndReason;
  readonly persistent: boolean;
  /** Bytes of encoded text. */
  readonly bytes: number;
  /** The application's values, as a request would see them; null when the text cannot be read. */
  readonly values: Partial<Data> | null;
}

/** Which sessions to list. */
export interface ListOptions {
  /** Only this user's. */
  readonly owner?: string;
  /** At most so many. Default: 100. */
  readonly limit?: number;
}

/** Revoking a session that is written to meanwhile is tried so often at the version that was seen. */
const MOST_ATTEMPTS = 10;

/** `cloakroom.sessions`: looking at sessions and ending them, by id, for support desks and "your devices" pages. */
export class SessionAdministration<Data extends object = SessionData> {
  readonly #settings: Settings;
  readonly #store: SessionStore | null;
  readonly #epochs: Epochs | null;
  readonly #nodesTold: () => Promise<void>;

  /**
   * @param epochs of the users who own the sessions
   * @param nodesTold waits until the other nodes were told of what was ended
   */
  constructor(settings: Settings, store: SessionStore | null, epochs: Epochs | null, nodesTold: () => Promise<void>) {
    this.#settings = settings;
    this.#store = store;
    this.#epochs = epochs;
    this.#nodesTold = nodesTold;
  }

  /** Live sessions, a user's or anybody's. @throws ConfigurationError when the store cannot list */
  async list(options: ListOptions = {}): Promise<SessionView<Data>[]> {
    const store = this.#demandStore();
    const now = this.#settings.clock.now();
    const limit = options.limit ?? 100;
    if (options.owner !== undefined) {
      if (!isByOwner(store)) throw new ConfigurationError("store", `the ${store.name} store cannot list by user.`);
      return (await store.listByOwner(options.owner, { now })).slice(0, limit).map((record) => this.#view(record));
    }
    if (!isScannable(store)) throw new ConfigurationError("store", `the ${store.name} store cannot list sessions.`);
    const found: SessionRecord[] = [];
    let cursor: string | null = null;
    do {
      const page: { records: SessionRecord[]; next: string | null } = await store.scan(cursor, limit, { now });
      found.push(...page.records.filter((record) => !isTombstone(record)));
      cursor = page.next;
    } while (cursor !== null && found.length < limit);
    return found.slice(0, limit).map((record) => this.#view(record));
  }

  /** One session by its id (never its token), or by an id that it had before `rotateEvery`; null when it has ended. Django: `Session.objects.get(...).get_decoded()`. */
  async get(id: string): Promise<SessionView<Data> | null> {
    const record = await this.#find(this.#demandStore(), id);
    return record === null ? null : this.#view(record);
  }

  /** Ends one session. Whoever holds its cookie is a stranger with the next request. @returns whether it was alive */
  async revoke(id: string): Promise<boolean> {
    const store = this.#demandStore();
    let outcome: DeleteOutcome = "conflict";
    for (let attempt = 1; outcome === "conflict"; attempt++) {
      const record = await this.#find(store, id);
      // At the version that was seen, because it may be rotated away in between; not for ever, because it may be written to all the time.
      const version = attempt < MOST_ATTEMPTS ? record?.version : undefined;
      outcome = record === null ? "gone" : await store.delete(record.id, version, { now: this.#settings.clock.now() });
    }
    publish("session.revoked", { id });
    await this.#nodesTold();
    return outcome === "deleted";
  }

  /**
   * Ends every session of a user, except one if given. Where `auth.users` has epochs and none is excepted, logins that are just being made
   * and sessions that the store's list missed end with them.
   *
   * @returns how many the store listed
   */
  async revokeAll(owner: string, options: { readonly exceptId?: string } = {}): Promise<number> {
    const store = this.#demandStore();
    if (!isByOwner(store)) throw new ConfigurationError("store", `the ${store.name} store cannot revoke by user.`);
    if (options.exceptId === undefined) await this.#epochs?.raise(owner);
    const count = await store.deleteByOwner(owner, { ...options, now: this.#settings.clock.now() });
    publish("session.revoked", { owner, count });
    await this.#nodesTold();
    return count;
  }

  /** The session of an id, also when it was periodically rotated to another one since. */
  async #find(store: SessionStore, id: string): Promise<SessionRecord | null> {
    const read = (one: string): Promise<SessionRecord | null> => store.read(one, { now: this.#settings.clock.now() });
    const record = await read(id);
    return record === null || !isTombstone(record) ? record : findSuccessor(record, read);
  }

  #demandStore(): SessionStore {
    if (this.#store === null) throw new ConfigurationError("store", "sessions that live in the cookie cannot be listed or revoked one by one at the server.");
    return this.#store;
  }

  #view(record: SessionRecord): SessionView<Data> {
    const { codec, schema } = this.#settings;
    const { id, version, owner, createdAt, lastSeenAt, expiresAt, persistent, data } = record;
    return {
      id,
      version,
      owner,
      createdAt,
      lastSeenAt,
      expiresAt,
      endsBecause: endReason(record),
      persistent,
      bytes: Buffer.byteLength(data),
      get values(): Partial<Data> | null {
        try {
          const decoded = codec.decode(data);
          const { values } = schema === null ? decoded : fitValues(schema, codec, decoded.values, decoded.tagged);
          return Object.fromEntries(Object.entries(values).filter(([key]) => !isReserved(key))) as Partial<Data>;
        } catch (error) {
          if (error instanceof RecordCorrupt) return null;
          throw error;
        }
      },
    };
  }
}
