import type { Clock } from "../../clock.ts";
import { randomFillSync } from "../../crypto/platform.ts";
import { StoreUnavailable } from "../../errors.ts";
import type { ByOwner, Closable, Leasable, Migratable, Scannable, Sweepable } from "../../store/capabilities.ts";
import {
  GONE,
  UPDATED,
  type DeleteOutcome,
  type SessionRecord,
  type SessionStore,
  type StoreCallOptions,
  type StoreCapabilities,
  type UpdateOutcome,
} from "../../store/store.ts";
import type { SqlDialect, SqlDriver, SqlStatements } from "./dialect.ts";
import { pendingSteps, versionSetting, type Migration } from "./migrations.ts";
import { Once } from "./once.ts";
import { AFTER_COLUMNS, fieldsOf, isTrue, liveRecordOf, recordOf, textOf } from "./row.ts";
import type { SqlCall } from "./sql-call.ts";
import { SqlCalls } from "./sql-calls.ts";
import type { TableNames } from "./table-name.ts";

/** Everything that one SQL store is made of. */
export interface SqlStoreParts {
  readonly dialect: SqlDialect;
  readonly driver: SqlDriver;
  readonly names: TableNames;
  readonly clock: Clock;
  /** Bring the tables up to date before the first statement. */
  readonly migratesItself: boolean;
  /** How long a call may take, for engines that may not answer. */
  readonly commandTimeoutMs?: number;
}

/** What ids and versions look like; anything else cannot be stored, so the engine is not asked. */
const TAG = /^[\w-]{1,64}$/;

/** The store contract in SQL. The dialect brings the statements, the driver runs them. */
export class SqlStore implements SessionStore, Sweepable, ByOwner, Scannable, Migratable, Leasable, Closable {
  readonly name: string;
  readonly capabilities: StoreCapabilities;
  readonly ownTimeLimitMs: number | undefined;
  readonly #dialect: SqlDialect;
  readonly #driver: SqlDriver;
  readonly #statements: SqlStatements;
  readonly #names: TableNames;
  readonly #clock: Clock;
  readonly #calls: SqlCalls;
  readonly #opened: Once;
  readonly #ready: Once;
  /** Who this is to those who share the tables. */
  readonly #holder: string = toHex(randomFillSync(new Uint8Array(12)));
  #isClosed = false;

  constructor(parts: SqlStoreParts) {
    this.#dialect = parts.dialect;
    this.#driver = parts.driver;
    this.#statements = parts.dialect.statements;
    this.#names = parts.names;
    this.#clock = parts.clock;
    this.#calls = new SqlCalls({ dialect: parts.dialect, table: parts.names.plain, clock: parts.clock, limitMs: parts.commandTimeoutMs });
    this.#opened = new Once(() => this.#calls.runUnlimited("open", () => this.#driver.open?.()));
    this.#ready = new Once(async () => {
      await this.#opened.do();
      if (parts.migratesItself) await this.#migrate();
    });
    this.ownTimeLimitMs = parts.commandTimeoutMs;
    this.name = parts.dialect.name;
    this.capabilities = parts.dialect.capabilities;
  }

  read(id: string, options?: StoreCallOptions): Promise<SessionRecord | null> {
    return this.#run("read a session", options, (now, call) => (TAG.test(id) ? this.#find(id, now, call) : null));
  }

  create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean> {
    return this.#run("create a session", options, (now, call) => this.#insert(record, now, call));
  }

  update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
    return this.#run("update a session", options, async (now, call) => {
      if (!TAG.test(record.id)) return GONE;
      const { update, updateInPlace, updateOrCurrent } = this.#statements;
      if (!TAG.test(expectedVersion)) return outcomeOf(await this.#find(record.id, now, call));
      const fields = fieldsOf(record, now, expectedVersion);
      if (updateOrCurrent !== undefined) {
        const row = await this.#driver.one(updateOrCurrent, fields, call);
        if (row !== undefined && isTrue(row[AFTER_COLUMNS])) return UPDATED;
        return outcomeOf(recordOf(row));
      }
      if (updateInPlace !== undefined && (await this.#driver.change(updateInPlace, fields, call)) > 0) return UPDATED;
      if (update !== undefined && (await this.#driver.change(update, fields, call)) > 0) return UPDATED;
      const current = await this.#find(record.id, now, call);
      // An engine that counts changed rows counts none when equal values were written: the tag tells.
      return current?.version === record.version && this.#dialect.countsChangedRows ? UPDATED : outcomeOf(current);
    });
  }

  touch(id: string, version: string, lastSeenAt: number, expiresAt: number, options?: StoreCallOptions): Promise<boolean> {
    return this.#run("touch a session", options, async (now, call) => {
      if (!TAG.test(id) || !TAG.test(version)) return false;
      const { touch, touchInPlace } = this.#statements;
      const parameters = { id, version, lastSeenAt, expiresAt, now };
      try {
        if (touchInPlace !== undefined && (await this.#driver.change(touchInPlace, parameters, call)) > 0) return true;
        if ((await this.#driver.change(touch, parameters, call)) > 0) return true;
      } catch (error) {
        // A reader does not wait for a lock that others hold: the next one moves the times.
        if (this.#dialect.classify(error) === "retry") return false;
        throw error;
      }
      if (!this.#dialect.countsChangedRows) return false;
      return (await this.#find(id, now, call))?.version === version;
    });
  }

  delete(id: string, expectedVersion?: string, options?: StoreCallOptions): Promise<DeleteOutcome> {
    return this.#run("delete a session", options, async (now, call) => {
      if (!TAG.test(id)) return "gone";
      const { remove, removeVersion } = this.#statements;
      if (expectedVersion === undefined) return (await this.#driver.change(remove, { id, now }, call)) > 0 ? "deleted" : "gone";
      if (TAG.test(expectedVersion) && (await this.#driver.change(removeVersion, { id, version: expectedVersion, now }, call)) > 0) return "deleted";
      return (await this.#find(id, now, call)) === null ? "gone" : "conflict";
    });
  }

  sweep(limit: number, options?: StoreCallOptions): Promise<number> {
    return this.#run("sweep expired sessions", options, (now, call) => this.#driver.change(this.#statements.sweep, { now, limit: wholeLimit(limit) }, call));
  }

  listByOwner(owner: string, options?: StoreCallOptions): Promise<SessionRecord[]> {
    return this.#run("list a user's sessions", options, async (now, call) => (await this.#driver.all(this.#statements.listByOwner, { owner, now }, call)).flatMap((row) => recordOf(row) ?? []));
  }

  deleteByOwner(owner: string, options?: StoreCallOptions & { readonly exceptId?: string }): Promise<number> {
    const parameters = { owner, exceptId: options?.exceptId ?? "" };
    return this.#run("delete a user's sessions", options, (_now, call) => this.#driver.change(this.#statements.removeByOwner, parameters, call));
  }

  scan(cursor: string | null, limit: number, options?: StoreCallOptions): Promise<{ records: SessionRecord[]; next: string | null }> {
    return this.#run("walk over the sessions", options, async (now, call) => {
      const most = wholeLimit(limit);
      const rows = await this.#driver.all(this.#statements.scan, { after: cursor ?? "", now, limit: most }, call);
      const next = rows.length < most ? null : String(rows.at(-1)?.[0]);
      return { records: rows.flatMap((row) => recordOf(row) ?? []), next };
    });
  }

  async pendingMigrations(): Promise<string[]> {
    await this.#opened.do();
    return (await this.#pending()).map((one) => one.description);
  }

  async migrate(): Promise<string[]> {
    await this.#opened.do();
    return this.#migrate();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#driver.close();
  }

  tryLease(name: string, seconds: number, options?: StoreCallOptions): Promise<boolean> {
    return this.#run("take a lease", options, async (now, call) => {
      const value = `${leaseInstant(now + seconds * 1000)} ${this.#holder}`;
      // Sorts after every value of the same instant.
      const until = `${leaseInstant(now)} ~`;
      // Several tables may share one table of settings, and each has its own leases.
      const lease = `lease ${name} ${this.#names.plain}`;
      await this.#driver.change(this.#statements.takeLease, { name: lease, value, until, holder: this.#holder }, call);
      return textOf(await this.#driver.one(this.#statements.readSetting, { name: lease }, call)) === value;
    });
  }

  /** A value that is kept beside the sessions, or null. Only stores that are one application's own offer it. */
  protected settingOf(name: string): Promise<string | null> {
    return this.#run("read a setting", undefined, async (_now, call) => textOf(await this.#driver.one(this.#statements.readSetting, { name }, call)));
  }

  /** Keeps a value unless there is one of that name, and returns the one that is kept: all processes agree on it. */
  protected keepSetting(name: string, value: string): Promise<string> {
    return this.#run("keep a setting", undefined, async (_now, call) => {
      await this.#driver.change(this.#statements.writeSettingOnce, { name, value }, call);
      return textOf(await this.#driver.one(this.#statements.readSetting, { name }, call)) ?? value;
    });
  }

  /** Whether it lives is decided here: a condition more costs an engine more than the few expired rows that are read. */
  #find(id: string, now: number, call: SqlCall | undefined): SessionRecord | null | Promise<SessionRecord | null> {
    const row = this.#driver.one(this.#statements.read, { id }, call);
    return row instanceof Promise ? row.then((found) => liveRecordOf(found, now)) : liveRecordOf(row, now);
  }

  /** Where a row is in the way that has expired, it goes, and the record is tried once more. */
  async #insert(record: SessionRecord, now: number, call: SqlCall | undefined): Promise<boolean> {
    for (;;) {
      try {
        return (await this.#driver.change(this.#statements.create, fieldsOf(record, now, ""), call)) > 0;
      } catch (error) {
        if (this.#dialect.classify(error) !== "duplicate") throw error;
      }
      if ((await this.#driver.change(this.#statements.removeExpired, { id: record.id, now }, call)) === 0) return false;
    }
  }

  /** In as few promises as there are things to wait for: every request comes through here. */
  #run<T>(operation: string, options: StoreCallOptions | undefined, task: (now: number, call: SqlCall | undefined) => T | Promise<T>): Promise<T> {
    const signal = options?.signal;
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    if (this.#isClosed) return Promise.reject(new StoreUnavailable(operation, "not-sent", { cause: new Error("The store was closed.") }));
    if (this.#ready.isDone) return this.#limit(operation, options, task);
    return this.#ready.do().then(() => this.#limit(operation, options, task));
  }

  #limit<T>(operation: string, options: StoreCallOptions | undefined, task: (now: number, call: SqlCall | undefined) => T | Promise<T>): Promise<T> {
    const now = options?.now ?? this.#clock.now();
    return this.#calls.run(operation, options?.signal, (call) => task(now, call));
  }

  async #pending(): Promise<Migration[]> {
    const version = await this.#calls.runUnlimited("read the version of its tables", async () => {
      try {
        return Number(textOf(await this.#driver.one(this.#statements.readSetting, { name: versionSetting(this.#names.plain) })) ?? 0);
      } catch (error) {
        if (this.#dialect.classify(error) === "missing table") return 0;
        throw error;
      }
    });
    return pendingSteps(this.#dialect.migrations, version);
  }

  async #migrate(): Promise<string[]> {
    const steps = await this.#pending();
    if (steps.length > 0) {
      await this.#calls.runUnlimited("migrate its tables", () => this.#driver.script(steps.flatMap((one) => one.statements)));
    }
    return steps.map((one) => one.description);
  }
}

const outcomeOf = (current: SessionRecord | null): UpdateOutcome => (current === null ? GONE : { outcome: "conflict", current });

const LARGEST_LIMIT = 2 ** 31 - 1;

/** A limit as engines take it: whole, at least one, and not infinite. */
const wholeLimit = (limit: number): number => Math.max(1, Math.min(LARGEST_LIMIT, Math.floor(limit) || 1));

/** So many digits that texts sort as the instants do. */
const leaseInstant = (at: number): string => String(Math.trunc(at)).padStart(16, "0");

const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

