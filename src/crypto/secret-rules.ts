import { ConfigurationError } from "../errors.ts";

/** A master secret: text of at least 32 bytes (as UTF-8), or the bytes themselves. */
export type Secret = string | Uint8Array;

/** The least key material that is taken. */
export const MINIMUM_SECRET_BYTES = 32;
const MINIMUM_DISTINCT = 8;

const CURE = "Make one with `npx coatcheck secret` and keep it outside the code";

/**
 * Words that no random secret contains and every copied example does: the values in the documentation of session
 * libraries, of Django's and other frameworks' templates, and in Coatcheck's own documentation and tests. Compared without case and
 * without anything but letters and digits.
 */
const EXAMPLE_WORDS: readonly string[] = [
  "averylogphrase",
  "averylongphrase",
  "abcdefghijkl",
  "changeit",
  "changeme",
  "changethis",
  "complexpassword",
  "correcthorse",
  "defaultsecret",
  "developmentonly",
  "devsecret",
  "djangoinsecure",
  "donotuse",
  "example",
  "foobar",
  "insecure",
  "interopsecret",
  "keyboardcat",
  "letmein",
  "longandrandom",
  "longsecret",
  "loremipsum",
  "mysecret",
  "notsecret",
  "notsosecret",
  "password",
  "placeholder",
  "qwertyuiop",
  "randomstring",
  "replaceme",
  "replacethis",
  "secretkey",
  "secretsecret",
  "sessionsecret",
  "shhhh",
  "somesecret",
  "supersecret",
  "testsecret",
  "thisisasecret",
  "thirtytwochar",
  "topsecret",
  "unsafesecret",
  "verysecret",
  "whatever",
  "yoursecret",
  "1234567890",
  "9876543210",
];

/**
 * Checks one master secret.
 *
 * @param setting the setting as the user wrote it, for instance `secrets[0]`; the message names it and never the value
 * @param production whether examples and texts of little variety are refused; they are accepted in development only
 * @throws ConfigurationError `COAT_SECRET_MISSING` when it is absent, empty or blank; `COAT_CONFIGURATION` when it is
 *   shorter than 32 bytes or could be guessed
 */
export function checkSecret(secret: Secret | undefined, setting: string, production: boolean): asserts secret is Secret {
  if (secret === undefined || secret.length === 0 || (typeof secret === "string" && secret.trim() === "")) {
    throw new ConfigurationError(setting, `a secret is missing. ${CURE}, for instance in the environment variable SECRET_KEY.`, "COAT_SECRET_MISSING");
  }
  if (typeof secret !== "string" && !(secret instanceof Uint8Array)) {
    throw new ConfigurationError(setting, `a secret is text or bytes, not ${typeof secret}. ${CURE}.`);
  }
  const bytes = countKeyBytes(secret);
  if (bytes < MINIMUM_SECRET_BYTES) {
    throw new ConfigurationError(setting, `the secret holds ${bytes} bytes and needs at least ${MINIMUM_SECRET_BYTES} (hexadecimal text counts two characters a byte). ${CURE}.`);
  }
  const problem = production ? findWeakness(secret) : null;
  if (problem !== null) throw new ConfigurationError(setting, `${problem}. ${CURE}.`);
}

/** How much key material a secret holds. Hexadecimal text carries half a byte in a character, so it counts half. */
function countKeyBytes(secret: Secret): number {
  if (typeof secret !== "string") return secret.length;
  if (/^[0-9a-f]+$/i.test(secret)) return Math.floor(secret.length / 2);
  return Buffer.byteLength(secret, "utf8");
}

function findWeakness(secret: Secret): string | null {
  const units = typeof secret === "string" ? Buffer.from(secret, "utf8") : secret;
  if (new Set(units).size < MINIMUM_DISTINCT) return `the secret has fewer than ${MINIMUM_DISTINCT} different characters and can be guessed`;
  const period = findPeriod(units);
  if (period < MINIMUM_SECRET_BYTES && period * 2 <= units.length) return `the secret repeats itself after ${period} bytes and can be guessed`;
  if (typeof secret === "string") {
    const letters = secret.toLowerCase().replace(/[^a-z0-9]/g, "");
    if (EXAMPLE_WORDS.some((word) => letters.includes(word))) return "the secret is an example from documentation and everybody knows it";
  }
  return null;
}

/** The length of the shortest beginning whose repetition gives the whole (the failure function of Knuth, Morris and Pratt). */
function findPeriod(units: Uint8Array): number {
  const borders = new Uint32Array(units.length);
  for (let at = 1; at < units.length; at++) {
    let border = borders[at - 1] ?? 0;
    while (border > 0 && units[border] !== units[at]) border = borders[border - 1] ?? 0;
    borders[at] = units[border] === units[at] ? border + 1 : 0;
  }
  return units.length - (borders[units.length - 1] ?? 0);
}
