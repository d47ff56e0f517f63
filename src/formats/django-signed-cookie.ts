import type { Clock } from "../clock.ts";
import { BadSignature, SignatureExpired } from "../errors.ts";
import { type DjangoRelease, isAtLeast } from "./django-release.ts";
import { createSignerCore } from "./django-signer.ts";
import { type AgeOptions, type TimestampedValue, type TimestampSigner, timestampSignerOver } from "./django-timestamp-signer.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** Stands before the secret in everything that Django signs for a cookie. */
export const DJANGO_COOKIE_KEY_PREFIX = "django.http.cookies";

/** Options of {@link createDjangoCookieSigner}. */
export interface DjangoCookieSignerOptions {
  /** Whose cookies are read and written. `"5.2"` stands for 5.2.15, 6.0.6 and later, where the salt changed (CVE-2026-6873). */
  readonly release: DjangoRelease;
  /** SIGNED_COOKIE_LEGACY_SALT_FALLBACK: also read the salt of before. The default is the release's: on for `"5.2"`, off for `"6.1"`. */
  readonly acceptLegacySalt?: boolean;
  readonly clock?: Clock;
  /** The least length of each secret in bytes. The default is 32. */
  readonly minimumKeyBytes?: number;
}

/** Django's `set_signed_cookie` and `get_signed_cookie`, without the cookie around the value. */
export interface DjangoCookieSigner {
  /** @param salt the optional argument of Django's methods */
  sign(name: string, value: string, salt?: string): string;
  /** @throws BadSignature, SignatureExpired */
  read(name: string, signed: string, options?: AgeOptions & { readonly salt?: string }): TimestampedValue;
}

/** Cookie names and salts are constants of the program; the cap keeps a caller who builds them from input from filling the memory. */
const MAX_SIGNERS = 256;

/**
 * Signs cookie values as Django does. The name is part of what is signed, so a value cannot be moved to another cookie.
 *
 * @see https://docs.djangoproject.com/en/stable/ref/request-response/#django.http.HttpResponse.set_signed_cookie
 */
export function createDjangoCookieSigner(keys: SigningKeys, options: DjangoCookieSignerOptions): DjangoCookieSigner {
  const { release } = options;
  const hasLengthInSalt = isAtLeast(release, "5.2");
  const acceptLegacySalt = hasLengthInSalt && (options.acceptLegacySalt ?? release === "5.2");
  const signers = new Map<string, TimestampSigner>();
  const signerFor = (salt: string): TimestampSigner => {
    const known = signers.get(salt);
    if (known !== undefined) return known;
    const algorithm = release === "2.2" ? "sha1" : "sha256";
    const signerOptions = { ...options, salt, algorithm, acceptSha1: release === "3.2", keyPrefix: DJANGO_COOKIE_KEY_PREFIX } as const;
    const signer = timestampSignerOver(createSignerCore(keys, "", signerOptions), signerOptions);
    if (signers.size >= MAX_SIGNERS) signers.clear();
    signers.set(salt, signer);
    return signer;
  };
  const saltOf = (name: string, salt: string): string => (hasLengthInSalt ? `django.http.cookies.v2:${[...salt].length}:${salt}${name}` : name + salt);
  return {
    sign: (name, value, salt = "") => signerFor(saltOf(name, salt)).sign(value),
    read: (name, signed, readOptions = {}) => {
      const salt = readOptions.salt ?? "";
      try {
        return signerFor(saltOf(name, salt)).read(signed, readOptions);
      } catch (error) {
        if (!acceptLegacySalt || !(error instanceof BadSignature) || error instanceof SignatureExpired) throw error;
        return { ...signerFor(name + salt).read(signed, readOptions), keyIsCurrent: false };
      }
    },
  };
}
