import { RandomUnavailable } from "../errors.ts";
import { randomFillSync } from "./platform.ts";

/** Fills the given bytes with randomness, or throws. Give your own to `createCoatcheck({ random })` in tests only. */
export type FillRandom = (bytes: Uint8Array) => void;

/** The platform's cryptographically secure source. */
export const systemRandom: FillRandom = (bytes) => {
  randomFillSync(bytes);
};

/** 256 bits, as base64url without padding. */
export const TOKEN_LENGTH = 43;
const TOKEN_BYTES = 32;
const TAG_BYTES = 12;

/** One call to the system's source costs about thirty times as much as taking bytes from a pool that was filled at once. */
const POOL_BYTES = 4096;

/** Draws tokens and tags from a pool of secure random bytes. */
export interface Random {
  /** A token of 256 bits: 43 characters of base64url. */
  token(): string;
  /** A record version of 96 bits: 16 characters of base64url. */
  tag(): string;
  /** So many fresh bytes, for nonces and salts: 4096 at most. */
  bytes(length: number): Uint8Array;
}

/**
 * @param fill the source; the default is the platform's
 * @throws RandomUnavailable from each method when the source throws, or returns nothing but zeros twice running
 */
export function createRandom(fill: FillRandom = systemRandom): Random {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;

  const refill = (): void => {
    for (let attempt = 0; attempt < 2; attempt++) {
      // Cleared first, so that a source that fills nothing is noticed.
      pool.fill(0);
      try {
        fill(pool);
      } catch (cause) {
        throw new RandomUnavailable("the random source threw. No token is made from anything weaker.", { cause });
      }
      if (!isAllZero(pool)) {
        used = 0;
        return;
      }
    }
    throw new RandomUnavailable("the random source returned nothing but zeros.");
  };

  // Used bytes are wiped, so that neither a heap dump nor a slip of this code can hand them out again.
  const take = (length: number): number => {
    if (length > POOL_BYTES) throw new RangeError(`At most ${POOL_BYTES} random bytes can be drawn at once.`);
    if (used + length > POOL_BYTES) refill();
    const at = used;
    used += length;
    return at;
  };

  const text = (length: number): string => {
    const at = take(length);
    const encoded = pool.toString("base64url", at, at + length);
    pool.fill(0, at, at + length);
    return encoded;
  };

  return {
    token: () => text(TOKEN_BYTES),
    tag: () => text(TAG_BYTES),
    bytes: (length) => {
      const at = take(length);
      const copy = new Uint8Array(length);
      // Byte by byte: for the few that are ever drawn, a view of the pool would cost several times as much.
      for (let index = 0; index < length; index++) {
        copy[index] = pool[at + index] as number;
        pool[at + index] = 0;
      }
      return copy;
    },
  };
}

function isAllZero(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}
