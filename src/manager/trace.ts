import type { SessionStore } from "../store/store.ts";
import type { Plan } from "./plan.ts";
import type { Reason } from "./reasons.ts";

/** One call to the store. */
export interface StoreCall {
  readonly operation: "read" | "create" | "update" | "touch" | "delete";
  /** What the store said, in a word. */
  readonly outcome: string;
}

/** What one request did, for people who want to understand it. Kept in development only. Holds no token and no value. */
export class Trace {
  readonly storeCalls: StoreCall[] = [];
  plan: Plan | null = null;
  /** Why something that was expected did not happen, in a word each. */
  readonly reasons: Reason[] = [];
}

/** The same store, with each call written down. */
export function traceStore(store: SessionStore, trace: Trace): SessionStore {
  const follow = async <T>(operation: StoreCall["operation"], call: Promise<T>, name: (result: T) => string): Promise<T> => {
    try {
      const result = await call;
      trace.storeCalls.push({ operation, outcome: name(result) });
      return result;
    } catch (error) {
      trace.storeCalls.push({ operation, outcome: "failed" });
      throw error;
    }
  };
  return {
    name: store.name,
    capabilities: store.capabilities,
    read: (id, options) => follow("read", store.read(id, options), (record) => (record === null ? "absent" : "found")),
    create: (record, options) => follow("create", store.create(record, options), (created) => (created ? "created" : "taken")),
    update: (record, version, options) => follow("update", store.update(record, version, options), ({ outcome }) => outcome),
    touch: (id, version, lastSeenAt, expiresAt, options) =>
      follow("touch", store.touch(id, version, lastSeenAt, expiresAt, options), (touched) => (touched ? "touched" : "gone or changed")),
    delete: (id, version, options) => follow("delete", store.delete(id, version, options), (outcome) => outcome),
  };
}
