/** What is called with the id once the session has ended. */
export type CloseSession = (id: string) => void;

/** Who wants to know of which session, by its id; several may want to know of one. */
export class Watchers {
  readonly #byId = new Map<string, Set<CloseSession>>();
  readonly #failed: (error: unknown) => void;

  /** @param failed a callback has thrown; the others are called all the same */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** How many sessions are watched. */
  get size(): number {
    return this.#byId.size;
  }

  ids(): string[] {
    return [...this.#byId.keys()];
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** @returns what ends it, whatever id the session has by then */
  add(id: string, close: CloseSession): () => void {
    // One callback may be given twice, and is called twice.
    const watcher: CloseSession = (ended) => close(ended);
    const others = this.#byId.get(id);
    if (others === undefined) this.#byId.set(id, new Set([watcher]));
    else others.add(watcher);
    return () => this.#leave(watcher, id);
  }

  /** Calls everybody who waits for that session, once. */
  end(id: string): void {
    const watchers = this.#byId.get(id);
    if (watchers === undefined) return;
    this.#byId.delete(id);
    for (const close of watchers) {
      try {
        close(id);
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  move(from: string, to: string): void {
    const watchers = this.#byId.get(from);
    if (watchers === undefined || from === to) return;
    this.#byId.delete(from);
    const others = this.#byId.get(to);
    if (others === undefined) this.#byId.set(to, watchers);
    else for (const watcher of watchers) others.add(watcher);
  }

  clear(): void {
    this.#byId.clear();
  }

  #leave(watcher: CloseSession, id: string): void {
    if (this.#remove(id, watcher)) return;
    for (const other of this.#byId.keys()) if (this.#remove(other, watcher)) return;
  }

  #remove(id: string, watcher: CloseSession): boolean {
    const watchers = this.#byId.get(id);
    if (watchers?.delete(watcher) !== true) return false;
    if (watchers.size === 0) this.#byId.delete(id);
    return true;
  }
}
