import { drawLetterWorths, LETTERS as ALPHABET, makeLetters } from "../crypto/letters.ts";
import type { Random } from "../crypto/random.ts";

/**
 * Django's CSRF secret and token (django.middleware.csrf): texts over 62 letters and digits. A secret has 32 characters; a token
 * has 64, a mask of 32 and behind it the secret added to that mask, letter by letter. Each token of one secret looks different, so
 * that compression beside text of an attacker betrays nothing (BREACH).
 */
const LETTERS = ALPHABET.length;

/** Characters of a bare secret: about 190 bits. */
export const CSRF_SECRET_LENGTH = 32;
/** Characters of a token: mask and masked secret. */
export const CSRF_TOKEN_LENGTH = 64;

const ONLY_LETTERS = /^[a-zA-Z0-9]*$/;
const CODES = Uint8Array.from({ length: LETTERS }, (_, at) => ALPHABET.charCodeAt(at));
const WORTHS = new Uint8Array(128);
CODES.forEach((code, at) => {
  WORTHS[code] = at;
});

/** Where texts are put together; nothing here waits, so nobody sees another's. */
const scratch = Buffer.alloc(CSRF_TOKEN_LENGTH);

/** Whether a text consists of the 62 letters only. */
export function hasCsrfLettersOnly(text: string): boolean {
  return ONLY_LETTERS.test(text);
}

/** A new secret: 32 random letters. */
export function makeCsrfSecret(random: Random): string {
  return makeLetters(random, CSRF_SECRET_LENGTH);
}

/**
 * A token of the secret under a fresh random mask, for a form field or a header.
 *
 * @param secret 32 letters, as {@link makeCsrfSecret} and {@link readCsrfSecret} give them
 * @throws RangeError when the secret is anything else
 * @example
 * maskCsrfSecret(secret, random) === maskCsrfSecret(secret, random); // false, and both match the secret
 */
export function maskCsrfSecret(secret: string, random: Random): string {
  drawLetterWorths(random, scratch, CSRF_SECRET_LENGTH);
  return maskScratch(secret);
}

/** A token of the secret under a given mask of 32 letters. @throws RangeError when either is anything else */
export function maskCsrfSecretWith(secret: string, mask: string): string {
  if (!isBareSecret(mask)) throw new RangeError("A mask of a CSRF secret has 32 letters.");
  for (let at = 0; at < CSRF_SECRET_LENGTH; at++) scratch[at] = WORTHS[mask.charCodeAt(at)] as number;
  return maskScratch(secret);
}

/** The token whose mask's worths are in the first half of the scratch. */
function maskScratch(secret: string): string {
  if (!isBareSecret(secret)) throw new RangeError("A CSRF secret has 32 letters.");
  for (let at = 0; at < CSRF_SECRET_LENGTH; at++) {
    const worth = scratch[at] as number;
    const sum = worth + (WORTHS[secret.charCodeAt(at)] as number);
    scratch[at] = CODES[worth] as number;
    scratch[CSRF_SECRET_LENGTH + at] = CODES[sum >= LETTERS ? sum - LETTERS : sum] as number;
  }
  return scratch.toString("latin1");
}

function isBareSecret(text: string): boolean {
  return text.length === CSRF_SECRET_LENGTH && hasCsrfLettersOnly(text);
}

function isToken(text: string): boolean {
  return text.length === CSRF_TOKEN_LENGTH && hasCsrfLettersOnly(text);
}

/** The secret in a token of 64 letters; null for any other text. */
export function unmaskCsrfToken(token: string): string | null {
  if (!isToken(token)) return null;
  for (let at = 0; at < CSRF_SECRET_LENGTH; at++) scratch[at] = CODES[unmaskedWorth(token, at)] as number;
  return scratch.toString("latin1", 0, CSRF_SECRET_LENGTH);
}

function unmaskedWorth(token: string, at: number): number {
  const difference = (WORTHS[token.charCodeAt(CSRF_SECRET_LENGTH + at)] as number) - (WORTHS[token.charCodeAt(at)] as number);
  return difference < 0 ? difference + LETTERS : difference;
}

/** The secret in what a cookie or a session holds, bare (32 letters) or masked (64); null for any other text. */
export function readCsrfSecret(stored: string): string | null {
  return isBareSecret(stored) ? stored : unmaskCsrfToken(stored);
}

/**
 * Whether what a request carries, masked or bare, is a token of the secret. Takes the same time wherever a well-formed token differs.
 *
 * @param secret 32 letters. Anything else matches nothing, so an absent secret cannot be met by an absent token.
 * @param token anything that a form or a header may hold; what is no text of 32 or 64 letters is false
 */
export function matchesCsrfSecret(secret: string, token: unknown): boolean {
  if (typeof token !== "string" || !isBareSecret(secret)) return false;
  let difference = 0;
  if (isToken(token)) {
    for (let at = 0; at < CSRF_SECRET_LENGTH; at++) difference |= unmaskedWorth(token, at) ^ (WORTHS[secret.charCodeAt(at)] as number);
  } else if (isBareSecret(token)) {
    for (let at = 0; at < CSRF_SECRET_LENGTH; at++) difference |= token.charCodeAt(at) ^ secret.charCodeAt(at);
  } else {
    return false;
  }
  return difference === 0;
}

/**
 * 32 letters made of a digest. They are not exactly equally likely, which does not matter for a digest that only its key's owner
 * can make.
 *
 * @param digest at least 32 characters, each standing for a byte
 */
export function lettersOfDigest(digest: string): string {
  for (let at = 0; at < CSRF_SECRET_LENGTH; at++) scratch[at] = CODES[digest.charCodeAt(at) % LETTERS] as number;
  return scratch.toString("latin1", 0, CSRF_SECRET_LENGTH);
}

/** Whether the mask of a token is the letters of a digest, in a time that does not depend on where it differs. */
export function isMaskedWithDigest(token: string, digest: string): boolean {
  let difference = 0;
  for (let at = 0; at < CSRF_SECRET_LENGTH; at++) difference |= token.charCodeAt(at) ^ (CODES[digest.charCodeAt(at) % LETTERS] as number);
  return difference === 0;
}
