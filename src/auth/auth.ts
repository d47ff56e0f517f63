import { NotAuthenticated, PermissionDenied, ReauthenticationNeeded } from "../errors.ts";
import { publish } from "../manager/events.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import { parseDuration, type Duration } from "../session/duration.ts";
import type { Credentials } from "../store/auth-backend.ts";
import type { Account, User } from "../store/users.ts";
import type { AuthFeature } from "./auth-feature.ts";
import { authenticate, confirmPassword, PASSWORD_BACKEND } from "./authenticate.ts";
import { changeOwnPassword } from "./change-password.ts";
import type { CurrentUser } from "./current-user.ts";
import { Devices } from "./devices.ts";
import { logIn, type LoginOptions } from "./log-in.ts";
import { logOut } from "./log-out.ts";
import { writeMark } from "./login-mark.ts";
import { refuseLink } from "./refuse-link.ts";
import { safeNext } from "./safe-next.ts";

/**
 * `req.coat.auth`: who is logged in, and logging in and out. Nothing is looked up before it is asked for, so a request that asks nothing
 * costs nothing. Every method fails with `StoreUnavailable` when users or sessions cannot be read: an error lets nobody in.
 */
export class Auth {
  readonly #auth: AuthFeature;
  readonly #exchange: ExchangeState;
  readonly #current: CurrentUser;
  #devices: Devices | null = null;

  constructor(auth: AuthFeature, exchange: ExchangeState) {
    this.#auth = auth;
    this.#exchange = exchange;
    this.#current = auth.currentOf(exchange);
  }

  /**
   * The user of this request, or null. Loaded once a request, and checked: a user who was switched off or deleted, and a session from
   * before a change of password, are out, and the session is ended. Django: `request.user`.
   *
   * @example
   * const user = await req.coat.auth.user();
   */
  async user(): Promise<User | null> {
    return (await this.#current.account())?.user ?? null;
  }

  /**
   * Finds out whose credentials these are; nothing is logged in by it. Unknown, wrong, switched off and tried too often are the same
   * null, after the same work. Django: `authenticate`.
   *
   * @param credentials `{ username, password }`, or what a backend of yours understands
   * @throws LoginThrottled (429) when this address has tried too often; HashingBusy (503) when too many passwords wait
   */
  authenticate(credentials: Credentials): Promise<User | null> {
    return authenticate(this.#auth, this.#exchange, credentials);
  }

  /**
   * Logs a user in: a new token, a new CSRF secret, the old token dead. What a stranger had collected stays (the cart); what another
   * user left is dropped. The login is saved when this returns. Django: `login`.
   *
   * @param user what `authenticate` returned; or a user whom the application vouches for, right after signing up for instance
   * @throws NotAuthenticated when the user is not there or switched off; TooManySessions when the limit refuses
   */
  async login(user: User, options: LoginOptions = {}): Promise<void> {
    const proof = this.#auth.proofOf(user);
    const account = proof?.account ?? (await this.#auth.settings.users.findById(user.id));
    if (account === null || account.user.id !== user.id || !account.user.isActive) throw new NotAuthenticated(this.loginUrl());
    await logIn(this.#auth, this.#exchange, account, proof?.backend ?? PASSWORD_BACKEND, proof === undefined ? { method: "application", ...options } : options);
  }

  /**
   * Logs out: the record and the cookie go, and whatever the session held. Django: `logout`.
   *
   * @throws MethodNotAllowed (405) on a GET or HEAD, which any page on the web could trigger by a link
   */
  async logout(): Promise<void> {
    refuseLink(this.#exchange, "Logging out");
    await logOut(this.#auth, this.#exchange);
  }

  /**
   * Changes the user's own password. Every other session is over; this one goes on under a new token. Django: `set_password` and
   * `update_session_auth_hash`.
   *
   * @throws MethodNotAllowed (405) as `logout`; NotAuthenticated, LoginThrottled; PasswordRejected, whose `problems` say what is wrong with which of the two
   */
  async changePassword(passwords: { readonly current: unknown; readonly next: unknown }): Promise<void> {
    refuseLink(this.#exchange, "Changing a password");
    const { user } = await this.#demand();
    const mark = await this.#current.mark();
    if (mark === null) throw new NotAuthenticated(this.loginUrl());
    await changeOwnPassword(this.#auth, this.#exchange, user, mark, passwords.current, passwords.next);
  }

  /**
   * Asks the logged-in user for the password once more. Right: the login counts as recent, under a new token. Counted like a login.
   *
   * @throws MethodNotAllowed (405) as `logout`; NotAuthenticated, LoginThrottled
   */
  async confirmPassword(password: unknown): Promise<boolean> {
    refuseLink(this.#exchange, "Confirming a password");
    const { user } = await this.#demand();
    const account = await confirmPassword(this.#auth, this.#exchange, user, password);
    if (account !== null) await this.#elevate(account, PASSWORD_BACKEND);
    return account !== null;
  }

  /**
   * The user has just proved once more who they are (a second factor, say): the login counts as recent, under a new token.
   *
   * @param method how, as `lastProof` will say it: `totp`
   * @throws MethodNotAllowed (405) as `logout`, NotAuthenticated
   */
  async elevate(method: string): Promise<void> {
    refuseLink(this.#exchange, "Elevating a login");
    await this.#elevate(await this.#demand(), method);
  }

  /** When the user last proved who they are, milliseconds since 1970, and how. Null for a stranger. */
  async lastProof(): Promise<{ readonly at: number; readonly method: string } | null> {
    if ((await this.user()) === null) return null;
    const mark = await this.#current.mark();
    return mark === null ? null : { at: mark.at, method: mark.method };
  }

  /** Whether the user has a permission (`books.change_book`). Never for a stranger, always for a superuser. Django: `has_perm`. */
  async can(permission: string): Promise<boolean> {
    const account = await this.#current.account();
    if (account === null) return false;
    return account.user.isSuperuser === true || (await this.#current.permissions(account)).has(permission);
  }

  /** The user. @throws NotAuthenticated, whose `loginUrl` leads back here */
  async requireLogin(): Promise<User> {
    return (await this.#demand()).user;
  }

  /** The user, who has every one of these permissions. @throws NotAuthenticated, PermissionDenied */
  async requirePermission(...permissions: readonly string[]): Promise<User> {
    const user = await this.requireLogin();
    for (const permission of permissions) if (!(await this.can(permission))) throw new PermissionDenied(permission);
    return user;
  }

  /** The user, who is one of the staff. @throws NotAuthenticated, PermissionDenied */
  async requireStaff(): Promise<User> {
    const user = await this.requireLogin();
    if (user.isStaff !== true) throw new PermissionDenied("staff");
    return user;
  }

  /**
   * The user, who has proved who they are within that time.
   *
   * @param within seconds or `"5m"`. Default: the option `auth.recentLogin`
   * @throws NotAuthenticated, ReauthenticationNeeded
   */
  async requireRecentLogin(within?: Duration): Promise<User> {
    const seconds = within === undefined ? this.#auth.settings.recentSeconds : parseDuration("requireRecentLogin", within);
    const user = await this.requireLogin();
    const proof = await this.lastProof();
    const age = this.#exchange.now() - (proof?.at ?? Number.NEGATIVE_INFINITY);
    // A proof from the future was not made by this clock.
    if (age < -CLOCK_SKEW_MS || age >= seconds * 1000) throw new ReauthenticationNeeded(seconds, this.loginUrl());
    return user;
  }

  /** The user's own sessions: "your devices". */
  get sessions(): Devices {
    return (this.#devices ??= new Devices(this.#auth, this.#exchange));
  }

  /**
   * Where to go after a login: `target` if it leads to a page of this site, else the option `auth.loginRedirect`. Always a path.
   *
   * @param target `?next=`, of whatever type it arrived as
   */
  safeNext(target: unknown): string {
    const { host, scheme } = this.#exchange.connection;
    return safeNext(target, { host, scheme, fallback: this.#auth.settings.loginRedirect });
  }

  /** The login page, with `?next=` leading back to this page where that is a page that can be asked for again. */
  loginUrl(): string {
    const { loginUrl } = this.#auth.settings;
    const { view } = this.#exchange;
    const next = view.method === "GET" || view.method === "HEAD" ? safeNext(view.target(), { host: undefined, scheme: "https", fallback: "" }) : "";
    return next === "" ? loginUrl : `${loginUrl}${loginUrl.includes("?") ? "&" : "?"}next=${encodeURIComponent(next)}`;
  }

  async #elevate(account: Account, method: string): Promise<void> {
    const mark = await this.#current.mark();
    if (mark === null) throw new NotAuthenticated(this.loginUrl());
    const { session } = this.#exchange;
    session.alter("auth.elevate()");
    const renewed = { ...mark, hash: this.#auth.sessionHash.make(account.passwordHash), at: this.#exchange.now(), method };
    // With another hash a parallel request may have ended the session in between: then it begins afresh, still logged in.
    session.rotation = renewed.hash === mark.hash ? "privilege" : "login";
    session.owner = account.user.id;
    writeMark(session, renewed);
    this.#current.accept(renewed, account);
    await this.#exchange.save();
    publish("auth.elevated", { user: account.user.id, method, id: session.record?.id ?? null });
  }

  async #demand(): Promise<Account> {
    const account = await this.#current.account();
    if (account === null) throw new NotAuthenticated(this.loginUrl());
    return account;
  }
}

/** How far the clocks of two machines may differ. */
const CLOCK_SKEW_MS = 60_000;
