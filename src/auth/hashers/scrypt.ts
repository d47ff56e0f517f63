import { equalText } from "../../crypto/equal.ts";
import { scrypt as platformScrypt } from "../../crypto/platform.ts";
import { HasherUnavailable } from "../../errors.ts";
import { parseCost, type PasswordHasher } from "./hasher.ts";
import { checkSalt, makeSalt } from "./salt.ts";

/** Cost of scrypt (RFC 7914): N, r, p. */
export interface ScryptCost {
  /** N, a power of two. The default is 16,384. */
  readonly workFactor: number;
  /** r. The default is 8. */
  readonly blockSize: number;
  /** p. The default is 5 (Django 5.1 and later; 1 before). */
  readonly parallelism: number;
}

const DEFAULT_COST: ScryptCost = { workFactor: 16_384, blockSize: 8, parallelism: 5 };
const DIGEST_BYTES = 64;
/** A text that asks for more memory than this is not believed. */
const MAXIMUM_BYTES = 1024 * 1024 * 1024;

/** As {@link PasswordHasher}, with a salt and a cost of one's choice. */
export interface ScryptHasher extends PasswordHasher {
  encode(password: string, salt: string, cost?: ScryptCost): Promise<string>;
}

/** Django's `ScryptPasswordHasher` (4.0 and later): `scrypt$N$SALT$r$p$BASE64`. */
export function scrypt(options: Partial<ScryptCost> = {}): ScryptHasher {
  const cost: ScryptCost = { ...DEFAULT_COST, ...options };
  const encode = async (password: string, salt: string, chosen: ScryptCost = cost): Promise<string> => {
    checkSalt(salt);
    const { workFactor, blockSize, parallelism } = chosen;
    return `scrypt$${workFactor}$${salt}$${blockSize}$${parallelism}$${await derive(password, salt, chosen)}`;
  };
  return {
    algorithm: "scrypt",
    encode,
    hash: (password, random) => encode(password, makeSalt(random)),
    verify: async (password, encoded) => {
      const parts = split(encoded);
      return parts !== null && equalText(await derive(password, parts.salt, parts.cost), parts.digest);
    },
    needsUpgrade: (encoded) => {
      const parts = split(encoded);
      if (parts === null) return true;
      const { workFactor, blockSize, parallelism } = parts.cost;
      return workFactor !== cost.workFactor || blockSize !== cost.blockSize || parallelism !== cost.parallelism;
    },
    costs: {
      configured: unitsOf(cost),
      of: (encoded) => {
        const parts = split(encoded);
        return parts === null ? null : unitsOf(parts.cost);
      },
      spend: async (password, units) => {
        let { workFactor } = cost;
        while (workFactor > 2 && workFactor * cost.blockSize > units) workFactor /= 2;
        const parallelism = Math.max(1, Math.round(units / (workFactor * cost.blockSize)));
        await derive(password, "scrypt", { workFactor, blockSize: cost.blockSize, parallelism });
      },
    },
    prepare: async () => {
      try {
        await derive("prepare", "prepare", cost);
      } catch (cause) {
        throw new HasherUnavailable("scrypt", "The platform refuses its parameters. Check workFactor, blockSize and parallelism, or put another hasher first in auth.hashers.", { cause });
      }
    },
  };
}

interface Parts {
  readonly cost: ScryptCost;
  readonly salt: string;
  readonly digest: string;
}

function split(encoded: string): Parts | null {
  const [name, n, salt, r, p, digest, ...rest] = encoded.split("$");
  const workFactor = parseCost(n, 2, 2 ** 24);
  const blockSize = parseCost(r, 1, 1024);
  const parallelism = parseCost(p, 1, 1024);
  if (name !== "scrypt" || workFactor === null || blockSize === null || parallelism === null || salt === undefined || salt === "" || digest === undefined || rest.length > 0) return null;
  // N has to be a power of two.
  if ((workFactor & (workFactor - 1)) !== 0) return null;
  const cost = { workFactor, blockSize, parallelism };
  return memoryOf(cost) <= MAXIMUM_BYTES ? { cost, salt, digest } : null;
}

/** The time grows with each of them. */
function unitsOf({ workFactor, blockSize, parallelism }: ScryptCost): number {
  return workFactor * blockSize * parallelism;
}

function memoryOf({ workFactor, blockSize, parallelism }: ScryptCost): number {
  return 128 * blockSize * (workFactor + parallelism + 2);
}

function derive(password: string, salt: string, cost: ScryptCost): Promise<string> {
  const { workFactor, blockSize, parallelism } = cost;
  return new Promise((resolve, reject) => {
    platformScrypt(password, salt, DIGEST_BYTES, { N: workFactor, r: blockSize, p: parallelism, maxmem: memoryOf(cost) + 1024 }, (error, key) =>
      error === null ? resolve(key.toString("base64")) : reject(error),
    );
  });
}
