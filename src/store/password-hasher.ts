import type { Random } from "../crypto/random.ts";

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
