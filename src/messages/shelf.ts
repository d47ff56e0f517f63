import type { ExchangeState } from "../manager/exchange-state.ts";
import type { StoredMessage } from "./message.ts";

/** Where messages wait between two requests, as one request sees it. */
export interface MessageShelf {
  /** Refuses early what could only fail at the end: a message that can never fit, a session that must not change. */
  checkAdd(message: StoredMessage): void;
  /** The same for taking messages. */
  checkTake(): void;
  /** What waits and is not in another request's hands, the oldest first. The response depends on it. */
  read(): readonly StoredMessage[];
  /**
   * Before the commit: puts messages into the session and takes delivered ones out, to be saved with whatever else has changed.
   *
   * @returns the messages that have to travel otherwise
   */
  saveInSession(added: readonly StoredMessage[], delivered: ReadonlySet<string>): readonly StoredMessage[];
  /** After the commit: the same with cookies. */
  sendCookies(added: readonly StoredMessage[], delivered: ReadonlySet<string>): void;
  /** Makes what waits this request's own in the store, so that no other process shows it too. `read` gives only that afterwards. */
  lease(): Promise<void>;
  /** The request failed: what was leased may be shown by the next one. Null when nothing was. */
  release(): Promise<void> | null;
}

/** Makes the shelf of a request. */
export type MakeShelf = (exchange: ExchangeState) => MessageShelf;
