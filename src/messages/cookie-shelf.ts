import { parseCookies } from "../cookie/parse.ts";
import { encodeBase64url } from "../crypto/base64url.ts";
import { CookieTooLarge, SessionCommitted } from "../errors.ts";
import { publish } from "../manager/events.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import type { OwnCookies } from "../manager/own-cookies.ts";
import { plainCookiesOf, protectCookieName, type PlainCookieOptions } from "../manager/plain-cookies.ts";
import type { Settings } from "../manager/settings.ts";
import { COOKIE_AGE_SECONDS, fitsAlone, openMessageCookie, sealedLength, sealMessageCookie, type CookieContent } from "./message-cookie.ts";
import type { StoredMessage } from "./message.ts";
import type { MessageShelf } from "./shelf.ts";

/** All message cookies of a browser together: servers and proxies refuse a request whose headers are longer than 8 KiB. */
const MOST_CHARACTERS = 3072;

/** More than this is no ordinary browser, and is not looked at. */
const MOST_COOKIES = 32;

const SUFFIX = "[A-Za-z0-9_-]{8}";
const ONLY_SUFFIX = new RegExp(`^${SUFFIX}$`);
const SUFFIX_BYTES = 6;

/** Applications on one host that keep their sessions apart keep their messages apart, too. */
function baseNameOf({ namespace }: Settings): string {
  return namespace === "" ? "messages-" : `messages-${namespace}-`;
}

/** The names of message cookies on every kind of connection. */
export function ownMessageCookies(settings: Settings): OwnCookies {
  const pattern = new RegExp(`^(?:__Host-)?${baseNameOf(settings).replaceAll(".", "\\.")}${SUFFIX}$`);
  return { setting: "messages", names: [], owns: (name) => pattern.test(name) };
}

interface FoundCookie {
  readonly name: string;
  readonly length: number;
  readonly content: CookieContent;
}

/**
 * Messages in sealed cookies, one for each response that added any. Parallel responses set different cookies, so none can overwrite
 * the messages of another, and no record is made for a stranger.
 */
export class CookieShelf implements MessageShelf {
  readonly #exchange: ExchangeState;
  #found: readonly FoundCookie[] | null = null;
  readonly #unreadable: string[] = [];

  constructor(exchange: ExchangeState) {
    this.#exchange = exchange;
  }

  checkAdd(message: StoredMessage): void {
    this.checkTake();
    if (!fitsAlone(message, MOST_CHARACTERS)) {
      throw new CookieTooLarge(`A message of ${message.text.length} characters does not fit into a cookie. Shorten it, or choose messages.storage: "session" or "fallback".`);
    }
  }

  checkTake(): void {
    if (this.#exchange.session.closed) throw new SessionCommitted("Messages");
  }

  read(): readonly StoredMessage[] {
    return this.#cookies().flatMap((cookie) => cookie.content.messages);
  }

  saveInSession(added: readonly StoredMessage[]): readonly StoredMessage[] {
    return added;
  }

  /** Whether these can be added without dropping older ones. */
  hasRoom(added: readonly StoredMessage[], delivered: ReadonlySet<string>): boolean {
    const kept = this.#cookies().filter(({ content }) => content.messages.some((message) => !delivered.has(message.id)));
    return kept.length < MOST_COOKIES && sumLengths(kept) + sealedLength(added) <= MOST_CHARACTERS;
  }

  sendCookies(added: readonly StoredMessage[], delivered: ReadonlySet<string>): void {
    for (const name of this.#unreadable) this.#remove(name);
    const kept: FoundCookie[] = [];
    for (const cookie of this.#cookies()) {
      const rest = cookie.content.messages.filter((message) => !delivered.has(message.id));
      if (rest.length === 0) this.#remove(cookie.name);
      else kept.push(rest.length === cookie.content.messages.length ? cookie : this.#rewrite(cookie, rest));
    }
    if (added.length > 0) this.#add(added, kept);
  }

  lease(): Promise<void> {
    return Promise.resolve();
  }

  release(): null {
    return null;
  }

  /** The oldest go until the new ones fit. */
  #add(added: readonly StoredMessage[], kept: FoundCookie[]): void {
    const messages = [...added];
    let dropped = 0;
    while (messages.length > 1 && sealedLength(messages) > MOST_CHARACTERS) {
      messages.shift();
      dropped++;
    }
    if (sealedLength(messages) > MOST_CHARACTERS) messages.length = 0;
    while (kept.length > 0 && (kept.length >= MOST_COOKIES || sumLengths(kept) + sealedLength(messages) > MOST_CHARACTERS)) {
      const oldest = kept.shift() as FoundCookie;
      dropped += oldest.content.messages.length;
      this.#remove(oldest.name);
    }
    if (messages.length > 0) this.#send(this.#prefix() + encodeBase64url(this.#exchange.manager.settings.random.bytes(SUFFIX_BYTES)), { at: this.#exchange.now(), messages });
    if (dropped > 0 || messages.length === 0) publish("messages.dropped", { storage: "cookie", count: Math.max(dropped, 1) });
  }

  #rewrite(cookie: FoundCookie, messages: readonly StoredMessage[]): FoundCookie {
    const content = { at: cookie.content.at, messages };
    return { name: cookie.name, length: this.#send(cookie.name, content), content };
  }

  #send(name: string, content: CookieContent): number {
    const sealed = sealMessageCookie(this.#exchange, name, content);
    plainCookiesOf(this.#exchange).setOwn(name, sealed, { ...this.#attributes(), maxAge: COOKIE_AGE_SECONDS }, true);
    return name.length + sealed.length;
  }

  #remove(name: string): void {
    plainCookiesOf(this.#exchange).deleteOwn(name, this.#attributes(), true);
  }

  #cookies(): readonly FoundCookie[] {
    return (this.#found ??= this.#search());
  }

  #search(): readonly FoundCookie[] {
    const header = plainCookiesOf(this.#exchange).header();
    const prefix = this.#prefix();
    if (!header.includes(prefix)) return [];
    const found: FoundCookie[] = [];
    let looked = 0;
    for (const [name, value] of parseCookies(header)) {
      if (!name.startsWith(prefix) || !ONLY_SUFFIX.test(name.slice(prefix.length)) || looked++ >= MOST_COOKIES) continue;
      const content = openMessageCookie(this.#exchange, name, value);
      if (content === null) this.#unreadable.push(name);
      else found.push({ name, length: name.length + value.length, content });
    }
    if (this.#unreadable.length > 0) publish("cookie.refused", { name: `${prefix}*`, reason: "seal", count: this.#unreadable.length });
    return found.sort((a, b) => a.content.at - b.content.at);
  }

  #prefix(): string {
    const { settings } = this.#exchange.manager;
    return protectCookieName(this.#exchange, baseNameOf(settings), settings.cookie.domain !== null);
  }

  /** As the session cookie's, Django's rule, and never readable by scripts. */
  #attributes(): Omit<PlainCookieOptions, "maxAge"> {
    const { domain, sameSite, partitioned } = this.#exchange.manager.settings.cookie;
    return { ...(domain === null ? {} : { domain }), sameSite, partitioned };
  }
}

function sumLengths(cookies: readonly FoundCookie[]): number {
  return cookies.reduce((sum, cookie) => sum + cookie.length, 0);
}
