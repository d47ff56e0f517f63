import { publish } from "../manager/events.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import { loadSession } from "../manager/open.ts";
import type { Account } from "../store/users.ts";
import type { AuthFeature } from "./auth-feature.ts";
import { disownSession, endEverySession } from "./end-sessions.ts";
import { readMark, writeMark, type LoginMark } from "./login-mark.ts";

/** Why a session that says it is logged in is not believed. */
export type Disbelief = "malformed" | "owner" | "unknown-user" | "inactive" | "password-changed" | "revoked";

/** The user of one request: loaded once, checked against the session, and against what became of the account since the login. */
export class CurrentUser {
  readonly #auth: AuthFeature;
  readonly #exchange: ExchangeState;
  /** For which user and login the account below was loaded. */
  #checked: { readonly mark: LoginMark; readonly account: Promise<Account | null> } | null = null;
  #permissions: { readonly account: Account; readonly names: Promise<ReadonlySet<string>> } | null = null;

  constructor(auth: AuthFeature, exchange: ExchangeState) {
    this.#auth = auth;
    this.#exchange = exchange;
  }

  /** Null for a stranger. Any failure on the way is thrown: nobody is ever let in, or out, by an error. */
  async account(): Promise<Account | null> {
    const mark = await this.mark();
    if (mark === null) return null;
    if (this.#checked === null || !isSame(this.#checked.mark, mark)) this.#checked = { mark, account: this.#check(mark) };
    return this.#checked.account;
  }

  /** What the session says, unchecked but for its form. */
  async mark(): Promise<LoginMark | null> {
    const { session } = this.#exchange;
    if (!session.loaded) await loadSession(this.#exchange);
    session.look();
    const mark = readMark(session);
    if (mark !== "malformed") return mark;
    await this.#disbelieve("malformed", null);
    return null;
  }

  /** Takes over what was just proved, so that the same request sees its own login. */
  accept(mark: LoginMark, account: Account): void {
    this.#checked = { mark, account: Promise.resolve(account) };
    this.#permissions = null;
  }

  /** Asked once a request, when first needed. */
  async permissions(account: Account): Promise<ReadonlySet<string>> {
    if (this.#permissions?.account !== account) this.#permissions = { account, names: this.#auth.settings.users.permissionsOf?.(account.user) ?? Promise.resolve(new Set<string>()) };
    return this.#permissions.names;
  }

  async #check(mark: LoginMark): Promise<Account | null> {
    const { session } = this.#exchange;
    const { users } = this.#auth.settings;
    if (session.record !== null && session.record.owner !== mark.user) return this.#disbelieve("owner", mark);
    const account = await users.findById(mark.user);
    if (account === null || account.user.id !== mark.user) return this.#disbelieve("unknown-user", mark);
    if (!account.user.isActive) return this.#disbelieve("inactive", mark);
    if (mark.epoch < (await this.#auth.epochOf(account))) return this.#disbelieve("revoked", mark);
    const match = this.#auth.sessionHash.match(account.passwordHash, mark.hash);
    if (match === null) return this.#disbelieve("password-changed", mark);
    if (match === "outdated") this.#renewHash(mark, account);
    return account;
  }

  /** The secret was replaced: the digest is written anew with the current one. A request that may not write leaves it to the next. */
  #renewHash(mark: LoginMark, account: Account): void {
    const { session } = this.#exchange;
    if (session.readonly || session.closed || session.detached) return;
    const renewed = { ...mark, hash: this.#auth.sessionHash.make(account.passwordHash) };
    writeMark(session, renewed);
    this.accept(renewed, account);
  }

  async #disbelieve(reason: Disbelief, mark: LoginMark | null): Promise<null> {
    publish("auth.session-refused", { reason, user: mark?.user ?? null, id: this.#exchange.session.record?.id ?? null });
    await disownSession(this.#exchange);
    // Of somebody who may not log in at all, nothing stays, so that a later user of the same id inherits nothing.
    if (mark !== null && (reason === "unknown-user" || reason === "inactive")) await endEverySession(this.#auth, mark.user);
    return null;
  }
}

function isSame(one: LoginMark, other: LoginMark): boolean {
  return one.user === other.user && one.hash === other.hash && one.epoch === other.epoch;
}
