import { equalText } from "../../crypto/equal.ts";
import { pbkdf2 } from "../../crypto/platform.ts";
import { HasherUnavailable } from "../../errors.ts";
import { isSaltTooShort, parseCost, type PasswordHasher } from "./hasher.ts";
import { checkSalt, makeSalt } from "./salt.ts";

/** Derives a key: the platform's own, or one's own for tests of other platforms. */
export type DerivePbkdf2 = (password: string, salt: string, iterations: number, length: number, digest: "sha1" | "sha256") => Promise<Uint8Array>;

/** Options of {@link pbkdf2Sha256} and {@link pbkdf2Sha1}. */
export interface Pbkdf2Options {
  /** The default is 1,000,000 (Django 5.2). A text with another number, higher or lower, is upgraded. */
  readonly iterations?: number;
  /** The default is the platform's. */
  readonly derive?: DerivePbkdf2;
}

const DEFAULT_ITERATIONS = 1_000_000;
const MAXIMUM_ITERATIONS = 20_000_000;
const DIGEST_BYTES = { sha1: 20, sha256: 32 } as const;

const derivePlatform: DerivePbkdf2 = (password, salt, iterations, length, digest) =>
  new Promise((resolve, reject) => {
    pbkdf2(password, salt, iterations, length, digest, (error, key) => (error === null ? resolve(key) : reject(error)));
  });

/** As {@link PasswordHasher}, with a salt and a count of one's choice. */
export interface Pbkdf2Hasher extends PasswordHasher {
  encode(password: string, salt: string, iterations?: number): Promise<string>;
}

/** Django's `PBKDF2PasswordHasher`: `pbkdf2_sha256$ITERATIONS$SALT$BASE64`. */
export function pbkdf2Sha256(options: Pbkdf2Options = {}): Pbkdf2Hasher {
  return createPbkdf2("pbkdf2_sha256", "sha256", options);
}

/** Django's `PBKDF2SHA1PasswordHasher`, to read what older programs wrote. */
export function pbkdf2Sha1(options: Pbkdf2Options = {}): Pbkdf2Hasher {
  return createPbkdf2("pbkdf2_sha1", "sha1", options);
}

interface Parts {
  readonly iterations: number;
  readonly salt: string;
  readonly digest: string;
}

function createPbkdf2(algorithm: string, digest: "sha1" | "sha256", options: Pbkdf2Options): Pbkdf2Hasher {
  const iterations = options.iterations ?? DEFAULT_ITERATIONS;
  const derive = options.derive ?? derivePlatform;
  const digestOf = async (password: string, salt: string, count: number): Promise<string> => Buffer.from(await derive(password, salt, count, DIGEST_BYTES[digest], digest)).toString("base64");
  const split = (encoded: string): Parts | null => {
    const [name, count, salt, text, ...rest] = encoded.split("$");
    const parsed = parseCost(count, 1, MAXIMUM_ITERATIONS);
    if (name !== algorithm || parsed === null || salt === undefined || salt === "" || text === undefined || rest.length > 0) return null;
    return { iterations: parsed, salt, digest: text };
  };
  const encode = async (password: string, salt: string, count: number = iterations): Promise<string> => {
    checkSalt(salt);
    return `${algorithm}$${count}$${salt}$${await digestOf(password, salt, count)}`;
  };
  return {
    algorithm,
    encode,
    hash: (password, random) => encode(password, makeSalt(random)),
    verify: async (password, encoded) => {
      const parts = split(encoded);
      // Compared as text: another spelling of the same digest is another text, as in Django.
      return parts !== null && equalText(await digestOf(password, parts.salt, parts.iterations), parts.digest);
    },
    needsUpgrade: (encoded) => {
      const parts = split(encoded);
      return parts === null || parts.iterations !== iterations || isSaltTooShort(parts.salt);
    },
    costs: {
      configured: iterations,
      of: (encoded) => split(encoded)?.iterations ?? null,
      spend: async (password, cost) => void (await derive(password, algorithm, cost, DIGEST_BYTES[digest], digest)),
    },
    prepare: async () => {
      try {
        await digestOf("prepare", "prepare", iterations);
      } catch (cause) {
        throw new HasherUnavailable(algorithm, `The platform refuses ${iterations} iterations. Put argon2id or scrypt first in auth.hashers.`, { cause });
      }
    },
  };
}
