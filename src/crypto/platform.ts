/**
 * The one seam to the platform's cryptography. Everything else in the core imports from here, so that a runtime with
 * other primitives needs one other file.
 */
import * as nodeCrypto from "node:crypto";

export {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hash,
  hkdfSync,
  pbkdf2,
  randomFillSync,
  scrypt,
  timingSafeEqual,
} from "node:crypto";
export type { KeyObject } from "node:crypto";

/** The platform's Argon2 (Node 24.7 and later), or undefined: naming it in an import would fail where it is missing. */
export function findPlatformArgon2(): typeof nodeCrypto.argon2 | undefined {
  return (nodeCrypto as Partial<typeof nodeCrypto>).argon2;
}
