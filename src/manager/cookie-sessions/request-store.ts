import { isRenewalDue, renewTimes } from "../../session/expiry.ts";
import type { Epochs } from "../../store/epochs.ts";
import { GONE, UPDATED, type DeleteOutcome, type ReadOptions, type SessionRecord, type SessionStore, type StoreCallOptions, type StoreCapabilities, type UpdateOutcome } from "../../store/store.ts";
import { systemClock } from "../../clock.ts";
import type { Enveloped } from "./envelope.ts";

/** What a session that lives in the cookie can promise: its owner's copy is the only one, so nothing can be compared. */
export const COOKIE_CAPABILITIES: StoreCapabilities = Object.freeze({ compareAndSet: false, renewsOnRead: true, durable: true, shared: "network", ownExpiry: true, immediate: true, mayEvict: true });

/**
 * The store of one request whose records live in the cookie: it holds what came with the request and what is to be sent back.
 */
export class RequestStore implements SessionStore {
  readonly name: string;
  readonly capabilities: StoreCapabilities = COOKIE_CAPABILITIES;
  readonly #epochs: Epochs | null;
  readonly #records = new Map<string, Enveloped>();

  /** @param opened the id that the token stands for, and what the cookie held */
  constructor(name: string, epochs: Epochs | null, opened: { readonly lookupId: string; readonly enveloped: Enveloped } | null) {
    this.name = name;
    this.#epochs = epochs;
    if (opened !== null) {
      this.#records.set(opened.lookupId, opened.enveloped);
      this.#records.set(opened.enveloped.record.id, opened.enveloped);
    }
  }

  /** What the cookie for a record has to say about its user. */
  epochOf(id: string): number {
    return this.#records.get(id)?.epoch ?? 0;
  }

  async read(id: string, options: ReadOptions = {}): Promise<SessionRecord | null> {
    const now = options.now ?? systemClock.now();
    const found = this.#records.get(id);
    if (found === undefined || found.record.expiresAt <= now) return null;
    const { record, epoch } = found;
    // Raised by a logout, a password change or "sign out everywhere": every older copy of the cookie is void.
    if (record.owner !== null && this.#epochs !== null && (await this.#epochs.read(record.owner)) !== epoch) return null;
    if (options.renew === undefined || !isRenewalDue(record, options.renew.fraction, now)) return record;
    return this.#put({ ...record, ...renewTimes(record, now) }, epoch);
  }

  async create(record: SessionRecord): Promise<boolean> {
    if (this.#records.has(record.id)) return false;
    this.#put(record, await this.#epochFor(record));
    return true;
  }

  async update(record: SessionRecord): Promise<UpdateOutcome> {
    const known = this.#records.get(record.id);
    if (known === undefined) return GONE;
    this.#put(record, known.record.owner === record.owner ? known.epoch : await this.#epochFor(record));
    return UPDATED;
  }

  async touch(id: string, _version: string, lastSeenAt: number, expiresAt: number): Promise<boolean> {
    const known = this.#records.get(id);
    if (known === undefined) return false;
    this.#put({ ...known.record, lastSeenAt: Math.max(known.record.lastSeenAt, lastSeenAt), expiresAt }, known.epoch);
    return true;
  }

  /** Without a version this is a logout: every copy of the user's cookies ends with it. */
  async delete(id: string, expectedVersion?: string, _options?: StoreCallOptions): Promise<DeleteOutcome> {
    const known = this.#records.get(id);
    if (known === undefined) return "gone";
    if (expectedVersion === undefined && known.record.owner !== null) await this.#epochs?.raise(known.record.owner);
    this.#records.delete(id);
    return "deleted";
  }

  #put(record: SessionRecord, epoch: number): SessionRecord {
    this.#records.set(record.id, { record, epoch });
    return record;
  }

  async #epochFor({ owner }: SessionRecord): Promise<number> {
    return owner === null || this.#epochs === null ? 0 : this.#epochs.read(owner);
  }
}
