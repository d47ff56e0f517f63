/**
 * What a store keeps: one ticket's coat. Instants are whole milliseconds since 1970 UTC. A store never looks
 * into `data`, never sees a token, and stores and returns each field exactly as it was handed over.
 */
export interface SessionRecord {
  /** The key: a digest of the token, 43 characters of base64url. Safe to log. */
  readonly id: string;
  /** Encoded session values, any text (control characters and lone surrogates excepted). */
  readonly data: string;
  /** Opaque and new for every write. Compare for equality only. At most 32 characters of `[A-Za-z0-9_-]`. */
  readonly version: string;
  /** The user whom the session belongs to, or null. At most 255 characters. */
  readonly owner: string | null;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  /** The earlier of `lastSeenAt + idleSeconds * 1000` and `endsAt`. At this instant the record is expired. */
  readonly expiresAt: number;
  /** Seconds without activity after which the session ends; null when it does not slide. */
  readonly idleSeconds: number | null;
  /** The instant at which the session ends whatever the activity; null when there is none. */
  readonly endsAt: number | null;
  /** False: the cookie lives until the browser closes. */
  readonly persistent: boolean;
}

/** What every operation accepts. */
export interface StoreCallOptions {
  /** The caller's clock reading, milliseconds since 1970. Default: the machine's clock. */
  readonly now?: number;
  /** Aborting rejects the call with the signal's reason, where the driver can; a write may still happen. */
  readonly signal?: AbortSignal;
}

/**
 * - `updated`: the record is stored.
 * - `gone`: there is no live record of that id. Nothing was stored.
 * - `conflict`: another version is stored. Nothing was changed; `current` is the whole live record.
 */
export type UpdateOutcome =
  | { readonly outcome: "updated" }
  | { readonly outcome: "gone" }
  | { readonly outcome: "conflict"; readonly current: SessionRecord };

/**
 * - `deleted`: this call removed it.
 * - `gone`: it was not there (or had expired).
 * - `conflict`: a version was given and another one is stored. Nothing was removed.
 */
export type DeleteOutcome = "deleted" | "gone" | "conflict";

/** What a store promises. The manager and the documentation's table read this; the conformance suite checks it. */
export interface StoreCapabilities {
  /** `update`, `touch` and `delete` compare versions inside the engine. False: last writer wins, and says so. */
  readonly compareAndSet: boolean;
  /** Records outlive a restart of the process. */
  readonly durable: boolean;
  /** Several processes, or machines, may use it at once. */
  readonly shared: "process" | "machine" | "network";
  /** The engine removes expired records by itself. */
  readonly ownExpiry: boolean;
  /** A write is seen by every reader at once. False is refused where login is on, unless told otherwise. */
  readonly immediate: boolean;
  /** The engine may drop live records when it is full. */
  readonly mayEvict: boolean;
}

/**
 * Where records live. Implementations know ids and bytes: no HTTP, no tokens, no cookies.
 *
 * Absent, expired (`expiresAt <= now`) and corrupt records are all null or `gone`; only a failing engine throws, and then a
 * `StoreUnavailable` whose `outcome` says whether the write may have happened.
 */
export interface SessionStore {
  /** Short and stable, for tables and logs: `"memory"`, `"postgres"`. */
  readonly name: string;
  readonly capabilities: StoreCapabilities;
  /** Every call settles within so many milliseconds, whatever the engine does; undefined where nothing promises that. */
  readonly ownTimeLimitMs?: number | undefined;

  /** The live record, or null. What is returned is a copy: changing it changes nothing. */
  read(id: string, options?: StoreCallOptions): Promise<SessionRecord | null>;

  /** False when a live record has that id already; nothing is changed then. An expired record does not count. */
  create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean>;

  /**
   * Replaces every field of a live record whose stored version equals `expectedVersion`, in one atomic step.
   * `createdAt` is replaced like the rest. Never inserts: a record that is gone stays gone.
   */
  update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome>;

  /**
   * Moves the two times of a live record whose version still is `version`; the version and everything else stay.
   * `lastSeenAt` never moves backwards (the greater one is kept). False: gone, expired, or changed meanwhile. A reader waits for the
   * answer, so it waits for nobody's lock: false as well, when somebody else is writing.
   */
  touch(id: string, version: string, lastSeenAt: number, expiresAt: number, options?: StoreCallOptions): Promise<boolean>;

  /** Removes a record; with `expectedVersion` only if that version is stored. Repeating it is harmless. */
  delete(id: string, expectedVersion?: string, options?: StoreCallOptions): Promise<DeleteOutcome>;
}

/** The two outcomes that carry nothing, made once. */
export const UPDATED: UpdateOutcome = Object.freeze({ outcome: "updated" });
export const GONE: UpdateOutcome = Object.freeze({ outcome: "gone" });
