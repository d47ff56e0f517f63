import type { DerivedKey, Keyring } from "../crypto/keyring.ts";
import { isMaskedWithDigest, lettersOfDigest, maskCsrfSecretWith, unmaskCsrfToken } from "./django-csrf.ts";

/**
 * Coatcheck's own CSRF cookie: a token of 64 letters in Django's form whose mask is not random but a keyed digest of the secret
 * and of what the secret belongs to. Scripts and Django's own readers take it as a token like any other; who plants a cookie
 * cannot make the mask for the victim's session, because that takes the key.
 */
const PURPOSE = "csrf binding";

/** What a bound value held. */
export interface BoundCsrfSecret {
  readonly secret: string;
  /** Whether the first secret of the keyring bound it. If not, bind it again when the cookie is next sent. */
  readonly keyIsCurrent: boolean;
}

/** The binding of a session: by the id of its record. Another kind of binding can never give the same text. */
export function bindToSession(sessionId: string): string {
  return `session:${sessionId}`;
}

/** The binding of a visitor without a session: by the pre-session secret in a cookie of its own. */
export function bindToVisitor(preSessionSecret: string): string {
  return `visitor:${preSessionSecret}`;
}

/**
 * The cookie value of a secret for one session or visitor: 64 letters, the same each time. To let open forms live on when a
 * session is created or rotated, bind the same secret to the new id.
 *
 * @param binding from {@link bindToSession} or {@link bindToVisitor}
 * @example
 * const cookie = session.id === null ? null : bindCsrfSecret(keyring, secret, bindToSession(session.id));
 */
export function bindCsrfSecret(keyring: Keyring, secret: string, binding: string): string {
  return maskCsrfSecretWith(secret, lettersOfDigest(digestOf(keyring.derive(PURPOSE)[0] as DerivedKey, secret, binding)));
}

/**
 * The secret in a bound value; null when the value is malformed, was bound to something else, or under a secret that is no
 * longer listed. Such a value counts as absent.
 */
export function openBoundCsrfSecret(keyring: Keyring, value: string, binding: string): BoundCsrfSecret | null {
  const secret = unmaskCsrfToken(value);
  if (secret === null) return null;
  for (const key of keyring.derive(PURPOSE)) {
    if (isMaskedWithDigest(value, digestOf(key, secret, binding))) return { secret, keyIsCurrent: key.isCurrent };
  }
  return null;
}

/** The secret's length is fixed, so secret and binding can stand side by side. */
function digestOf({ mac }: DerivedKey, secret: string, binding: string): string {
  return mac(secret + binding, "binary");
}
