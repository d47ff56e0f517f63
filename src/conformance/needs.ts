import {
  isByOwner,
  isClosable,
  isLeasable,
  isMigratable,
  isScannable,
  isSweepable,
  type ByOwner,
  type Closable,
  type Leasable,
  type Migratable,
  type Scannable,
  type Sweepable,
} from "../store/capabilities.ts";
import type { SessionStore } from "../store/store.ts";
import type { StoreCaseContext } from "./case.ts";
import { fail } from "./checks.ts";

/** Something that not every store can do. */
export interface StoreNeed {
  readonly name: string;
  /** Why a store without it skips the case. */
  readonly reason: string;
  isMet(context: StoreCaseContext): boolean;
}

export const COMPARES: StoreNeed = {
  name: "compareAndSet",
  reason: "the store cannot compare and set: the last writer wins",
  isMet: ({ store }) => store.capabilities.compareAndSet,
};

export const IMMEDIATE: StoreNeed = {
  name: "immediate",
  reason: "the store does not show a write to every reader at once",
  isMet: ({ store }) => store.capabilities.immediate,
};

export const CALLERS_CLOCK: StoreNeed = {
  name: "callersClock",
  reason: "the engine expires records by its own clock",
  isMet: ({ store }) => !store.capabilities.ownExpiry,
};

export const SECOND_CLIENT: StoreNeed = {
  name: "secondClient",
  reason: "no second client was given",
  isMet: ({ store, otherStore }) => store !== otherStore,
};

export const CORRUPTIBLE: StoreNeed = {
  name: "corruptible",
  reason: "the subject cannot spoil a stored record",
  isMet: ({ corrupt }) => corrupt !== undefined,
};

export const SWEEPABLE: StoreNeed = {
  name: "sweepable",
  reason: "the store does not sweep",
  isMet: ({ store }) => isSweepable(store),
};

export const BY_OWNER: StoreNeed = {
  name: "byOwner",
  reason: "the store cannot find sessions by owner",
  isMet: ({ store }) => isByOwner(store),
};

export const SCANNABLE: StoreNeed = {
  name: "scannable",
  reason: "the store cannot be walked",
  isMet: ({ store }) => isScannable(store),
};

export const LEASABLE: StoreNeed = {
  name: "leasable",
  reason: "the store lends nothing",
  isMet: ({ store, otherStore }) => isLeasable(store) && isLeasable(otherStore),
};

export const MIGRATABLE: StoreNeed = {
  name: "migratable",
  reason: "the store has no tables of its own",
  isMet: ({ store }) => isMigratable(store),
};

export const CLOSABLE: StoreNeed = {
  name: "closable",
  reason: "the store holds nothing that must be let go",
  isMet: ({ store }) => isClosable(store),
};

/** The store with its optional half, once the need was met. */
export const sweeper = (store: SessionStore): SessionStore & Sweepable => (isSweepable(store) ? store : fail("The store has no sweep()"));
export const byOwner = (store: SessionStore): SessionStore & ByOwner => (isByOwner(store) ? store : fail("The store has no listByOwner()"));
export const scannable = (store: SessionStore): SessionStore & Scannable => (isScannable(store) ? store : fail("The store has no scan()"));
export const leasable = (store: SessionStore): SessionStore & Leasable => (isLeasable(store) ? store : fail("The store has no tryLease()"));
export const migratable = (store: SessionStore): SessionStore & Migratable => (isMigratable(store) ? store : fail("The store has no migrate()"));
export const closable = (store: SessionStore): SessionStore & Closable => (isClosable(store) ? store : fail("The store has no close()"));
