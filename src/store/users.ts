import type { Epochs } from "./epochs.ts";
import type { LoginAttempts } from "./login-attempts.ts";

/**
 * Somebody who can log in. Holds nothing secret, so it may be shown, logged and sent. Extend it with what your own `Users` returns:
 *
 * @example
 * declare module "coatcheck" {
 *   interface User { readonly avatar?: string }
 * }
 */
export interface User {
  /** The key of the row as text; compared exactly. At most 255 characters. */
  readonly id: string;
  readonly username: string;
  /** False: cannot log in, and is out with the next request. */
  readonly isActive: boolean;
  readonly email?: string;
  readonly isStaff?: boolean;
  /** Has every permission. */
  readonly isSuperuser?: boolean;
  /** Milliseconds since 1970; null for never. */
  readonly lastLoginAt?: number | null;
}

/** A user with what must not leave the server. */
export interface Account {
  readonly user: User;
  /** The whole encoded password, as Django's `password` column holds it. */
  readonly passwordHash: string;
  /** The user's epoch, where one is kept: sessions that were begun under a smaller one are over. */
  readonly epoch?: number;
}

/** What a new user is made from. */
export interface NewUser {
  readonly username: string;
  readonly passwordHash: string;
  readonly email: string;
  readonly isActive: boolean;
  readonly isStaff: boolean;
  readonly isSuperuser: boolean;
}

/**
 * Where users live. `sqlUsers(database)` keeps them in Django's tables; write your own for any other place. Absent is null; only a
 * failing engine throws, and then nobody is logged in.
 */
export interface Users {
  /** The user with exactly this id. */
  findById(id: string): Promise<Account | null>;
  /** The user with exactly this name. */
  findByUsername(username: string): Promise<Account | null>;
  /** Null: the name, or one that differs only in case, is taken. */
  create(user: NewUser): Promise<User | null>;
  /** Replaces the password if the stored one still is `replaces`. False: it is not, and nothing was changed. */
  setPasswordHash(id: string, passwordHash: string, replaces: string): Promise<boolean>;
  /** @param at milliseconds since 1970 */
  recordLogin(id: string, at: number): Promise<void>;
  /** Lets a user log in, or not any more. False: there is no such user. */
  setActive?(id: string, isActive: boolean): Promise<boolean>;
  /** The user's permissions, their groups' included, as Django names them: `books.change_book`. Asked once a request, never cached in a session. */
  permissionsOf?(user: User): Promise<ReadonlySet<string>>;
  /** Ends sessions that no list shows. */
  readonly epochs?: Epochs;
  /** Counts attempts so that a restart forgets none. Without it they are counted in the process. */
  readonly attempts?: LoginAttempts;
}
