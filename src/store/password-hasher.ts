import type { Random } from "../crypto/random.ts";

/** The costs of a hasher's texts, in units of its own that grow as the time does: iterations, for instance. */
export interface HashCosts {
  /** Of a text that is written today. */
  readonly configured: number;
  /** Of checking a stored text; null for a malformed one, which is not hashed for. */
  of(encoded: string): number | null;
  /** Takes as long as a check of that cost, and finds nothing. */
  spend(password: string, cost: number): Promise<void>;
}

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
   * How long its checks take, so that a wrong password takes the same time for everybody, whatever the cost of their hash. Without it one
   * for a text of another cost takes longer than one for a name that nobody has.
   */
  readonly costs?: HashCosts;
  /** Throws `HasherUnavailable` when the platform cannot do this at the configured cost. */
  prepare(): Promise<void>;
}
