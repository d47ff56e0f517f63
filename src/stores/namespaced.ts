import { handOn, isByOwner, isScannable } from "../store/capabilities.ts";
import type { DeleteOutcome, SessionRecord, SessionStore, StoreCallOptions, StoreCapabilities, UpdateOutcome } from "../store/store.ts";

/** What concerns no single application, or none's records. */
const PASSED_THROUGH = ["sweep", "migrate", "pendingMigrations", "close", "tryLease"] as const;

/**
 * One application's part of a store that others use, too. Tokens are kept apart by their digests already; this keeps apart what is found
 * without a token: a user's sessions, and walks over all of them. Two applications have a user with the id 1 each.
 *
 * Owner and data of a record begin with the namespace, and lose it on their way out. A record without the namespace is not there.
 */
export class NamespacedStore implements SessionStore {
  readonly name: string;
  readonly capabilities: StoreCapabilities;
  readonly #inner: SessionStore;
  readonly #mark: string;

  /** @param namespace letters, digits, dots, dashes and underscores: nothing that a mark ends with */
  constructor(inner: SessionStore, namespace: string) {
    this.name = inner.name;
    this.capabilities = inner.capabilities;
    this.#inner = inner;
    this.#mark = `${namespace}/`;
    this.#offerCapabilities();
  }

  async read(id: string, options?: StoreCallOptions): Promise<SessionRecord | null> {
    const stored = await this.#inner.read(id, options);
    return stored === null ? null : this.#unmark(stored);
  }

  create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean> {
    return this.#inner.create(this.#markRecord(record), options);
  }

  async update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
    const outcome = await this.#inner.update(this.#markRecord(record), expectedVersion, options);
    if (outcome.outcome !== "conflict") return outcome;
    const current = this.#unmark(outcome.current);
    return current === null ? { outcome: "gone" } : { outcome: "conflict", current };
  }

  touch(id: string, version: string, lastSeenAt: number, expiresAt: number, options?: StoreCallOptions): Promise<boolean> {
    return this.#inner.touch(id, version, lastSeenAt, expiresAt, options);
  }

  delete(id: string, expectedVersion?: string, options?: StoreCallOptions): Promise<DeleteOutcome> {
    return this.#inner.delete(id, expectedVersion, options);
  }

  #markRecord(record: SessionRecord): SessionRecord {
    return { ...record, owner: record.owner === null ? null : this.#mark + record.owner, data: this.#mark + record.data };
  }

  /** Null for another application's. */
  #unmark(stored: SessionRecord): SessionRecord | null {
    const { length } = this.#mark;
    if (!stored.data.startsWith(this.#mark)) return null;
    if (stored.owner !== null && !stored.owner.startsWith(this.#mark)) return null;
    return { ...stored, owner: stored.owner === null ? null : stored.owner.slice(length), data: stored.data.slice(length) };
  }

  /** What the store underneath can do, this one can as well: capabilities are found by their methods. */
  #offerCapabilities(): void {
    const inner = this.#inner;
    const own = (records: readonly SessionRecord[]): SessionRecord[] => records.flatMap((record) => this.#unmark(record) ?? []);
    const methods = handOn(inner, PASSED_THROUGH);
    if (isByOwner(inner)) {
      methods["listByOwner"] = async (owner: string, options?: StoreCallOptions) => own(await inner.listByOwner(this.#mark + owner, options));
      methods["deleteByOwner"] = (owner: string, options?: StoreCallOptions & { readonly exceptId?: string }) => inner.deleteByOwner(this.#mark + owner, options);
    }
    if (isScannable(inner)) {
      methods["scan"] = async (cursor: string | null, limit: number, options?: StoreCallOptions) => {
        const page = await inner.scan(cursor, limit, options);
        return { ...page, records: own(page.records) };
      };
    }
    Object.assign(this, methods);
  }
}
