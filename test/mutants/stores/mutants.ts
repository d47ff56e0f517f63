import type { DeleteOutcome, SessionRecord, StoreCallOptions, UpdateOutcome } from "../../../src/store/store.ts";
import { ReferenceStore, type ReferenceData } from "./reference-store.ts";

/** A store with one fault, and the beginnings of the names of cases that must notice it. */
export interface StoreMutant {
  readonly name: string;
  readonly caughtBy: readonly string[];
  readonly Store: new (data: ReferenceData) => ReferenceStore;
}

const mutant = (name: string, caughtBy: readonly string[], Store: StoreMutant["Store"]): StoreMutant => ({ name, caughtBy, Store });

const DAY_MS = 86_400_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Reading and expiry. */
const readers: readonly StoreMutant[] = [
  mutant("adopts ids that it does not know", ["read: an id that nobody created", "update: a record that was never there"], class extends ReferenceStore {
    override async read(id: string, options?: StoreCallOptions): Promise<SessionRecord | null> {
      const now = this.now(options);
      if (!this.data.records.has(id)) this.put({ id, data: "{}", version: "v", owner: null, createdAt: now, lastSeenAt: now, expiresAt: now + DAY_MS, idleSeconds: 60, endsAt: null, persistent: true });
      return super.read(id, options);
    }
  }),
  mutant("ignores expiry", ["read: at its limit", "create: an expired record", "update: an expired record", "touch: an expired record", "delete: an expired record"], class extends ReferenceStore {
    override live(id: string): SessionRecord | undefined {
      return this.data.spoiled.has(id) ? undefined : this.data.records.get(id);
    }
  }),
  mutant("lives one millisecond too long", ["read: at its limit", "lifetime: ends are kept"], class extends ReferenceStore {
    override live(id: string, options: StoreCallOptions | undefined): SessionRecord | undefined {
      return super.live(id, { now: this.now(options) - 1 });
    }
  }),
  mutant("has no clock of its own", ["read: without `now`"], class extends ReferenceStore {
    override now(options: StoreCallOptions | undefined): number {
      return options?.now ?? 0;
    }
  }),
  mutant("asks the machine's clock, whatever the caller's says", ["read: `now` is the caller's"], class extends ReferenceStore {
    override now(): number {
      return Date.now();
    }
  }),
  mutant("keeps records in a plain object", ["read: an id that is no id"], class extends ReferenceStore {
    override async read(id: string, options?: StoreCallOptions): Promise<SessionRecord | null> {
      const records: Record<string, SessionRecord> = Object.fromEntries(this.data.records);
      return records[id] === undefined ? null : ((await super.read(id, options)) ?? ({ ...records[id] } as SessionRecord));
    }
  }),
  mutant("throws at ids of another shape", ["read: an id that is no id"], class extends ReferenceStore {
    override live(id: string, options: StoreCallOptions | undefined): SessionRecord | undefined {
      if (!/^[\w-]+$/.test(id)) throw new Error("bad id");
      return super.live(id, options);
    }
  }),
  mutant("throws at a spoiled record", ["read: a record that cannot be read"], class extends ReferenceStore {
    override live(id: string, options: StoreCallOptions | undefined): SessionRecord | undefined {
      if (this.data.spoiled.has(id)) throw new SyntaxError("unexpected token");
      return super.live(id, options);
    }
  }),
  mutant("hands out what it stores", ["read: what is returned is a copy"], class extends ReferenceStore {
    override async read(id: string, options?: StoreCallOptions): Promise<SessionRecord | null> {
      return (await super.read(id, options)) && (this.data.records.get(id) ?? null);
    }
  }),
  mutant("slides at every read", ["read: moves nothing"], class extends ReferenceStore {
    override async read(id: string, options?: StoreCallOptions): Promise<SessionRecord | null> {
      const record = this.live(id, options);
      if (record !== undefined && record.idleSeconds !== null) this.put({ ...record, lastSeenAt: this.now(options), expiresAt: this.now(options) + record.idleSeconds * 1000 });
      return super.read(id, options);
    }
  }),
  mutant("shows times that it does not keep", ["read: moves nothing"], class extends ReferenceStore {
    override async read(id: string, options?: StoreCallOptions): Promise<SessionRecord | null> {
      const record = await super.read(id, options);
      return record && { ...record, lastSeenAt: Math.max(record.lastSeenAt, this.now(options)) };
    }
  }),
  mutant("ignores signals", ["signal: a call that was aborted"], class extends ReferenceStore {
    override begin(): void {}
  }),
  mutant("leaves listeners on signals", ["signal: one that is not aborted"], class extends ReferenceStore {
    override begin(options: StoreCallOptions | undefined): void {
      super.begin(options);
      options?.signal?.addEventListener("abort", () => {});
    }
  }),
  mutant("rejects with an error of its own when aborted", ["signal: a call that was aborted"], class extends ReferenceStore {
    override begin(options: StoreCallOptions | undefined): void {
      if (options?.signal?.aborted) throw new Error("aborted");
    }
  }),
];

/** What is written, and for how long. */
const writers: readonly StoreMutant[] = [
  mutant("blind upsert in create", ["create: a taken id", "race: 50 create one id"], class extends ReferenceStore {
    override async create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean> {
      this.begin(options);
      this.put(record);
      return true;
    }
  }),
  mutant("create says false, but writes", ["create: a taken id"], class extends ReferenceStore {
    override async create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean> {
      const created = await super.create(record, options);
      this.put(record);
      return created;
    }
  }),
  mutant("create trips over expired records", ["create: an expired record"], class extends ReferenceStore {
    override async create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean> {
      return !this.data.records.has(record.id) && super.create(record, options);
    }
  }),
  mutant("create keeps fields of the expired record", ["create: an expired record"], class extends ReferenceStore {
    override create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean> {
      return super.create({ ...record, owner: record.owner ?? this.data.records.get(record.id)?.owner ?? null }, options);
    }
  }),
  mutant("create looks, waits, writes", ["race: 50 create one id"], class extends ReferenceStore {
    override async create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean> {
      this.begin(options);
      if (this.live(record.id, options)) return false;
      await this.pause();
      this.put(record);
      return true;
    }
  }),
  mutant("keeps the caller's object", ["create: what was handed in"], class extends ReferenceStore {
    override put(record: SessionRecord): void {
      this.data.records.set(record.id, record);
    }
  }),
  mutant("writes are seen by others later", ["create: a fresh id"], class extends ReferenceStore {
    readonly #own = new Map<string, SessionRecord>();
    override put(record: SessionRecord): void {
      this.#own.set(record.id, { ...record });
      setImmediate(() => this.data.records.set(record.id, { ...record }));
    }
    override live(id: string, options: StoreCallOptions | undefined): SessionRecord | undefined {
      const own = this.#own.get(id);
      return super.live(id, options) ?? (own && own.expiresAt > this.now(options) ? own : undefined);
    }
    override async read(id: string, options?: StoreCallOptions): Promise<SessionRecord | null> {
      this.begin(options);
      const record = this.live(id, options);
      return record ? { ...record } : null;
    }
  }),
  mutant("forgets whether the cookie is persistent", ["round trip: every field", "update: every field"], class extends ReferenceStore {
    override put(record: SessionRecord): void {
      super.put({ ...record, persistent: true });
    }
  }),
  mutant("gives null as undefined", ["round trip: every field"], class extends ReferenceStore {
    override async read(id: string, options?: StoreCallOptions): Promise<SessionRecord | null> {
      const record = await super.read(id, options);
      return record && { ...record, endsAt: record.endsAt ?? (undefined as unknown as null) };
    }
  }),
  mutant("trims texts", ["round trip: odd text", "round trip: odd owners"], class extends ReferenceStore {
    override put(record: SessionRecord): void {
      super.put({ ...record, data: record.data.trim(), owner: record.owner?.trim() ?? null });
    }
  }),
  mutant("knows three bytes of UTF-8", ["round trip: odd text"], class extends ReferenceStore {
    override put(record: SessionRecord): void {
      super.put({ ...record, data: record.data.replaceAll(/\p{Surrogate}|[\u{10000}-\u{10FFFF}]/gu, "?") });
    }
  }),
  mutant("cuts texts at 64 KiB", ["round trip: 200 KiB"], class extends ReferenceStore {
    override put(record: SessionRecord): void {
      super.put({ ...record, data: record.data.slice(0, 65_535) });
    }
  }),
  mutant("takes an empty owner for none", ["round trip: odd owners"], class extends ReferenceStore {
    override put(record: SessionRecord): void {
      super.put({ ...record, owner: record.owner || null });
    }
  }),
  mutant("compares ids without case", ["round trip: ids are compared exactly"], class extends ReferenceStore {
    override live(id: string, options: StoreCallOptions | undefined): SessionRecord | undefined {
      const match = [...this.data.records.keys()].find((one) => one.toLowerCase() === id.toLowerCase());
      return match === undefined ? undefined : super.live(match, options);
    }
  }),
  mutant("keeps whole seconds", ["lifetime: ends are kept", "round trip: every field"], class extends ReferenceStore {
    override put(record: SessionRecord): void {
      super.put({ ...record, expiresAt: Math.floor(record.expiresAt / 1000) * 1000 });
    }
  }),
  mutant("expires by a timer", ["lifetime: longer than the longest timer", "lifetime: longer than memcached's", "lifetime: ten years"], class extends ReferenceStore {
    override put(record: SessionRecord): void {
      super.put(record);
      const wait = Math.max(1, record.expiresAt - Date.now());
      // Node fires a timer that is too long after a millisecond (and warns); so does this one.
      setTimeout(() => this.data.records.delete(record.id), wait > LONGEST_TIMER_MS ? 1 : wait).unref();
    }
  }),
  mutant("takes more than 30 days for a date, as memcached does", ["lifetime: longer than memcached's", "lifetime: ten years"], class extends ReferenceStore {
    override put(record: SessionRecord): void {
      const isTooLong = record.expiresAt - record.lastSeenAt > 30 * DAY_MS;
      super.put(isTooLong ? { ...record, expiresAt: 0 } : record);
    }
  }),
];

/** Update, touch and delete. */
const changers: readonly StoreMutant[] = [
  mutant("update that inserts", ["update: a record that was never there", "update: a deleted record", "race: a slow write never revives", "sweep: a slow write"], class extends ReferenceStore {
    override async update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
      const answer = await super.update(record, expectedVersion, options);
      if (answer.outcome !== "gone") return answer;
      this.put(record);
      return { outcome: "updated" };
    }
  }),
  mutant("update that ignores the version", ["update: a conflict changes nothing", "race: 50 writers"], class extends ReferenceStore {
    override sameVersion(): boolean {
      return true;
    }
  }),
  mutant("update that compares, waits, writes", ["race: 50 writers", "race: a slow write never revives"], class extends ReferenceStore {
    override async update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
      this.begin(options);
      const current = this.live(record.id, options);
      await this.pause();
      if (!current) return { outcome: "gone" };
      if (current.version !== expectedVersion) return { outcome: "conflict", current: { ...current } };
      this.put(record);
      return { outcome: "updated" };
    }
  }),
  mutant("versions that count", ["update: every field is replaced"], class extends ReferenceStore {
    override update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
      return super.update({ ...record, version: `${expectedVersion}1` }, expectedVersion, options);
    }
  }),
  mutant("update that keeps the owner", ["update: every field is replaced", "by owner: follows the owner"], class extends ReferenceStore {
    override update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
      return super.update({ ...record, owner: this.data.records.get(record.id)?.owner ?? record.owner }, expectedVersion, options);
    }
  }),
  mutant("a conflict brings what the loser knew", ["update: a conflict changes nothing", "race: 50 writers"], class extends ReferenceStore {
    override async update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
      const answer = await super.update(record, expectedVersion, options);
      return answer.outcome === "conflict" ? { outcome: "conflict", current: { ...record, version: expectedVersion } } : answer;
    }
  }),
  mutant("a conflict is called gone", ["update: a conflict changes nothing", "update: versions are compared exactly"], class extends ReferenceStore {
    override async update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
      const answer = await super.update(record, expectedVersion, options);
      return answer.outcome === "conflict" ? { outcome: "gone" } : answer;
    }
  }),
  mutant("a conflict brings the stored object itself", ["update: what a conflict brings is a copy"], class extends ReferenceStore {
    override async update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
      const answer = await super.update(record, expectedVersion, options);
      return answer.outcome === "conflict" ? { outcome: "conflict", current: this.data.records.get(record.id) as SessionRecord } : answer;
    }
  }),
  mutant("compares versions without case", ["update: versions are compared exactly"], class extends ReferenceStore {
    override sameVersion(stored: string, expected: string): boolean {
      return stored.toLowerCase() === expected.toLowerCase();
    }
  }),
  mutant("update without a where", ["update: another record is left alone"], class extends ReferenceStore {
    override async update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
      const answer = await super.update(record, expectedVersion, options);
      if (answer.outcome === "updated") for (const id of this.data.records.keys()) this.put({ ...record, id });
      return answer;
    }
  }),
  mutant("touch that changes the version", ["touch: moves the two times and nothing else"], class extends ReferenceStore {
    override async touch(id: string, version: string, lastSeenAt: number, expiresAt: number, options?: StoreCallOptions): Promise<boolean> {
      const isTouched = await super.touch(id, version, lastSeenAt, expiresAt, options);
      if (isTouched) this.put({ ...(this.data.records.get(id) as SessionRecord), version: "touched" });
      return isTouched;
    }
  }),
  mutant("touch that only makes it longer", ["touch: may end a record earlier"], class extends ReferenceStore {
    override touch(id: string, version: string, lastSeenAt: number, expiresAt: number, options?: StoreCallOptions): Promise<boolean> {
      return super.touch(id, version, lastSeenAt, Math.max(expiresAt, this.data.records.get(id)?.expiresAt ?? 0), options);
    }
  }),
  mutant("touch where the last call wins", ["touch: the later of two visits counts"], class extends ReferenceStore {
    override async touch(id: string, version: string, lastSeenAt: number, expiresAt: number, options?: StoreCallOptions): Promise<boolean> {
      const isTouched = await super.touch(id, version, lastSeenAt, expiresAt, options);
      if (isTouched) this.put({ ...(this.data.records.get(id) as SessionRecord), lastSeenAt, expiresAt });
      return isTouched;
    }
  }),
  mutant("touch that ignores the version", ["touch: another version is stored"], class extends ReferenceStore {
    override touch(id: string, version: string, lastSeenAt: number, expiresAt: number, options?: StoreCallOptions): Promise<boolean> {
      return super.touch(id, this.live(id, options)?.version ?? version, lastSeenAt, expiresAt, options);
    }
  }),
  mutant("touch that creates", ["touch: makes nothing", "race: a slow touch"], class extends ReferenceStore {
    override async touch(id: string, version: string, lastSeenAt: number, expiresAt: number, options?: StoreCallOptions): Promise<boolean> {
      this.begin(options);
      if (!this.data.records.has(id)) this.put({ id, data: "{}", version, owner: null, createdAt: lastSeenAt, lastSeenAt, expiresAt, idleSeconds: 60, endsAt: null, persistent: true });
      return super.touch(id, version, lastSeenAt, expiresAt, options);
    }
  }),
  mutant("touch that looks, waits, writes", ["race: a slow touch", "touch: the later of two visits"], class extends ReferenceStore {
    override async touch(id: string, version: string, lastSeenAt: number, expiresAt: number, options?: StoreCallOptions): Promise<boolean> {
      this.begin(options);
      const record = this.live(id, options);
      await this.pause();
      if (record?.version !== version) return false;
      this.put({ ...record, lastSeenAt: Math.max(lastSeenAt, record.lastSeenAt), expiresAt });
      return true;
    }
  }),
  mutant("touch that revives the expired", ["touch: an expired record stays expired"], class extends ReferenceStore {
    override touch(id: string, version: string, lastSeenAt: number, expiresAt: number, options?: StoreCallOptions): Promise<boolean> {
      return super.touch(id, version, lastSeenAt, expiresAt, { ...options, now: 0 });
    }
  }),
  mutant("delete always says deleted", ["delete: removes it for every client", "delete: an expired record is gone"], class extends ReferenceStore {
    override async delete(id: string, expectedVersion?: string, options?: StoreCallOptions): Promise<DeleteOutcome> {
      const answer = await super.delete(id, expectedVersion, options);
      return answer === "gone" ? "deleted" : answer;
    }
  }),
  mutant("delete for this client only", ["delete: removes it for every client", "update: a deleted record stays dead"], class extends ReferenceStore {
    readonly #deleted = new Set<string>();
    override live(id: string, options: StoreCallOptions | undefined): SessionRecord | undefined {
      return this.#deleted.has(id) ? undefined : super.live(id, options);
    }
    override async delete(id: string, expectedVersion?: string, options?: StoreCallOptions): Promise<DeleteOutcome> {
      const record = this.live(id, options);
      const answer = await super.delete(id, expectedVersion, options);
      if (answer === "deleted" && record) {
        this.put(record);
        this.#deleted.add(id);
      }
      return answer;
    }
  }),
  mutant("delete that ignores the version", ["delete: with the stored version", "race: a delete with a version"], class extends ReferenceStore {
    override delete(id: string, _expectedVersion?: string, options?: StoreCallOptions): Promise<DeleteOutcome> {
      return super.delete(id, undefined, options);
    }
  }),
  mutant("delete that compares, waits, removes", ["race: a delete with a version"], class extends ReferenceStore {
    override async delete(id: string, expectedVersion?: string, options?: StoreCallOptions): Promise<DeleteOutcome> {
      this.begin(options);
      const record = this.live(id, options);
      if (expectedVersion !== undefined && record && record.version !== expectedVersion) return "conflict";
      await this.pause();
      return record && this.data.records.delete(id) ? "deleted" : "gone";
    }
  }),
  mutant("delete that wants the first version", ["delete: without a version it wins"], class extends ReferenceStore {
    readonly #first = new Map<string, string>();
    override put(record: SessionRecord): void {
      if (!this.#first.has(record.id)) this.#first.set(record.id, record.version);
      super.put(record);
    }
    override delete(id: string, expectedVersion?: string, options?: StoreCallOptions): Promise<DeleteOutcome> {
      return super.delete(id, expectedVersion ?? this.#first.get(id), options);
    }
  }),
  mutant("delete that counts the expired", ["delete: an expired record is gone"], class extends ReferenceStore {
    override delete(id: string, expectedVersion?: string, options?: StoreCallOptions): Promise<DeleteOutcome> {
      return super.delete(id, expectedVersion, { ...options, now: 0 });
    }
  }),
  mutant("delete leaves a tombstone that never goes", ["delete: the id is free again"], class extends ReferenceStore {
    readonly #dead = new Set<string>();
    override async delete(id: string, expectedVersion?: string, options?: StoreCallOptions): Promise<DeleteOutcome> {
      const answer = await super.delete(id, expectedVersion, options);
      if (answer === "deleted") this.#dead.add(id);
      return answer;
    }
    override async create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean> {
      return !this.#dead.has(record.id) && super.create(record, options);
    }
  }),
];

/** Sweeping, owners, walking, tables. */
const keepers: readonly StoreMutant[] = [
  mutant("sweep by the end at creation", ["sweep: goes by the end that a record has now"], class extends ReferenceStore {
    readonly #ends = new Map<string, number>();
    override async create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean> {
      this.#ends.set(record.id, record.expiresAt);
      return super.create(record, options);
    }
    override expired(now: number): SessionRecord[] {
      return super.expired(now).filter((one) => (this.#ends.get(one.id) ?? 0) <= now);
    }
  }),
  mutant("sweep without a limit", ["sweep: removes what has expired, in batches"], class extends ReferenceStore {
    override sweep(_limit: number, options?: StoreCallOptions): Promise<number> {
      return super.sweep(Infinity, options);
    }
  }),
  mutant("sweep that takes live records", ["sweep: removes what has expired, in batches"], class extends ReferenceStore {
    override expired(now: number): SessionRecord[] {
      return super.expired(now + 5000);
    }
  }),
  mutant("sweep that counts and removes nothing", ["sweep: removes what has expired, in batches", "sweep: a slow write does not bring back"], class extends ReferenceStore {
    override async sweep(limit: number, options?: StoreCallOptions): Promise<number> {
      return Math.min(limit, this.expired(this.now(options)).length);
    }
  }),
  mutant("sweep that looks, waits, removes", ["sweep: a record that is refreshed"], class extends ReferenceStore {
    override async sweep(limit: number, options?: StoreCallOptions): Promise<number> {
      const doomed = this.expired(this.now(options)).slice(0, limit);
      await this.pause();
      for (const one of doomed) this.data.records.delete(one.id);
      return doomed.length;
    }
  }),
  mutant("lists the expired", ["by owner: lists every live record"], class extends ReferenceStore {
    override listByOwner(owner: string, options?: StoreCallOptions): Promise<SessionRecord[]> {
      return super.listByOwner(owner, { ...options, now: 0 });
    }
  }),
  mutant("lists in any order", ["by owner: lists every live record"], class extends ReferenceStore {
    override async listByOwner(owner: string, options?: StoreCallOptions): Promise<SessionRecord[]> {
      return (await super.listByOwner(owner, options)).reverse();
    }
  }),
  mutant("trusts an index that only create keeps", ["by owner: follows the owner"], class extends ReferenceStore {
    readonly #index = new Map<string, string | null>();
    override async create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean> {
      this.#index.set(record.id, record.owner);
      return super.create(record, options);
    }
    override ownedBy(owner: string): SessionRecord[] {
      return [...this.data.records.values()].filter((one) => (this.#index.get(one.id) ?? one.owner) === owner);
    }
    override async update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
      this.#index.set(record.id, this.#index.get(record.id) ?? record.owner);
      return super.update(record, expectedVersion, options);
    }
  }),
  mutant("deletes the excepted one too", ["by owner: deletes all but one"], class extends ReferenceStore {
    override deleteByOwner(owner: string, options?: StoreCallOptions): Promise<number> {
      return super.deleteByOwner(owner, { ...options, exceptId: "" });
    }
  }),
  mutant("compares owners as MySQL's default does", ["by owner: owners are compared exactly"], class extends ReferenceStore {
    override ownedBy(owner: string): SessionRecord[] {
      const fold = (text: string): string => text.trimEnd().normalize("NFC").toLowerCase();
      return [...this.data.records.values()].filter((one) => one.owner !== null && fold(one.owner) === fold(owner));
    }
  }),
  mutant("walks over the expired too", ["scan: walks over every live record"], class extends ReferenceStore {
    override scan(cursor: string | null, limit: number): Promise<{ records: SessionRecord[]; next: string | null }> {
      return super.scan(cursor, limit, { now: 0 });
    }
  }),
  mutant("walks over the first page only", ["scan: walks over every live record"], class extends ReferenceStore {
    override async scan(cursor: string | null, limit: number, options?: StoreCallOptions): Promise<{ records: SessionRecord[]; next: string | null }> {
      return { ...(await super.scan(cursor, limit, options)), next: null };
    }
  }),
  mutant("walks without an end", ["scan: an empty store"], class extends ReferenceStore {
    override async scan(cursor: string | null, limit: number, options?: StoreCallOptions): Promise<{ records: SessionRecord[]; next: string | null }> {
      const page = await super.scan(cursor, limit, options);
      return { ...page, next: page.next ?? cursor ?? "" };
    }
  }),
  mutant("walks by counting, so that a deletion hides another record", ["scan: what is there during the whole walk"], class extends ReferenceStore {
    override async scan(cursor: string | null, limit: number, options?: StoreCallOptions): Promise<{ records: SessionRecord[]; next: string | null }> {
      const all = (await super.scan(null, Infinity, options)).records;
      const start = Number(cursor ?? 0);
      return { records: all.slice(start, start + limit), next: start + limit < all.length ? String(start + limit) : null };
    }
  }),
  mutant("migrate that begins anew each time", ["migrate: leaves nothing pending"], class extends ReferenceStore {
    override async migrate(): Promise<string[]> {
      this.data.records.clear();
      return super.migrate();
    }
  }),
  mutant("migrate that always has something to do", ["migrate: leaves nothing pending"], class extends ReferenceStore {
    override async pendingMigrations(): Promise<string[]> {
      return ["make the table"];
    }
  }),
  mutant("migrate that cannot be run by two", ["migrate: two clients at once"], class extends ReferenceStore {
    override async migrate(): Promise<string[]> {
      const done = await this.pendingMigrations();
      await this.pause();
      if (done.length > 0 && this.data.isMigrated) throw new Error("the table exists");
      this.data.isMigrated = true;
      return done;
    }
  }),
  mutant("close that takes the data along", ["close: twice is harmless"], class extends ReferenceStore {
    override async close(): Promise<void> {
      this.data.records.clear();
    }
  }),
  mutant("close that fails the second time", ["close: twice is harmless"], class extends ReferenceStore {
    override async close(): Promise<void> {
      if (this.isClosed) throw new Error("already closed");
      this.isClosed = true;
    }
  }),
  mutant("lease for everybody", ["lease: one holder at a time"], class extends ReferenceStore {
    override async tryLease(): Promise<boolean> {
      return true;
    }
  }),
  mutant("one lease for all names", ["lease: one holder at a time"], class extends ReferenceStore {
    override tryLease(_name: string, seconds: number, options?: StoreCallOptions): Promise<boolean> {
      return super.tryLease("", seconds, options);
    }
  }),
  mutant("lease that never ends", ["lease: one holder at a time"], class extends ReferenceStore {
    override tryLease(name: string, _seconds: number, options?: StoreCallOptions): Promise<boolean> {
      return super.tryLease(name, Infinity, options);
    }
  }),
];

export const storeMutants: readonly StoreMutant[] = [...readers, ...writers, ...changers, ...keepers];
