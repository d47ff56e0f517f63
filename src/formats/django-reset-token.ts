import { equalText } from "../crypto/equal.ts";
import { type DjangoRelease, isAtLeast } from "./django-release.ts";
import { saltedHmacHex, secretBytesOf, type SigningKeys } from "./signing-keys.ts";

/** What a reset token is bound to: any change of it makes the token worthless. */
export interface ResetTokenUser {
  /** Primary key as text. */
  readonly userId: string;
  /** The whole encoded password. */
  readonly passwordField: string;
  /** Milliseconds since 1970, null for never. */
  readonly lastLoginAt: number | null;
  /** The stored address, empty for none. */
  readonly email: string;
}

/** Options of {@link makeResetToken} and {@link checkResetToken}. */
export interface ResetTokenOptions {
  /** The default is `"6.1"`. */
  readonly release?: DjangoRelease;
  /** The least length of each secret in bytes. The default is 32. */
  readonly minimumKeyBytes?: number;
}

const SALT = "django.contrib.auth.tokens.PasswordResetTokenGenerator";
const EPOCH_AT = Date.UTC(2001, 0, 1);
const DAY_SECONDS = 86_400;
const DEFAULT_TIMEOUT_SECONDS = 3 * DAY_SECONDS;
const SHAPE = /^([0-9a-z]{1,13})-([0-9a-f]{20}|[0-9a-f]{32})$/;

/**
 * Django's password reset token.
 *
 * @param localNow milliseconds since 1970 of the wall clock taken as UTC: Django counts local time here, so a program beside it has to
 *   use the same time zone. Alone, any clock will do.
 */
export function makeResetToken(keys: SigningKeys, user: ResetTokenUser, localNow: number, options: ResetTokenOptions = {}): string {
  const secret = secretBytesOf(keys, options.minimumKeyBytes)[0] as Uint8Array;
  return tokenAt(secret, user, countSince(localNow, options), options);
}

/**
 * Whether a token was made for this user in this state, not too long ago.
 *
 * @param timeoutSeconds PASSWORD_RESET_TIMEOUT; the default is 3 days. Exactly at the limit is accepted.
 */
export function checkResetToken(keys: SigningKeys, user: ResetTokenUser, token: string, localNow: number, timeoutSeconds: number = DEFAULT_TIMEOUT_SECONDS, options: ResetTokenOptions = {}): boolean {
  const match = SHAPE.exec(token);
  if (match === null) return false;
  const count = Number.parseInt(match[1] ?? "", 36);
  const secrets = secretBytesOf(keys, options.minimumKeyBytes);
  const tried = isAtLeast(options.release ?? "6.1", "4.2") ? secrets : secrets.slice(0, 1);
  if (!tried.some((secret) => equalText(tokenAt(secret, user, count, options), token))) return false;
  const unitSeconds = isInDays(options) ? DAY_SECONDS : 1;
  const ageSeconds = (countSince(localNow, options) - count) * unitSeconds;
  return ageSeconds <= timeoutSeconds;
}

/** Before Django 3.1 the time was counted in days, the digest was SHA-1, and the address was left out. */
function isInDays(options: ResetTokenOptions): boolean {
  return options.release === "2.2";
}

function countSince(localNow: number, options: ResetTokenOptions): number {
  const seconds = Math.floor((localNow - EPOCH_AT) / 1000);
  return isInDays(options) ? Math.floor(seconds / DAY_SECONDS) : seconds;
}

function tokenAt(secret: Uint8Array, user: ResetTokenUser, count: number, options: ResetTokenOptions): string {
  const lastLogin = user.lastLoginAt === null ? "" : new Date(user.lastLoginAt).toISOString().slice(0, 19).replace("T", " ");
  const isOld = isInDays(options);
  const text = `${user.userId}${user.passwordField}${lastLogin}${count}${isOld ? "" : user.email}`;
  const digest = saltedHmacHex(SALT, text, secret, isOld ? "sha1" : "sha256");
  return `${count.toString(36)}-${[...digest].filter((_, at) => at % 2 === 0).join("")}`;
}
