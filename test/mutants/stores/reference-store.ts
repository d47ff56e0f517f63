import type { ByOwner, Closable, Leasable, Migratable, Scannable, Sweepable } from "../../../src/store/capabilities.ts";
import type { DeleteOutcome, SessionRecord, SessionStore, StoreCallOptions, StoreCapabilities, UpdateOutcome } from "../../../src/store/store.ts";

/** What several clients of one reference store share: the "server". */
export class ReferenceData {
  records = new Map<string, SessionRecord>();
  readonly spoiled = new Set<string>();
  isMigrated = false;
  readonly leases = new Map<string, { readonly holder: object; readonly until: number }>();
}

/** The plainest store that keeps the whole contract. Mutants change one method of it. */
export class ReferenceStore implements SessionStore, Sweepable, ByOwner, Scannable, Migratable, Leasable, Closable {
  readonly name: string = "reference";
  readonly capabilities: StoreCapabilities = {
    compareAndSet: true,
    durable: true,
    shared: "network",
    ownExpiry: false,
    immediate: true,
    mayEvict: false,
  };
  readonly data: ReferenceData;
  isClosed = false;

  constructor(data: ReferenceData) {
    this.data = data;
  }

  /** The stored object itself, when it is live. */
  live(id: string, options: StoreCallOptions | undefined): SessionRecord | undefined {
    const record = this.data.records.get(id);
    return record && !this.data.spoiled.has(id) && record.expiresAt > this.now(options) ? record : undefined;
  }

  now(options: StoreCallOptions | undefined): number {
    return options?.now ?? Date.now();
  }

  begin(options: StoreCallOptions | undefined): void {
    options?.signal?.throwIfAborted();
  }

  put(record: SessionRecord): void {
    this.data.records.set(record.id, { ...record });
  }

  /** Gives others a turn, as a store across a network does between two calls. */
  pause(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(resolve);
    });
  }

  async read(id: string, options?: StoreCallOptions): Promise<SessionRecord | null> {
    this.begin(options);
    const record = this.live(id, options);
    return record ? { ...record } : null;
  }

  async create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean> {
    this.begin(options);
    if (this.live(record.id, options)) return false;
    this.put(record);
    return true;
  }

  async update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
    this.begin(options);
    const current = this.live(record.id, options);
    if (!current) return { outcome: "gone" };
    if (!this.sameVersion(current.version, expectedVersion)) return { outcome: "conflict", current: { ...current } };
    this.put(record);
    return { outcome: "updated" };
  }

  sameVersion(stored: string, expected: string): boolean {
    return stored === expected;
  }

  async touch(id: string, version: string, lastSeenAt: number, expiresAt: number, options?: StoreCallOptions): Promise<boolean> {
    this.begin(options);
    const record = this.live(id, options);
    if (record?.version !== version) return false;
    if (lastSeenAt >= record.lastSeenAt) this.put({ ...record, lastSeenAt, expiresAt });
    return true;
  }

  async delete(id: string, expectedVersion?: string, options?: StoreCallOptions): Promise<DeleteOutcome> {
    this.begin(options);
    const record = this.live(id, options);
    if (!record) return "gone";
    if (expectedVersion !== undefined && record.version !== expectedVersion) return "conflict";
    this.data.records.delete(id);
    return "deleted";
  }

  expired(now: number): SessionRecord[] {
    return [...this.data.records.values()].filter((one) => one.expiresAt <= now);
  }

  async sweep(limit: number, options?: StoreCallOptions): Promise<number> {
    const doomed = this.expired(this.now(options)).slice(0, limit);
    for (const one of doomed) this.data.records.delete(one.id);
    return doomed.length;
  }

  ownedBy(owner: string): SessionRecord[] {
    return [...this.data.records.values()].filter((one) => one.owner === owner);
  }

  async listByOwner(owner: string, options?: StoreCallOptions): Promise<SessionRecord[]> {
    const live = this.ownedBy(owner).filter((one) => one.expiresAt > this.now(options));
    return live.sort((a, b) => b.lastSeenAt - a.lastSeenAt).map((one) => ({ ...one }));
  }

  async deleteByOwner(owner: string, options?: StoreCallOptions & { readonly exceptId?: string }): Promise<number> {
    const doomed = this.ownedBy(owner).filter((one) => one.id !== options?.exceptId);
    for (const one of doomed) this.data.records.delete(one.id);
    return doomed.length;
  }

  async scan(cursor: string | null, limit: number, options?: StoreCallOptions): Promise<{ records: SessionRecord[]; next: string | null }> {
    const live = [...this.data.records.values()].filter((one) => one.expiresAt > this.now(options) && one.id > (cursor ?? ""));
    const records = live.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
    return { records, next: records.length < limit ? null : (records.at(-1)?.id ?? null) };
  }

  async pendingMigrations(): Promise<string[]> {
    return this.data.isMigrated ? [] : ["make the table"];
  }

  async migrate(): Promise<string[]> {
    const done = await this.pendingMigrations();
    await this.pause();
    this.data.isMigrated = true;
    return done;
  }

  async tryLease(name: string, seconds: number, options?: StoreCallOptions): Promise<boolean> {
    const lease = this.data.leases.get(name);
    if (lease !== undefined && lease.holder !== this && lease.until > this.now(options)) return false;
    this.data.leases.set(name, { holder: this, until: this.now(options) + seconds * 1000 });
    return true;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
