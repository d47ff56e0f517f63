import type { RevocationBus } from "../store/revocation-bus.ts";
import { publish } from "./events.ts";

/** What is called with the id once the session has ended. */
export type CloseSession = (id: string) => void;

/** What became of a session, as the store says it: it lives, it has ended, or it goes on under another id. */
export type Fate = "alive" | "ended" | { readonly movedTo: string };

/** So many ids go into one text. */
const IDS_PER_TEXT = 100;
/** So many records are looked up at once after texts were lost. */
const LOOKUPS_AT_ONCE = 16;

const ID = /^[\w-]{1,64}$/;

/** Who wants to know which session has ended, and the way to the other nodes. */
export class Revocations {
  readonly #bus: RevocationBus | null;
  readonly #findFate: (id: string) => Promise<Fate>;
  readonly #watchers = new Map<string, Set<CloseSession>>();
  #subscription: Promise<() => Promise<void>> | null = null;

  /** @param bus null: only what this process ends is heard of */
  constructor(bus: RevocationBus | null, findFate: (id: string) => Promise<Fate>) {
    this.#bus = bus;
    this.#findFate = findFate;
  }

  /** How many sessions are watched. */
  get size(): number {
    return this.#watchers.size;
  }

  /** @returns what ends the watching; after `close` was called there is nothing left to end */
  watch(id: string, close: CloseSession): () => void {
    const watcher: CloseSession = (ended) => close(ended);
    const others = this.#watchers.get(id);
    if (others === undefined) this.#watchers.set(id, new Set([watcher]));
    else others.add(watcher);
    // It may have ended before anybody listened.
    void this.#listen().then(() => this.#lookUp(id));
    return () => this.#leave(watcher, id);
  }

  /** Ends have happened: closes what this process holds, and tells the others. */
  tell(ids: readonly string[]): void {
    for (const id of ids) this.#end(id);
    for (let from = 0; from < ids.length; from += IDS_PER_TEXT) this.#send(ids.slice(from, from + IDS_PER_TEXT).join(" "));
  }

  /** A session goes on under another id. */
  tellMove(from: string, to: string): void {
    this.#move(from, to);
    this.#send(`${from}>${to}`);
  }

  async close(): Promise<void> {
    this.#watchers.clear();
    const subscription = this.#subscription;
    this.#subscription = null;
    if (subscription !== null) await subscription.then((stop) => stop(), () => undefined);
  }

  async #listen(): Promise<void> {
    if (this.#bus === null) return;
    this.#subscription ??= this.#bus.subscribe(
      (text) => this.#hear(text),
      () => void this.#lookUpAll(),
    );
    const subscription = this.#subscription;
    try {
      await subscription;
    } catch (error) {
      if (this.#subscription === subscription) this.#subscription = null;
      report("listen", error);
    }
  }

  #send(text: string): void {
    this.#bus?.publish(text).catch((error: unknown) => report("publish", error));
  }

  #hear(text: string): void {
    for (const word of text.split(" ")) {
      const [from = "", to] = word.split(">");
      if (!ID.test(from)) continue;
      if (to === undefined) this.#end(from);
      else if (ID.test(to)) this.#move(from, to);
    }
  }

  #end(id: string): void {
    const watchers = this.#watchers.get(id);
    if (watchers === undefined) return;
    this.#watchers.delete(id);
    for (const close of watchers) {
      try {
        close(id);
      } catch (error) {
        report("close", error);
      }
    }
  }

  #move(from: string, to: string): void {
    const watchers = this.#watchers.get(from);
    if (watchers === undefined || from === to) return;
    this.#watchers.delete(from);
    const others = this.#watchers.get(to);
    if (others === undefined) this.#watchers.set(to, watchers);
    else for (const watcher of watchers) others.add(watcher);
  }

  #leave(watcher: CloseSession, id: string): void {
    // Its session may have another id by now.
    for (const [key, watchers] of this.#watchers.get(id)?.has(watcher) === true ? [[id, this.#watchers.get(id) as Set<CloseSession>] as const] : this.#watchers) {
      if (!watchers.delete(watcher)) continue;
      if (watchers.size === 0) this.#watchers.delete(key);
      return;
    }
  }

  async #lookUp(id: string): Promise<void> {
    if (!this.#watchers.has(id)) return;
    try {
      const fate = await this.#findFate(id);
      if (fate === "ended") this.#end(id);
      else if (fate !== "alive") this.#move(id, fate.movedTo);
    } catch (error) {
      report("look up", error);
    }
  }

  async #lookUpAll(): Promise<void> {
    const ids = [...this.#watchers.keys()];
    for (let from = 0; from < ids.length; from += LOOKUPS_AT_ONCE) await Promise.all(ids.slice(from, from + LOOKUPS_AT_ONCE).map((id) => this.#lookUp(id)));
  }
}

function report(step: "listen" | "publish" | "close" | "look up", error: unknown): void {
  publish("revocation.failed", { step, message: error instanceof Error ? error.message : String(error) });
}
