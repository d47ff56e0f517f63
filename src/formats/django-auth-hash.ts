import { equalText } from "../crypto/equal.ts";
import { createMac, type Mac, type MacAlgorithm } from "../crypto/hmac.ts";
import { type DjangoRelease, isAtLeast } from "./django-release.ts";
import { deriveSaltedKey, secretBytesOf, type SigningKeys } from "./signing-keys.ts";

const SALT = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash";

/** Options of {@link createSessionAuthHash}. */
export interface SessionAuthHashOptions {
  /** Below 4.0 the digests of SHA-1 are read too, and 2.2 writes them. The default is `"6.1"`. */
  readonly release?: DjangoRelease;
  /** The least length of each secret in bytes. The default is 32. */
  readonly minimumKeyBytes?: number;
}

/** How a stored hash fits: made with the current key, with an older one (write it again and rotate the session), or not at all. */
export type SessionAuthMatch = "current" | "outdated" | null;

/** The keyed digest of a password hash that a session carries, so that a changed password ends all other sessions. */
export interface SessionAuthHash {
  /** @param passwordField the whole encoded password, as the user's record holds it */
  make(passwordField: string): string;
  /** Takes the same time wherever the stored hash differs. Anything but a text is no match. */
  match(passwordField: string, stored: unknown): SessionAuthMatch;
}

/**
 * Django's `get_session_auth_hash` with its fallbacks.
 *
 * @param keys newest first: the first makes, all match
 * @see https://docs.djangoproject.com/en/stable/topics/auth/default/#session-invalidation-on-password-change
 */
export function createSessionAuthHash(keys: SigningKeys, options: SessionAuthHashOptions = {}): SessionAuthHash {
  const release = options.release ?? "6.1";
  const algorithm: MacAlgorithm = release === "2.2" ? "sha1" : "sha256";
  const secrets = secretBytesOf(keys, options.minimumKeyBytes);
  const macOf = (secret: Uint8Array, using: MacAlgorithm): Mac => createMac(using, deriveSaltedKey(SALT, secret, using));
  // Fallback keys count for it since Django 4.1.8.
  const macs = (isAtLeast(release, "4.2") ? secrets : secrets.slice(0, 1)).map((secret) => macOf(secret, algorithm));
  const transition = release === "3.2" ? macOf(secrets[0] as Uint8Array, "sha1") : null;
  const current = macs[0] as Mac;
  return {
    make: (passwordField) => current(passwordField, "hex"),
    match: (passwordField, stored) => {
      if (typeof stored !== "string") return null;
      const at = macs.findIndex((mac) => equalText(mac(passwordField, "hex"), stored));
      if (at !== -1) return at === 0 ? "current" : "outdated";
      // Django 3.1 and 3.2 leave such a hash as it is.
      return transition !== null && equalText(transition(passwordField, "hex"), stored) ? "current" : null;
    },
  };
}
