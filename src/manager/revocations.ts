import { startTimer } from "../clock.ts";
import type { RevocationBus } from "../store/revocation-bus.ts";
import { publish } from "./events.ts";
import { RevocationSender } from "./revocation-sender.ts";
import { Watchers, type CloseSession } from "./watchers.ts";

export type { CloseSession } from "./watchers.ts";

/** What became of a session, as the store says it: it lives, it has ended, or it goes on under another id. */
export type Fate = "alive" | "ended" | { readonly movedTo: string };

/** So many records are looked up at once. */
const LOOKUPS_AT_ONCE = 16;
/** So often every watched session is looked up, whatever was heard: a connection may be dead without anybody noticing. */
const LOOK_UP_EVERY_MS = 60_000;
/** A subscription that failed is tried again so much later; twice as much after each further failure. */
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

const ID = /^[\w-]{1,64}$/;

/** Who wants to know which session has ended, and the way to the other nodes. */
export class Revocations {
  readonly #bus: RevocationBus | null;
  readonly #findFate: (id: string) => Promise<Fate>;
  readonly #watchers = new Watchers((error) => report("close", error));
  readonly #sender: RevocationSender | null;
  #subscription: Promise<() => Promise<void>> | null = null;
  #failures = 0;
  #stopRetry: (() => void) | null = null;
  #stopRounds: (() => void) | null = null;
  /** The lookups of all that are under way; another round was asked for meanwhile. */
  #round: Promise<void> | null = null;
  #isRoundWanted = false;

  /** @param bus null: only what this process ends is heard of */
  constructor(bus: RevocationBus | null, findFate: (id: string) => Promise<Fate>) {
    this.#bus = bus;
    this.#findFate = findFate;
    this.#sender = bus === null ? null : new RevocationSender(bus, (error) => report("publish", error));
  }

  /** How many sessions are watched. */
  get size(): number {
    return this.#watchers.size;
  }

  /** @returns what ends the watching; after `close` was called there is nothing left to end */
  watch(id: string, close: CloseSession): () => void {
    const leave = this.#watchers.add(id, close);
    this.#stopRounds ??= this.#windRounds();
    // It may have ended before anybody listened.
    void this.#listen().then(() => this.#lookUp(id));
    return () => {
      leave();
      this.#restWhenIdle();
    };
  }

  /** Ends have happened: closes what this process holds, and tells the others. */
  tell(ids: readonly string[]): void {
    for (const id of ids) this.#end(id);
    this.#sender?.sendEnds(ids);
  }

  /** A session goes on under another id. */
  tellMove(from: string, to: string): void {
    this.#watchers.move(from, to);
    this.#sender?.sendMove(from, to);
  }

  /** Resolves when the other nodes were told, or when it has become clear that this takes too long to wait for. */
  async settle(): Promise<void> {
    await this.#sender?.settle();
  }

  /** Tells what there is to tell, and stops listening. */
  async close(): Promise<void> {
    this.#watchers.clear();
    this.#restWhenIdle();
    await this.#sender?.close();
    const subscription = this.#subscription;
    this.#subscription = null;
    if (subscription !== null) await subscription.then((stop) => stop(), () => undefined);
  }

  /** Resolves when texts arrive, or when the attempt has failed: then it goes on trying by itself. */
  async #listen(): Promise<void> {
    if (this.#bus === null || this.#stopRetry !== null) return;
    this.#subscription ??= this.#bus.subscribe(
      (text) => this.#hear(text),
      () => void this.#lookUpAll(),
    );
    const subscription = this.#subscription;
    try {
      await subscription;
      this.#failures = 0;
    } catch (error) {
      if (this.#subscription !== subscription) return;
      this.#subscription = null;
      report("listen", error);
      if (this.#watchers.size > 0) this.#listenLater();
    }
  }

  #listenLater(): void {
    this.#stopRetry = startTimer(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures++), () => {
      this.#stopRetry = null;
      void this.#listen().then(() => {
        if (this.#subscription !== null) void this.#lookUpAll();
      });
    });
  }

  #hear(text: string): void {
    for (const word of text.split(" ")) {
      const [from = "", to] = word.split(">");
      if (!ID.test(from)) continue;
      if (to === undefined) this.#end(from);
      else if (ID.test(to)) this.#watchers.move(from, to);
    }
  }

  #end(id: string): void {
    this.#watchers.end(id);
    this.#restWhenIdle();
  }

  /** No timer is wound for nobody. */
  #restWhenIdle(): void {
    if (this.#watchers.size > 0) return;
    this.#stopRounds?.();
    this.#stopRounds = null;
    this.#stopRetry?.();
    this.#stopRetry = null;
  }

  #windRounds(): () => void {
    return startTimer(LOOK_UP_EVERY_MS, () => {
      void this.#lookUpAll().then(() => {
        this.#stopRounds = this.#watchers.size > 0 ? this.#windRounds() : null;
      });
    });
  }

  /** One round at a time, and one more when it was asked for meanwhile: what was looked up already may have ended since. */
  #lookUpAll(): Promise<void> {
    this.#isRoundWanted = true;
    this.#round ??= this.#lookUpRounds().finally(() => {
      this.#round = null;
    });
    return this.#round;
  }

  async #lookUpRounds(): Promise<void> {
    while (this.#isRoundWanted) {
      this.#isRoundWanted = false;
      const ids = this.#watchers.ids();
      for (let from = 0; from < ids.length; from += LOOKUPS_AT_ONCE) {
        const answers = await Promise.all(ids.slice(from, from + LOOKUPS_AT_ONCE).map((id) => this.#lookUp(id)));
        // A store that is down is left alone until the next round.
        if (!answers.includes(true)) break;
      }
    }
  }

  /** @returns whether the store answered */
  async #lookUp(id: string): Promise<boolean> {
    if (!this.#watchers.has(id)) return true;
    try {
      const fate = await this.#findFate(id);
      if (fate === "ended") this.#end(id);
      else if (fate !== "alive") this.#watchers.move(id, fate.movedTo);
      return true;
    } catch (error) {
      report("look up", error);
      return false;
    }
  }
}

function report(step: "listen" | "publish" | "close" | "look up", error: unknown): void {
  publish("revocation.failed", { step, message: error instanceof Error ? error.message : String(error) });
}
