import type { SessionRecord, SessionStore } from "../store/store.ts";
import type { StoreNeed } from "./needs.ts";

/** One promise of the store contract, as a check that any test runner can run. */
export interface StoreCase {
  /** Unique and stable: skip lists and mutants go by it. */
  readonly name: string;
  /** What the store must be able to do. A store that cannot is skipped, with the need's reason. */
  readonly needs: readonly StoreNeed[];
  /** Rejects with an Error that says what the store did wrong. */
  run(context: StoreCaseContext): Promise<void>;
}

/** What a case is given. */
export interface StoreCaseContext {
  readonly store: SessionStore;
  /** A second client on the same data, as another process would have; the store itself where there is none. */
  readonly otherStore: SessionStore;
  /** The clock that the case hands to the store, milliseconds since 1970. It moves only by `advance`. */
  now(): number;
  advance(milliseconds: number): void;
  /** A record with a fresh id and version, an hour from expiry, with whatever is given in its place. */
  record(changes?: Partial<SessionRecord>): SessionRecord;
  /** A version tag that was never used. */
  version(): string;
  /** A name that no other case uses, for owners. */
  uniqueName(): string;
  /** Spoils the stored bytes of a record, behind the store's back. Present when the subject can do it. */
  readonly corrupt: ((id: string) => Promise<void>) | undefined;
}

/** A store to be checked: **empty**, and used by one case only. */
export interface StoreSubject {
  readonly store: SessionStore;
  /** A second, independent client on the same data. Give one wherever data can be shared. */
  readonly otherStore?: SessionStore;
  /** The reading of the clock with which the cases begin. Default: the machine's. Engines that expire by themselves need that default. */
  readonly startAt?: number;
  /** Overwrites what is stored under an id with bytes that are no record. */
  readonly corrupt?: (id: string) => Promise<void>;
  /** Called after the case, whether it held or not. */
  readonly cleanup?: () => void | Promise<void>;
}
