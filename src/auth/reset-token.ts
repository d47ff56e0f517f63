import type { Keyring } from "../crypto/keyring.ts";
import { checkResetToken, makeResetToken, type ResetTokenUser } from "../formats/django-reset-token.ts";
import type { Account } from "../store/users.ts";

/** What a token is for: a new password, or switching a new user on. One is never good for the other. */
export type TokenPurpose = "reset" | "activate";

/** The token of Django's `PasswordResetTokenGenerator`; with `reset` the very same. */
export function makeToken(keyring: Keyring, purpose: TokenPurpose, account: Account, now: number): string {
  return makeResetToken(keyring, describe(purpose, account), now);
}

/** Whether a token was made for this purpose and this user as they are now, no more than three days ago. */
export function checkToken(keyring: Keyring, purpose: TokenPurpose, account: Account, token: unknown, now: number): boolean {
  return typeof token === "string" && checkResetToken(keyring, describe(purpose, account), token, now);
}

/** The text begins with the purpose where it is not Django's own, which begins with figures; a user who is on is described otherwise than one who is off. */
function describe(purpose: TokenPurpose, { user, passwordHash }: Account): ResetTokenUser {
  const userId = purpose === "reset" ? user.id : `activate:${user.isActive ? "on" : "off"}:${user.id}`;
  return { userId, passwordField: passwordHash, lastLoginAt: user.lastLoginAt ?? null, email: user.email ?? "" };
}
