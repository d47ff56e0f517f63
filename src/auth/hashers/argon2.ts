import { equalText } from "../../crypto/equal.ts";
import { findPlatformArgon2 } from "../../crypto/platform.ts";
import { HasherUnavailable } from "../../errors.ts";
import { isSaltTooShort, parseCost, type PasswordHasher } from "./hasher.ts";
import { loadOptionalPackage } from "./optional-package.ts";
import { checkSalt, makeSalt } from "./salt.ts";

/** Cost of Argon2 (RFC 9106), and the length of the digest. */
export interface Argon2Cost {
  /** Memory in KiB. The default is 102,400 (100 MiB). */
  readonly memoryKib: number;
  /** Passes. The default is 2. */
  readonly passes: number;
  /** Lanes. The default is 8. */
  readonly parallelism: number;
  /** Bytes of the digest. The default is 32. */
  readonly digestBytes: number;
}

/** `argon2id` is written; `argon2i` is what Django before 3.2 wrote. */
export type Argon2Variety = "argon2i" | "argon2id";

/** Derives a key: the platform's own, or another for a platform without. */
export type DeriveArgon2 = (variety: Argon2Variety, password: string, salt: Uint8Array, cost: Argon2Cost) => Promise<Uint8Array>;

/** Options of {@link argon2id}. */
export interface Argon2Options extends Partial<Argon2Cost> {
  /** The default is Node's own (24.7 and later), else the package `@node-rs/argon2` if it is installed. */
  readonly derive?: DeriveArgon2;
}

const DEFAULT_COST: Argon2Cost = { memoryKib: 102_400, passes: 2, parallelism: 8, digestBytes: 32 };
const MAXIMUM_MEMORY_KIB = 1024 * 1024;
const VERSION = "v=19";
const SPENDING_SALT: Uint8Array = Buffer.from("spent for nothing");
const CURE = "Use Node 24.7 or later, install the package @node-rs/argon2, or put scrypt first in auth.hashers.";

/** As {@link PasswordHasher}, with salt, cost and variety of one's choice. */
export interface Argon2Hasher extends PasswordHasher {
  encode(password: string, salt: string, cost?: Argon2Cost, variety?: Argon2Variety): Promise<string>;
}

/** Django's `Argon2PasswordHasher`: `argon2$argon2id$v=19$m=102400,t=2,p=8$SALT$DIGEST`. */
export function argon2id(options: Argon2Options = {}): Argon2Hasher {
  const { derive: given, ...chosen } = options;
  const cost: Argon2Cost = { ...DEFAULT_COST, ...chosen };
  let found: Promise<DeriveArgon2> | null = given === undefined ? null : Promise.resolve(given);
  const digestOf = async (variety: Argon2Variety, password: string, salt: Uint8Array, using: Argon2Cost): Promise<string> => {
    found ??= findArgon2();
    return toBase64(await (await found)(variety, password, salt, using));
  };
  const encode = async (password: string, salt: string, using: Argon2Cost = cost, variety: Argon2Variety = "argon2id"): Promise<string> => {
    checkSalt(salt);
    const bytes = Buffer.from(salt, "utf8");
    const { memoryKib, passes, parallelism } = using;
    return `argon2$${variety}$${VERSION}$m=${memoryKib},t=${passes},p=${parallelism}$${toBase64(bytes)}$${await digestOf(variety, password, bytes, using)}`;
  };
  return {
    algorithm: "argon2",
    encode,
    hash: (password, random) => encode(password, makeSalt(random)),
    verify: async (password, encoded) => {
      const parts = split(encoded);
      return parts !== null && equalText(await digestOf(parts.variety, password, parts.salt, parts.cost), parts.digest);
    },
    needsUpgrade: (encoded) => {
      const parts = split(encoded);
      if (parts === null || parts.variety !== "argon2id") return true;
      const { memoryKib, passes, parallelism, digestBytes } = parts.cost;
      const isSame = memoryKib === cost.memoryKib && passes === cost.passes && parallelism === cost.parallelism && digestBytes === cost.digestBytes;
      return !isSame || isSaltTooShort(Buffer.from(parts.salt).toString("latin1"));
    },
    costs: {
      // The time grows with the memory that is written, once a pass.
      configured: cost.memoryKib * cost.passes,
      of: (encoded) => {
        const parts = split(encoded);
        return parts === null ? null : parts.cost.memoryKib * parts.cost.passes;
      },
      spend: async (password, units) => {
        const memoryKib = Math.min(Math.max(Math.round(units / cost.passes), 8 * cost.parallelism), MAXIMUM_MEMORY_KIB);
        await digestOf("argon2id", password, SPENDING_SALT, { ...cost, memoryKib });
      },
    },
    prepare: async () => {
      try {
        await digestOf("argon2id", "prepare", Buffer.from("prepare prepare "), cost);
      } catch (cause) {
        if (cause instanceof HasherUnavailable) throw cause;
        throw new HasherUnavailable("argon2id", CURE, { cause });
      }
    },
  };
}

interface Parts {
  readonly variety: Argon2Variety;
  readonly cost: Argon2Cost;
  readonly salt: Uint8Array;
  readonly digest: string;
}

const ENCODED = /^argon2\$(argon2id?)\$v=19\$m=([0-9]+),t=([0-9]+),p=([0-9]+)\$([A-Za-z0-9+/]{11,})\$([A-Za-z0-9+/]{6,})$/;

function split(encoded: string): Parts | null {
  const match = ENCODED.exec(encoded);
  if (match === null) return null;
  const [, variety, memory, time, lanes, salt = "", digest = ""] = match;
  const memoryKib = parseCost(memory, 8, MAXIMUM_MEMORY_KIB);
  const passes = parseCost(time, 1, 1000);
  const parallelism = parseCost(lanes, 1, 255);
  if (memoryKib === null || passes === null || parallelism === null || memoryKib < 8 * parallelism) return null;
  const digestBytes = Buffer.from(digest, "base64").length;
  return { variety: variety as Argon2Variety, cost: { memoryKib, passes, parallelism, digestBytes }, salt: Buffer.from(salt, "base64"), digest };
}

/** The PHC string format leaves the padding out. */
function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}

async function findArgon2(): Promise<DeriveArgon2> {
  const platform = findPlatformArgon2();
  if (platform !== undefined) {
    return (variety, password, salt, { memoryKib, passes, parallelism, digestBytes }) =>
      new Promise((resolve, reject) => {
        platform(variety, { message: password, nonce: salt, memory: memoryKib, passes, parallelism, tagLength: digestBytes }, (error, key) => (error === null ? resolve(key) : reject(error)));
      });
  }
  return loadArgon2Package();
}

/** The package's own numbers, because its enumerations do not exist at run time. */
const PACKAGE_VARIETY = { argon2i: 1, argon2id: 2 } as const;
const PACKAGE_VERSION_19 = 1;

/** What is used of the package `@node-rs/argon2`. */
interface Argon2Package {
  hashRaw(password: string, options: { algorithm: number; version: number; salt: Uint8Array; memoryCost: number; timeCost: number; parallelism: number; outputLen: number }): Promise<Uint8Array>;
}

/** Argon2 from the package `@node-rs/argon2`. @throws HasherUnavailable as a rejection when it is not installed */
export async function loadArgon2Package(): Promise<DeriveArgon2> {
  const { hashRaw } = await loadOptionalPackage<Argon2Package>("@node-rs/argon2", "argon2id", CURE);
  return (variety, password, salt, { memoryKib, passes, parallelism, digestBytes }) =>
    hashRaw(password, { algorithm: PACKAGE_VARIETY[variety], version: PACKAGE_VERSION_19, salt, memoryCost: memoryKib, timeCost: passes, parallelism, outputLen: digestBytes });
}
