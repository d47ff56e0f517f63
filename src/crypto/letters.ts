import type { Random } from "./random.ts";

/** The 62 letters and digits, in the order in which Django counts them. */
export const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

const CODES = Uint8Array.from(LETTERS, (letter) => letter.charCodeAt(0));

/** Bytes from here on are thrown away, so that every letter is equally likely. */
const UNBIASED = 256 - (256 % LETTERS.length);

/** Fills the first places of an array with random numbers below 62, each equally likely. */
export function drawLetterWorths(random: Random, into: Uint8Array, count: number): void {
  let filled = 0;
  while (filled < count) {
    // One byte in 32 is thrown away on average, so a few more are drawn at once.
    const bytes = random.bytes(count - filled + 4);
    for (let at = 0; at < bytes.length && filled < count; at++) {
      const byte = bytes[at] as number;
      if (byte < UNBIASED) into[filled++] = byte % LETTERS.length;
    }
  }
}

/** A random text of letters and digits, about 5.95 bits each: salts, and what Django calls a random string. */
export function makeLetters(random: Random, length: number): string {
  const letters = Buffer.allocUnsafe(length);
  drawLetterWorths(random, letters, length);
  for (let at = 0; at < length; at++) letters[at] = CODES[letters[at] as number] as number;
  return letters.toString("latin1");
}
