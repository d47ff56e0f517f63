import type { Keyring } from "../crypto/keyring.ts";
import { createSessionAuthHash, type SessionAuthHash } from "../formats/django-auth-hash.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import type { Feature } from "../manager/features.ts";
import { Turns } from "../manager/turns.ts";
import type { SessionStore } from "../store/store.ts";
import type { Account, User } from "../store/users.ts";
import type { AuthSettings } from "./auth-settings.ts";
import { Auth } from "./auth.ts";
import { CurrentUser } from "./current-user.ts";
import { Throttle } from "./throttle.ts";

/** The account as it was when somebody proved to be its user, and how. */
export interface Proof {
  readonly account: Account;
  readonly backend: string;
}

const ORDERS_PER_MS = 1000;

/** Login of one cloakroom: what its requests share. */
export class AuthFeature implements Feature {
  readonly name = "auth";
  readonly settings: AuthSettings;
  /** Null when sessions live in the cookie. */
  readonly store: SessionStore | null;
  readonly throttle: Throttle | null;
  /** Logins of one user that have to count sessions go one after the other. */
  readonly logins: Turns = new Turns();
  readonly #keyring: () => Keyring;
  readonly #proofs = new WeakMap<User, Proof>();
  #hash: SessionAuthHash | null = null;
  #lastOrder = 0;

  /** @param keyring asked when it is first needed, because the embedded store reads its secret then */
  constructor(settings: AuthSettings, store: SessionStore | null, keyring: () => Keyring) {
    this.settings = settings;
    this.store = store;
    this.#keyring = keyring;
    this.throttle = settings.throttle === null ? null : new Throttle(settings.throttle, settings.attempts, keyring);
  }

  /** The public face for one request. */
  of(exchange: ExchangeState): Auth {
    return new Auth(this, exchange);
  }

  currentOf(exchange: ExchangeState): CurrentUser {
    return exchange.slot(this, () => new CurrentUser(this, exchange));
  }

  get keyring(): Keyring {
    return this.#keyring();
  }

  /** The digest of a password hash that sessions carry. */
  get sessionHash(): SessionAuthHash {
    return (this.#hash ??= createSessionAuthHash(this.#keyring()));
  }

  /** Remembers what was proved of a user, so that the login that follows is one with that very password. */
  prove(account: Account, backend: string): User {
    this.#proofs.set(account.user, { account, backend });
    return account.user;
  }

  proofOf(user: User): Proof | undefined {
    return this.#proofs.get(user);
  }

  /** A number for a login, greater than that of any login before it in this process, and of any of an earlier millisecond elsewhere. */
  nextOrder(now: number): number {
    return (this.#lastOrder = Math.max(this.#lastOrder + 1, now * ORDERS_PER_MS));
  }

  async epochOf(account: Account): Promise<number> {
    const { users, epochs } = this.settings;
    // What the account says is the users' own number; with another place for it, it would be an old one.
    const known = epochs === (users.epochs ?? null) ? account.epoch : undefined;
    return known ?? (await epochs?.read(account.user.id)) ?? 0;
  }
}
