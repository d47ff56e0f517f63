import { definePrinting } from "./print-session.ts";
import type { Session, SessionKey } from "./session.ts";
import type { SessionState } from "./state.ts";

/**
 * A view of a session as an object. Reading, writing, deleting, `in` and enumeration go through the session's own methods, so
 * nothing can be forgotten and reserved keys stay out of sight.
 */
export function liveData<Data extends object>(session: Session<Data>, state: SessionState): Partial<Data> {
  type Key = SessionKey<Data>;
  const target = Object.create(null) as Partial<Data>;
  // Printing looks at the target and not at the view.
  definePrinting(target, "SessionData", () => state);
  return new Proxy(target, {
    get: (_, key) => (typeof key === "string" ? session.get(key as Key) : undefined),
    has: (_, key) => typeof key === "string" && session.has(key as Key),
    set: (_, key, value) => {
      if (typeof key !== "string") return false;
      session.set(key as Key, value as Data[Key]);
      return true;
    },
    deleteProperty: (_, key) => {
      if (typeof key === "string") session.delete(key as Key);
      return true;
    },
    ownKeys: () => session.keys(),
    getOwnPropertyDescriptor: (_, key) =>
      typeof key === "string" && session.has(key as Key)
        ? { value: session.get(key as Key), writable: true, enumerable: true, configurable: true }
        : undefined,
    // Without this, `Object.defineProperty(session.data, …)` would write to the proxy's target and be lost.
    defineProperty: () => false,
    setPrototypeOf: () => false,
  });
}
