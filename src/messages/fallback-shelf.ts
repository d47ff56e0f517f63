import { SessionCommitted, SessionReadonly } from "../errors.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import { CookieShelf } from "./cookie-shelf.ts";
import type { StoredMessage } from "./message.ts";
import { SessionShelf } from "./session-shelf.ts";
import type { MessageShelf } from "./shelf.ts";

/**
 * The session where there is one, cookies for strangers, and a session after all for a stranger whose messages fit into no cookie.
 * Why not the cookie first, as in Django: see docs/decisions/messages-storage.md.
 */
export class FallbackShelf implements MessageShelf {
  readonly #exchange: ExchangeState;
  readonly #session: SessionShelf;
  readonly #cookies: CookieShelf;

  constructor(exchange: ExchangeState) {
    this.#exchange = exchange;
    this.#session = new SessionShelf(exchange);
    this.#cookies = new CookieShelf(exchange);
  }

  checkAdd(): void {
    if (this.#exchange.session.closed) throw new SessionCommitted("Adding a message");
  }

  checkTake(): void {
    const { session } = this.#exchange;
    session.look();
    if (session.closed) throw new SessionCommitted("Showing messages");
    if (session.readonly) throw new SessionReadonly("Showing messages takes them out of the session");
  }

  read(): readonly StoredMessage[] {
    return [...this.#cookies.read(), ...this.#session.read()];
  }

  saveInSession(added: readonly StoredMessage[], delivered: ReadonlySet<string>): readonly StoredMessage[] {
    const { session, manager, connection } = this.#exchange;
    const hasRecord = session.record !== null && !manager.residence.cookieCarriesRecord;
    const overflows = (): boolean => !this.#cookies.hasRoom(added, delivered) && manager.residence.isAvailable(connection);
    const usesSession = added.length > 0 && !session.readonly && (hasRecord || overflows());
    this.#session.saveInSession(usesSession ? added : [], delivered);
    return usesSession ? [] : added;
  }

  sendCookies(added: readonly StoredMessage[], delivered: ReadonlySet<string>): void {
    this.#cookies.sendCookies(added, delivered);
  }

  lease(): Promise<void> {
    return this.#session.lease();
  }

  release(): Promise<void> | null {
    return this.#session.release();
  }
}
