import { hash } from "./platform.ts";

/** Looking for what does not belong is twice as quick as counting what does. */
const NOT_BASE64URL = /[^A-Za-z0-9_-]/;

/**
 * 43 characters of base64url are 258 bits. The two that are left over must be zero, so that each token has exactly one
 * spelling: the last character is one of these sixteen.
 */
const LAST_CHARACTERS = "AEIMQUYcgkosw048";

/** Whether a text could be a token of ours. Checked before any store call and any hashing. */
export function isTokenShaped(text: string): boolean {
  return text.length === 43 && LAST_CHARACTERS.includes(text.charAt(42)) && !NOT_BASE64URL.test(text);
}

/**
 * The id under which a token's record is kept: SHA-256 over the realm and the token, as base64url. One way, so a copy of
 * the store opens no session; and a token that was made for one cookie or application is a stranger in every other.
 *
 * @param realm where the token is valid: application namespace and carrier name
 */
export function digestToken(realm: string, token: string): string {
  return hash("sha256", realm + token, "base64url");
}
