import type { SessionState } from "../../session/state.ts";
import type { Epochs } from "../../store/epochs.ts";
import { GONE, UPDATED, type DeleteOutcome, type SessionRecord, type SessionStore, type StoreCallOptions, type StoreCapabilities, type UpdateOutcome } from "../../store/store.ts";
import { systemClock } from "../../clock.ts";
import type { Enveloped } from "./envelope.ts";
import type { OpenedCookie } from "./opened-cookies.ts";

/** What a session that lives in the cookie can promise: its owner's copy is the only one, so nothing can be compared. */
export const COOKIE_CAPABILITIES: StoreCapabilities = Object.freeze({ compareAndSet: false, durable: true, shared: "network", ownExpiry: true, immediate: true, mayEvict: true });

/**
 * The store of one request whose records live in the cookie: it holds what came with the request and what is to be sent back.
 */
export class RequestStore implements SessionStore {
  readonly name: string;
  readonly capabilities: StoreCapabilities = COOKIE_CAPABILITIES;
  readonly #epochs: Epochs | null;
  /** The id that the token stands for: it is looked up once, before anything is written. */
  readonly #opened: OpenedCookie | null;
  readonly #session: Pick<SessionState, "owner">;
  /** Made by the first write: a request that only reads needs none. */
  #records: Map<string, Enveloped> | null = null;

  /**
   * @param opened what came with the request
   * @param session says whether this request has found out anew whose session it is
   */
  constructor(name: string, epochs: Epochs | null, opened: OpenedCookie | null, session: Pick<SessionState, "owner">) {
    this.name = name;
    this.#epochs = epochs;
    this.#opened = opened;
    this.#session = session;
  }

  /** What the cookie for a record has to say about its user. */
  epochOf(id: string): number {
    return this.#find(id)?.epoch ?? 0;
  }

  async read(id: string, options: StoreCallOptions = {}): Promise<SessionRecord | null> {
    const now = options.now ?? systemClock.now();
    const found = this.#find(id);
    if (found === undefined || found.record.expiresAt <= now) return null;
    const { record, epoch } = found;
    // Raised by a logout, a password change or "sign out everywhere": every older copy of the cookie is void.
    if (record.owner !== null && this.#epochs !== null && (await this.#epochs.read(record.owner)) !== epoch) return null;
    return record;
  }

  async create(record: SessionRecord): Promise<boolean> {
    if (this.#find(record.id) !== undefined) return false;
    this.#put(record, this.#carriedEpoch(record) ?? (await this.#epochFor(record)));
    return true;
  }

  async update(record: SessionRecord): Promise<UpdateOutcome> {
    const known = this.#find(record.id);
    if (known === undefined) return GONE;
    this.#put(record, known.record.owner === record.owner ? known.epoch : await this.#epochFor(record));
    return UPDATED;
  }

  async touch(id: string, _version: string, lastSeenAt: number, expiresAt: number): Promise<boolean> {
    const known = this.#find(id);
    if (known === undefined) return false;
    this.#put({ ...known.record, lastSeenAt: Math.max(known.record.lastSeenAt, lastSeenAt), expiresAt }, known.epoch);
    return true;
  }

  /** Without a version this is a logout: every copy of the user's cookies ends with it. */
  async delete(id: string, expectedVersion?: string, _options?: StoreCallOptions): Promise<DeleteOutcome> {
    const known = this.#find(id);
    if (known === undefined) return "gone";
    if (expectedVersion === undefined && known.record.owner !== null) await this.#epochs?.raise(known.record.owner);
    this.#written().delete(id);
    return "deleted";
  }

  #find(id: string): Enveloped | undefined {
    if (this.#records !== null) return this.#records.get(id);
    const opened = this.#opened;
    return opened !== null && (id === opened.lookupId || id === opened.enveloped.record.id) ? opened.enveloped : undefined;
  }

  #written(): Map<string, Enveloped> {
    if (this.#records !== null) return this.#records;
    this.#records = new Map();
    if (this.#opened !== null) {
      if (this.#opened.lookupId !== null) this.#records.set(this.#opened.lookupId, this.#opened.enveloped);
      this.#records.set(this.#opened.enveloped.record.id, this.#opened.enveloped);
    }
    return this.#records;
  }

  #put(record: SessionRecord, epoch: number): void {
    this.#written().set(record.id, { record, epoch });
  }

  /**
   * A session that only moves is worth what it was when it was opened: the user may have ended it since. Only a login, or whatever else
   * asks for the user's proof, makes it one of today.
   */
  #carriedEpoch({ owner }: SessionRecord): number | null {
    const opened = this.#opened?.enveloped;
    return opened !== undefined && opened.record.owner === owner && this.#session.owner === undefined ? opened.epoch : null;
  }

  async #epochFor({ owner }: SessionRecord): Promise<number> {
    return owner === null || this.#epochs === null ? 0 : this.#epochs.read(owner);
  }
}
