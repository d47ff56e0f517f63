export type { HashCosts, PasswordHasher } from "../../store/password-hasher.ts";

/** A salt of 22 letters and digits has 131 bits; Django wants at least 128. */
export const SALT_LENGTH = 22;
export const SALT_BITS_PER_CHARACTER: number = Math.log2(62);
const MINIMUM_SALT_BITS = 128;

/** Django's rule: as if every character of the salt were one of 62. */
export function isSaltTooShort(salt: string): boolean {
  return [...salt].length * SALT_BITS_PER_CHARACTER < MINIMUM_SALT_BITS;
}

/** A whole number in decimal digits between limits; null for any other text. Keeps a damaged column from asking for absurd work. */
export function parseCost(text: string | undefined, minimum: number, maximum: number): number | null {
  if (text === undefined || !/^[0-9]{1,9}$/.test(text)) return null;
  const value = Number(text);
  return value >= minimum && value <= maximum ? value : null;
}
