import type { SessionStore } from "coatcheck";
import { StoreUnavailable } from "coatcheck";

export type StoreOperation = "read" | "create" | "update" | "touch" | "delete";

/**
 * - `refuse`: the call never reaches the store, and the error says so.
 * - `lose`: the store does it, and the answer is lost.
 * - `drop`: the call is lost on the way, and nobody can tell.
 * - `twice`: the driver sends it a second time, and the second answer is the one that comes back.
 * - `crash`: as `drop`, with the plain error of a driver instead of a StoreUnavailable.
 */
export type Fault = "refuse" | "lose" | "drop" | "crash" | "twice";

/** The same store, with faults put in front of the calls one plans for. */
export class FailingStore {
  readonly store: SessionStore;
  readonly calls: StoreOperation[] = [];
  #faults: { operation: StoreOperation; fault: Fault; times: number }[] = [];

  constructor(inner: SessionStore) {
    const pass = <Result>(operation: StoreOperation, call: () => Promise<Result>): Promise<Result> => this.#pass(operation, call);
    this.store = {
      name: inner.name,
      capabilities: inner.capabilities,
      read: (id, options) => pass("read", () => inner.read(id, options)),
      create: (record, options) => pass("create", () => inner.create(record, options)),
      update: (record, version, options) => pass("update", () => inner.update(record, version, options)),
      touch: (id, version, lastSeenAt, expiresAt, options) => pass("touch", () => inner.touch(id, version, lastSeenAt, expiresAt, options)),
      delete: (id, version, options) => pass("delete", () => inner.delete(id, version, options)),
    };
  }

  /** The next so many calls of that operation fail so. */
  plan(operation: StoreOperation, fault: Fault, times = 1): void {
    this.#faults.push({ operation, fault, times });
  }

  /** Nothing fails any more. */
  heal(): void {
    this.#faults = [];
  }

  async #pass<Result>(operation: StoreOperation, call: () => Promise<Result>): Promise<Result> {
    this.calls.push(operation);
    const planned = this.#faults.find((candidate) => candidate.operation === operation && candidate.times > 0);
    if (planned === undefined) return call();
    planned.times--;
    if (planned.fault === "refuse") throw new StoreUnavailable(operation, "not-sent");
    if (planned.fault === "lose" || planned.fault === "twice") await call();
    if (planned.fault === "twice") return call();
    if (planned.fault === "crash") throw new Error("socket hang up");
    throw new StoreUnavailable(operation, "unknown");
  }
}
