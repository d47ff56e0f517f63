import { createHmac, randomBytes } from "node:crypto";

/** Of this process only, so that digests say "the same" or "another one" and nothing more. */
const KEY = randomBytes(32);

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const TOKEN = /^[a-zA-Z0-9]{64}$/;

/** Eight characters by which two values can be told apart, and from which neither can be found. */
export function shortDigest(value: string): string {
  return createHmac("sha256", KEY).update(value).digest("hex").slice(0, 8);
}

/**
 * The digest of the secret behind a CSRF token, which looks different in every form: the first half of a token is a mask, and the
 * second is the secret with the mask added, letter by letter. Null for what is no token.
 */
export function digestSecretOf(token: string): string | null {
  if (!TOKEN.test(token)) return null;
  const worth = (at: number): number => LETTERS.indexOf(token.charAt(at));
  const letters = Array.from({ length: 32 }, (_, at) => LETTERS.charAt((worth(at + 32) - worth(at) + LETTERS.length) % LETTERS.length));
  return shortDigest(letters.join(""));
}
