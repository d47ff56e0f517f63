/** Signed and time-stamped values in Django's format, sealed values, and the keyring that both take. */
export { createKeyring, Keyring, type KeyringOptions, type Secret } from "./crypto/keyring.ts";
export { seal, unseal, unsealBytes, type Unsealed, type UnsealOptions } from "./crypto/seal.ts";
export { BadSeal, BadSignature, SignatureExpired } from "./errors.ts";
export type { PayloadOptions } from "./formats/django-payload.ts";
export { createSigner, type SignedValue, type Signer, type SignerOptions } from "./formats/django-signer.ts";
export {
  type AgeOptions,
  createTimestampSigner,
  type DumpOptions,
  dumps,
  loads,
  type TimestampedValue,
  type TimestampSigner,
  type TimestampSignerOptions,
} from "./formats/django-timestamp-signer.ts";
export type { SignatureAlgorithm, SigningKeys } from "./formats/signing-keys.ts";
