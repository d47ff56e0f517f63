import type { ExchangeState } from "../manager/exchange-state.ts";
import type { Feature } from "../manager/features.ts";
import type { OwnCookies } from "../manager/own-cookies.ts";
import type { Settings } from "../manager/settings.ts";
import { CookieShelf, ownMessageCookies } from "./cookie-shelf.ts";
import { FallbackShelf } from "./fallback-shelf.ts";
import { Ledger } from "./ledger.ts";
import type { MessagesSettings } from "./messages-settings.ts";
import { Messages } from "./messages.ts";
import { SessionShelf } from "./session-shelf.ts";
import type { MakeShelf } from "./shelf.ts";

const SHELVES: Readonly<Record<MessagesSettings["storage"], MakeShelf>> = {
  fallback: (exchange) => new FallbackShelf(exchange),
  cookie: (exchange) => new CookieShelf(exchange),
  session: (exchange) => new SessionShelf(exchange),
};

/** One-time messages of one cloakroom. */
export class MessagesFeature implements Feature {
  readonly name = "messages";
  readonly ownCookies: readonly OwnCookies[];
  readonly #settings: MessagesSettings;
  readonly #makeShelf: MakeShelf;
  readonly #ledger = new Ledger();

  /** @param makeShelf where messages wait; by default what the settings say */
  constructor(settings: MessagesSettings, cloakroom: Settings, makeShelf: MakeShelf = SHELVES[settings.storage]) {
    this.#settings = settings;
    this.ownCookies = settings.storage === "session" ? [] : [ownMessageCookies(cloakroom)];
    this.#makeShelf = makeShelf;
  }

  /** The public face for one request. */
  of(exchange: ExchangeState): Messages {
    return exchange.slot(this, () => new Messages(exchange, this.#settings, this.#makeShelf(exchange), this.#ledger));
  }
}
