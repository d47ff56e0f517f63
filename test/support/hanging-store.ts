import type { SessionStore } from "../../src/store/store.ts";

/** A store over a network whose server accepts calls and, while it hangs, never answers them. */
export class HangingStore {
  readonly store: SessionStore;
  hangs = false;
  /** Calls that reached it. */
  calls = 0;
  #letGo: (() => void)[] = [];

  constructor(inner: SessionStore) {
    const pass = <T>(call: () => Promise<T>): Promise<T> => {
      this.calls++;
      if (!this.hangs) return call();
      return new Promise((resolve) => this.#letGo.push(() => resolve(call())));
    };
    this.store = {
      name: "hanging",
      capabilities: { ...inner.capabilities, shared: "network", mayEvict: false },
      read: (id, options) => pass(() => inner.read(id, options)),
      create: (record, options) => pass(() => inner.create(record, options)),
      update: (record, version, options) => pass(() => inner.update(record, version, options)),
      touch: (id, version, lastSeenAt, expiresAt, options) => pass(() => inner.touch(id, version, lastSeenAt, expiresAt, options)),
      delete: (id, version, options) => pass(() => inner.delete(id, version, options)),
    };
  }

  /** Answers what is waiting, and everything that comes. */
  thaw(): void {
    this.hangs = false;
    const waiting = this.#letGo;
    this.#letGo = [];
    for (const answer of waiting) answer();
  }
}
