import type { ExchangeState } from "../manager/exchange-state.ts";
import { toLevel, type MessageLevel } from "./level.ts";
import type { Ledger } from "./ledger.ts";
import { checkText, showMessage, type Message, type MessageOptions, type StoredMessage } from "./message.ts";
import type { MessagesSettings } from "./messages-settings.ts";
import type { MessageShelf } from "./shelf.ts";

/**
 * `req.coat.messages`: one-time messages. They wait, through redirects and for as long as the session, until a page shows them, and
 * each is shown once: a message counts as delivered when the loop reaches it and the response does not fail. Prefetched pages get
 * none, and HEAD requests take none.
 *
 * @example
 * coat.messages.success("Your order is on its way.");
 * // on the next page
 * for (const message of coat.messages) console.log(message.tags, message.text);
 */
export class Messages implements Iterable<Message> {
  readonly #exchange: ExchangeState;
  readonly #settings: MessagesSettings;
  readonly #shelf: MessageShelf;
  readonly #ledger: Ledger;
  #level: number;
  /** Added by this request and not yet put anywhere. */
  #added: StoredMessage[] = [];
  /** Waited when the request came, and is gone with its response. */
  readonly #delivered = new Set<string>();
  #savesInSession = false;
  #settles = false;

  constructor(exchange: ExchangeState, settings: MessagesSettings, shelf: MessageShelf, ledger: Ledger) {
    this.#exchange = exchange;
    this.#settings = settings;
    this.#shelf = shelf;
    this.#ledger = ledger;
    this.#level = settings.level;
  }

  /** For developers. Not recorded unless `messages.level` says so. */
  debug(text: string, options?: MessageOptions): void {
    this.add("debug", text, options);
  }

  info(text: string, options?: MessageOptions): void {
    this.add("info", text, options);
  }

  success(text: string, options?: MessageOptions): void {
    this.add("success", text, options);
  }

  warning(text: string, options?: MessageOptions): void {
    this.add("warning", text, options);
  }

  error(text: string, options?: MessageOptions): void {
    this.add("error", text, options);
  }

  /**
   * Leaves a message for the next page that shows messages, this response's own included. An empty text and a level below the
   * minimum are left out. Dropped, as every change, when the handler fails. Django: `messages.add_message`.
   *
   * @param level a name, or a number of the application's own from 1 to 1000
   * @throws UnsupportedValue for a text that is none or longer than 16384 characters; CookieTooLarge where it has to fit into a cookie
   * @throws SessionCommitted once the response has begun to leave; with `messages.storage: "session"` also SessionReadonly
   */
  add(level: MessageLevel, text: string, { extraTags = "", isSafe = false }: MessageOptions = {}): void {
    const number = toLevel(level);
    checkText("The message", text);
    checkText("extraTags", extraTags);
    if (text === "" || number < this.#level) return;
    const message = { id: this.#exchange.manager.settings.random.tag(), level: number, text, extraTags, isSafe: isSafe === true };
    this.#shelf.checkAdd(message);
    this.#added.push(message);
    this.#arm();
  }

  /** The least level that this request records: a user's own choice, for instance. Default: `messages.level`. Django: `set_level`. */
  get level(): number {
    return this.#level;
  }

  set level(level: MessageLevel) {
    this.#level = toLevel(level);
  }

  /** The waiting messages, the oldest first, then those of this request. Each is delivered when the loop reaches it. */
  *[Symbol.iterator](): Generator<Message, void, undefined> {
    this.#shelf.checkTake();
    if (isPrefetch(this.#exchange)) return;
    const keeps = this.#exchange.view.method === "HEAD";
    if (!keeps) this.#arm();
    for (const message of this.#shelf.read()) {
      if (keeps ? this.#isOpen(message) : this.#deliver(message)) yield this.#show(message);
    }
    if (keeps) yield* this.#added.map((message) => this.#show(message));
    else for (let message = this.#added.shift(); message !== undefined; message = this.#added.shift()) yield this.#show(message);
  }

  /** All of them as a list, delivered. */
  take(): Message[] {
    return [...this];
  }

  /**
   * As `take`, and certain across processes: the messages are leased in the store first, so that of two pages that two servers
   * render at the same moment one gets them. Costs a write when any are waiting. A request that dies gives them back after two
   * minutes, one that fails at once. Cookies have no store to ask: there it is as `take`.
   *
   * @throws StoreUnavailable, SessionConflict
   */
  async claim(): Promise<Message[]> {
    this.#shelf.checkTake();
    if (!isPrefetch(this.#exchange) && this.#exchange.view.method !== "HEAD") {
      this.#arm();
      await this.#shelf.lease();
    }
    return this.take();
  }

  /** The same list, and nothing is delivered. */
  peek(): Message[] {
    return [...this.#shelf.read().filter((message) => this.#isOpen(message)), ...this.#added].map((message) => this.#show(message));
  }

  /** How many are waiting, this request's own included. */
  get size(): number {
    return this.peek().length;
  }

  /** Texts do not belong into logs. */
  toJSON(): { level: number } {
    return { level: this.#level };
  }

  #show(message: StoredMessage): Message {
    return showMessage(message, this.#settings.levelTags);
  }

  #isOpen({ id }: StoredMessage): boolean {
    return !this.#delivered.has(id) && this.#ledger.look(id, this, this.#exchange.now()) === "own";
  }

  #deliver({ id }: StoredMessage): boolean {
    if (this.#delivered.has(id)) return false;
    const standing = this.#ledger.take(id, this, this.#exchange.now());
    // What another response has shown and this browser sent once more goes away with this response too.
    if (standing !== "held") this.#delivered.add(id);
    return standing === "own";
  }

  /** `session.save()` runs the first step as well, so it is asked for again after each. */
  #arm(): void {
    if (!this.#savesInSession) {
      this.#savesInSession = true;
      this.#exchange.onBeforeCommit(() => {
        this.#savesInSession = false;
        this.#added = [...this.#shelf.saveInSession(this.#added, this.#delivered)];
      });
    }
    if (!this.#settles) {
      this.#settles = true;
      this.#exchange.onSettled((kept) => this.#settle(kept));
    }
  }

  #settle(kept: boolean): Promise<void> | undefined {
    if (kept) {
      this.#ledger.confirm(this.#delivered, this.#exchange.now());
      this.#shelf.sendCookies(this.#added, this.#delivered);
      return undefined;
    }
    this.#ledger.release(this.#delivered, this);
    return this.#shelf.release() ?? undefined;
  }
}

/** The browser fetches a page that nobody may ever see. */
function isPrefetch({ view }: ExchangeState): boolean {
  return [view.header("sec-purpose"), view.header("purpose"), view.header("x-moz")].some((value) => value !== undefined && /^\s*prefetch\b/i.test(value.slice(0, 100)));
}
