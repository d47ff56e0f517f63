import { UsernameRejected } from "../errors.ts";
import type { Account, User, Users } from "../store/users.ts";
import type { PasswordPolicy } from "./auth-settings.ts";
import { hashPassword, makeUnusablePassword, type Hashers } from "./hashers/passwords.ts";
import { checkNewPassword } from "./password-rules.ts";
import { LONGEST_USERNAME, normalizeUsername } from "./username.ts";

/** What these operations work on: the resolved settings of a cloakroom, or a command line's own. */
export interface UserTools {
  readonly users: Users;
  readonly hashers: Hashers;
  readonly passwords: PasswordPolicy;
}

/** Whom to make. */
export interface NewUserInput {
  readonly username: string;
  /** Null: a user without a password, who logs in some other way. */
  readonly password: string | null;
  /** Default: none. */
  readonly email?: string;
  /** Default: true. False for somebody who has to confirm their address first. */
  readonly isActive?: boolean;
  /** Default: false. */
  readonly isStaff?: boolean;
  /** Has every permission. Default: false. */
  readonly isSuperuser?: boolean;
}

/** The rules when nobody says otherwise. */
export const DEFAULT_PASSWORD_POLICY: PasswordPolicy = Object.freeze({ minLength: 8, refuse: null });

const LONGEST_EMAIL = 254;

/**
 * Makes a user. The command line's `createuser`, and `cloakroom.auth.createUser`.
 *
 * @throws UsernameRejected, PasswordRejected
 * @example
 * const users = sqlUsers("coatcheck.db");
 * await createUser({ users, hashers: makeHashers(), passwords: DEFAULT_PASSWORD_POLICY }, { username: "ada", password: "a long walk home" });
 */
export async function createUser({ users, hashers, passwords }: UserTools, input: NewUserInput): Promise<User> {
  const username = checkUsername(input.username);
  const email = checkEmail(input.email ?? "");
  const passwordHash = input.password === null ? makeUnusablePassword(hashers.random) : await hashPassword(checkNewPassword(input.password, { username, email }, passwords), hashers);
  const made = await users.create({ username, email, passwordHash, isActive: input.isActive ?? true, isStaff: input.isStaff ?? false, isSuperuser: input.isSuperuser ?? false });
  if (made === null) throw new UsernameRejected("taken", "This user name is taken.");
  return made;
}

/**
 * Replaces a user's password, with the rules for new ones. It ends every session of the user, because each carries a digest of the old one.
 *
 * @returns false when somebody else changed it in the same moment
 * @throws PasswordRejected
 */
export async function setPassword({ users, hashers, passwords }: UserTools, account: Account, password: string): Promise<boolean> {
  const passwordHash = await hashPassword(checkNewPassword(password, account.user, passwords), hashers);
  return users.setPasswordHash(account.user.id, passwordHash, account.passwordHash);
}

/** The command line's `changepassword`. @returns the user; null when there is none of that name. @throws PasswordRejected */
export async function changePassword(tools: UserTools, username: string, password: string): Promise<User | null> {
  const normalized = normalizeUsername(username);
  const account = normalized === null ? null : await tools.users.findByUsername(normalized);
  if (account === null || !(await setPassword(tools, account, password))) return null;
  await tools.users.epochs?.raise(account.user.id);
  return account.user;
}

/** The name as it is stored. Blanks at the ends are a slip that nobody would see again. */
function checkUsername(given: unknown): string {
  const username = typeof given === "string" ? normalizeUsername(given.trim()) : null;
  if (username === null) throw new UsernameRejected("malformed", `A user name has 1 to ${LONGEST_USERNAME} characters, and no control characters.`);
  return username;
}

/** Compared exactly ever after, so it is stored as it was given. */
function checkEmail(email: string): string {
  if (email.length > LONGEST_EMAIL || /[\p{Cc}\p{Z}]/u.test(email) || !email.isWellFormed()) throw new UsernameRejected("email", `An address of mail has at most ${LONGEST_EMAIL} characters, and no blanks.`);
  return email;
}
