import type { Clock } from "../clock.ts";
import { ConfigurationError } from "../errors.ts";
import { publish } from "../manager/events.ts";
import type { User, Users } from "../store/users.ts";
import type { AuthFeature } from "./auth-feature.ts";
import { prepareHashers } from "./hashers/passwords.ts";
import { endEverySession } from "./end-sessions.ts";
import { createUser, setPassword, type NewUserInput } from "./operations.ts";
import { checkToken, makeToken, type TokenPurpose } from "./reset-token.ts";

/** `cloakroom.auth`: what is done to users from outside their own requests: signing up, resetting, switching off. */
export class AuthAdministration {
  readonly #auth: AuthFeature;
  readonly #clock: Clock;

  constructor(auth: AuthFeature) {
    this.#auth = auth;
    this.#clock = auth.settings.clock;
  }

  /** Where users live, as `auth.users` was given. */
  get users(): Users {
    return this.#auth.settings.users;
  }

  /**
   * Hashes once, to find out at start whether this platform can: `await cloakroom.auth.prepare()`. A hash is never made at a lower cost
   * than configured.
   *
   * @throws HasherUnavailable with the cure
   */
  prepare(): Promise<void> {
    return prepareHashers(this.#auth.settings.hashers);
  }

  /**
   * Makes a user who can log in.
   *
   * @throws UsernameRejected when the name is taken or none; PasswordRejected when the password does not do
   */
  createUser(input: NewUserInput): Promise<User> {
    return createUser(this.#auth.settings, input);
  }

  /** Gives a user a new password and ends every session. False: there is no such user. @throws PasswordRejected */
  async setPassword(userId: string, password: string): Promise<boolean> {
    const account = await this.#auth.settings.users.findById(userId);
    if (account === null || !(await setPassword(this.#auth.settings, account, password))) return false;
    await endEverySession(this.#auth, userId);
    publish("auth.password-changed", { user: userId });
    return true;
  }

  /** Lets a user log in, or not any more; switched off, every session ends. False: there is no such user. */
  async setActive(userId: string, isActive: boolean): Promise<boolean> {
    const { users } = this.#auth.settings;
    if (users.setActive === undefined) throw new ConfigurationError("auth.users", "has no method setActive.");
    if (!(await users.setActive(userId, isActive))) return false;
    if (!isActive) await endEverySession(this.#auth, userId);
    return true;
  }

  /** Ends every session of a user, also those that no list shows. @returns how many the store listed */
  endSessions(userId: string): Promise<number> {
    return endEverySession(this.#auth, userId);
  }

  /**
   * A token to send to the address that is stored for the user: worth something once, for three days, until the user logs in or the
   * password, the address or the state changes. Put it into a link to your own configured origin, never to the request's Host. Django:
   * `PasswordResetTokenGenerator`. Null: there is no such user.
   */
  async makeToken(purpose: TokenPurpose, userId: string): Promise<string | null> {
    const account = await this.#auth.settings.users.findById(userId);
    return account === null ? null : makeToken(this.#auth.keyring, purpose, account, this.#clock.now());
  }

  /** The user whom a token was made for; null when it is worth nothing (any more). Logs nobody in. */
  async checkToken(purpose: TokenPurpose, userId: string, token: string): Promise<User | null> {
    const account = await this.#auth.settings.users.findById(userId);
    return account !== null && checkToken(this.#auth.keyring, purpose, account, token, this.#clock.now()) ? account.user : null;
  }

  /**
   * Sets a new password by a token, which is used up by it, also when it arrives twice at once. Every session of the user ends.
   *
   * @returns null when the token is worth nothing
   * @throws PasswordRejected when the password does not do; the token stays good
   */
  async resetPassword(userId: string, token: string, password: string): Promise<User | null> {
    const account = await this.#auth.settings.users.findById(userId);
    if (account === null || !account.user.isActive || !checkToken(this.#auth.keyring, "reset", account, token, this.#clock.now())) return null;
    if (!(await setPassword(this.#auth.settings, account, password))) return null;
    await endEverySession(this.#auth, userId);
    publish("auth.password-changed", { user: userId });
    return account.user;
  }

  /** Switches a user on by a token, which is used up by it. Null when the token is worth nothing. */
  async activate(userId: string, token: string): Promise<User | null> {
    const user = await this.checkToken("activate", userId, token);
    if (user === null || user.isActive || !(await this.setActive(userId, true))) return null;
    return { ...user, isActive: true };
  }
}
