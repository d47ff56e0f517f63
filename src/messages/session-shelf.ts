import { SessionCommitted, SessionEnded, SessionReadonly } from "../errors.ts";
import { commitExchange } from "../manager/commit.ts";
import { rebaseEdits } from "../manager/commit-record.ts";
import { publish } from "../manager/events.ts";
import { ExchangeState } from "../manager/exchange-state.ts";
import { RESERVED } from "../session/keys.ts";
import { ABSENT } from "../session/values.ts";
import { arrange, isFree, isHeldBy, leaseFree, readEntries, releaseHeld } from "./session-entries.ts";
import type { MessageShelf } from "./shelf.ts";
import type { StoredMessage } from "./message.ts";

/**
 * Messages in the session, under a reserved key. Adding and taking are operations that run again on the newer list when another
 * request has saved one first, so that parallel requests lose none.
 */
export class SessionShelf implements MessageShelf {
  readonly #exchange: ExchangeState;
  /** Marks what this request has leased; null until it does. */
  #holder: string | null = null;
  /** Entries in the store bear that mark. */
  #leased = false;

  constructor(exchange: ExchangeState) {
    this.#exchange = exchange;
  }

  checkAdd(): void {
    this.#exchange.session.alter("Adding a message");
  }

  checkTake(): void {
    const { session } = this.#exchange;
    session.look();
    if (session.closed) throw new SessionCommitted("Showing messages");
    if (session.readonly) throw new SessionReadonly("Showing messages takes them out of the session");
  }

  read(): readonly StoredMessage[] {
    this.#exchange.session.look();
    const holder = this.#holder;
    const now = this.#exchange.now();
    return this.#entries().filter((entry) => (holder === null ? isFree(entry, now) : isHeldBy(entry, holder)));
  }

  saveInSession(added: readonly StoredMessage[], delivered: ReadonlySet<string>): readonly StoredMessage[] {
    const holder = this.#holder;
    const entries = this.#entries();
    const changes = entries.some((entry) => delivered.has(entry.id) || (holder !== null && isHeldBy(entry, holder)));
    if (added.length === 0 && !changes) return [];
    const [incoming, outgoing] = [[...added], new Set(delivered)];
    let dropped: number | null = null;
    this.#exchange.session.values.change(RESERVED.messages, (current) => {
      const next = arrange(readEntries(current), incoming, outgoing, holder);
      dropped ??= next.dropped;
      return next.entries;
    });
    if ((dropped ?? 0) > 0) publish("messages.dropped", { storage: "session", count: dropped });
    return [];
  }

  sendCookies(): void {
    // Everything went with the session.
  }

  async lease(): Promise<void> {
    this.checkTake();
    const { manager } = this.#exchange;
    // A session that lives in the cookie is this request's own copy: nothing that another process sees could be marked.
    if (this.#holder !== null || manager.residence.cookieCarriesRecord) return;
    const holder = (this.#holder = manager.settings.random.tag());
    const now = this.#exchange.now();
    if (!this.#entries().some((entry) => isFree(entry, now))) return;
    this.#leased = true;
    await this.#changeNow((current) => leaseFree(readEntries(current), holder, now));
  }

  release(): Promise<void> | null {
    const holder = this.#holder;
    if (holder === null || !this.#leased) return null;
    this.#leased = false;
    // A lease that cannot be given back ends by itself.
    return this.#changeNow((current) => releaseHeld(readEntries(current), holder)).catch(() => undefined);
  }

  #entries(): ReturnType<typeof readEntries> {
    const value = this.#exchange.session.values.get(RESERVED.messages);
    return value === ABSENT ? [] : readEntries(value);
  }

  /** Saves one change of the list by itself, whatever becomes of the request's other changes. */
  async #changeNow(operation: (current: unknown) => unknown): Promise<void> {
    const { manager, view, use, session } = this.#exchange;
    if (session.record === null) return;
    const apart = new ExchangeState(manager, view, use);
    apart.passive = true;
    apart.session.adopt(session.record, session.token);
    apart.session.detached = true;
    apart.session.values.change(RESERVED.messages, operation);
    try {
      await commitExchange(apart, false);
    } catch (error) {
      // Ended meanwhile: nothing waits there any more.
      if (!(error instanceof SessionEnded)) throw error;
      return;
    }
    if (apart.session.record !== null) rebaseEdits(this.#exchange, apart.session.record, session.values.collectEdits());
  }
}
