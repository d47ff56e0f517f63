/**
 * The one seam to the platform's cryptography. Everything else in the core imports from here, so that a runtime with
 * other primitives needs one other file.
 */
export { createCipheriv, createDecipheriv, createHmac, createSecretKey, hash, hkdfSync, randomFillSync, timingSafeEqual } from "node:crypto";
export type { KeyObject } from "node:crypto";
