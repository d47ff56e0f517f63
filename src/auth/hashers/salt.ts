import { makeLetters } from "../../crypto/letters.ts";
import type { Random } from "../../crypto/random.ts";
import { ConfigurationError } from "../../errors.ts";
import { SALT_LENGTH } from "./hasher.ts";

/** A salt of 22 letters and digits, each equally likely. */
export function makeSalt(random: Random): string {
  return makeLetters(random, SALT_LENGTH);
}

/** @throws ConfigurationError for a salt that the text format cannot hold */
export function checkSalt(salt: string): void {
  if (salt === "" || salt.includes("$")) throw new ConfigurationError("salt", "it may not be empty and may not contain `$`. Leave it out to get a random one.");
}
