import { equalText } from "../../crypto/equal.ts";
import { hash as digest } from "../../crypto/platform.ts";
import { PasswordRejected } from "../../errors.ts";
import { parseCost, type PasswordHasher } from "./hasher.ts";
import { loadOptionalPackage } from "./optional-package.ts";

/** What is used of the package `bcryptjs`. The package `bcrypt` fits too. */
export interface BcryptPackage {
  hash(password: string, salt: string | number): Promise<string>;
  genSalt(rounds: number): Promise<string>;
}

/** Options of {@link bcryptSha256} and {@link bcrypt}. */
export interface BcryptOptions {
  /** The cost: 2 to the power of it. The default is 12. */
  readonly rounds?: number;
  /** The default is the package `bcryptjs`, loaded when it is first needed. */
  readonly package?: BcryptPackage;
}

/** As {@link PasswordHasher}, with a salt of bcrypt's own form (`$2b$12$` and 22 characters). */
export interface BcryptHasher extends PasswordHasher {
  encode(password: string, salt: string): Promise<string>;
}

const DEFAULT_ROUNDS = 12;
const LEAST_ROUNDS = 4;
const MOST_ROUNDS = 18;
const SPENDING_SALT = "spentfornothingspentfu";
/** bcrypt looks at so many bytes and cuts off the rest. */
const MAXIMUM_BYTES = 72;
const CURE = "Install the package bcryptjs, or leave bcrypt out of auth.hashers.";
const ENCODED = /^\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}$/;

/** Django's `BCryptSHA256PasswordHasher`: bcrypt of the hexadecimal SHA-256, so that no password is cut. */
export function bcryptSha256(options: BcryptOptions = {}): BcryptHasher {
  return createBcrypt("bcrypt_sha256", (password) => digest("sha256", password, "hex"), options);
}

/**
 * Django's `BCryptPasswordHasher`, to read what older programs wrote. A password of more than 72 bytes never fits: bcrypt would cut it,
 * and then others that begin the same would fit as well.
 */
export function bcrypt(options: BcryptOptions = {}): BcryptHasher {
  return createBcrypt("bcrypt", (password) => (Buffer.byteLength(password, "utf8") > MAXIMUM_BYTES ? null : password), options);
}

function createBcrypt(algorithm: string, prepareText: (password: string) => string | null, options: BcryptOptions): BcryptHasher {
  const rounds = options.rounds ?? DEFAULT_ROUNDS;
  const loadBcrypt = async (): Promise<BcryptPackage> =>
    options.package ?? (await loadOptionalPackage<{ default: BcryptPackage }>("bcryptjs", algorithm, CURE)).default;
  const encode = async (password: string, salt: string): Promise<string> => {
    const text = prepareText(password);
    if (text === null) throw new PasswordRejected(`The password has more than ${MAXIMUM_BYTES} bytes, of which bcrypt would ignore the end. Use argon2id or bcrypt_sha256.`);
    return `${algorithm}$${await (await loadBcrypt()).hash(text, salt)}`;
  };
  const split = (encoded: string): { text: string; rounds: number } | null => {
    if (!encoded.startsWith(`${algorithm}$`)) return null;
    const text = encoded.slice(algorithm.length + 1);
    const cost = parseCost(ENCODED.exec(text)?.[1], LEAST_ROUNDS, MOST_ROUNDS);
    return cost === null ? null : { text, rounds: cost };
  };
  return {
    algorithm,
    encode,
    hash: async (password) => encode(password, await (await loadBcrypt()).genSalt(rounds)),
    verify: async (password, encoded) => {
      const parts = split(encoded);
      const text = prepareText(password);
      if (parts === null || text === null) return false;
      return equalText(await (await loadBcrypt()).hash(text, parts.text), parts.text);
    },
    needsUpgrade: (encoded) => split(encoded)?.rounds !== rounds,
    costs: {
      configured: 2 ** rounds,
      of: (encoded) => {
        const parts = split(encoded);
        return parts === null ? null : 2 ** parts.rounds;
      },
      spend: async (password, cost) => {
        const text = prepareText(password);
        // What is not hashed for a user who is there is not hashed for anybody.
        if (text === null) return;
        let left = cost;
        for (let power = MOST_ROUNDS; power >= LEAST_ROUNDS; power--) {
          for (; left >= 2 ** power; left -= 2 ** power) await (await loadBcrypt()).hash(text, `$2b$${String(power).padStart(2, "0")}$${SPENDING_SALT}`);
        }
      },
    },
    prepare: async () => {
      await (await loadBcrypt()).hash("prepare", 4);
    },
  };
}
