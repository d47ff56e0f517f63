import type { Random } from "../../crypto/random.ts";

/**
 * One way to hash passwords, in Django's text format: parts between `$`, the first of which names the hasher.
 * Own hashers can be listed beside the built-in ones.
 */
export interface PasswordHasher {
  /** The part before the first `$`. */
  readonly algorithm: string;
  /** Hashes with the configured cost and a fresh salt. */
  hash(password: string, random: Random): Promise<string>;
  /** Whether the password fits a text of this hasher, at the cost that the text names. False for a malformed text; must not throw for it. */
  verify(password: string, encoded: string): Promise<boolean>;
  /** Whether the text was made at another cost, or with too short a salt. True for a malformed text. */
  needsUpgrade(encoded: string): boolean;
  /**
   * Spends what a text of lower cost saved, so that checking it takes as long as at the configured cost. Only hashers whose cost can
   * be topped up have it.
   */
  topUp?(password: string, encoded: string): Promise<void>;
  /** Throws `HasherUnavailable` when the platform cannot do this at the configured cost. */
  prepare(): Promise<void>;
}

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
