import { Keyring, rawSecretsOf, type Secret } from "../crypto/keyring.ts";
import { createMac, type Mac, type MacAlgorithm } from "../crypto/hmac.ts";
import { createHmac, hash } from "../crypto/platform.ts";
import { MINIMUM_SECRET_BYTES } from "../crypto/secret-rules.ts";
import { ConfigurationError } from "../errors.ts";

/** What signs and verifies, newest first: the application's keyring, or the secrets of another application (Django's `SECRET_KEY` and its fallbacks). */
export type SigningKeys = Keyring | readonly Secret[];

/** Digests that signatures are made with. */
export type SignatureAlgorithm = MacAlgorithm;

/** Characters of a signature: base64url without padding. */
const SIGNATURE_LENGTH: Readonly<Record<SignatureAlgorithm, number>> = { sha1: 27, sha256: 43, sha384: 64, sha512: 86 };

/** The bytes of each secret, newest first. */
export function secretBytesOf(keys: SigningKeys, minimumBytes: number = MINIMUM_SECRET_BYTES): readonly Uint8Array[] {
  const secrets = keys instanceof Keyring ? rawSecretsOf(keys) : keys.map((key) => (typeof key === "string" ? Buffer.from(key, "utf8") : key));
  if (secrets.length === 0) throw new ConfigurationError("keys", "the list is empty. Give the keyring, or at least one secret.", "COAT_SECRET_MISSING");
  secrets.forEach((secret, at) => {
    if (secret.length === 0) throw new ConfigurationError(`keys[${at}]`, "the secret is empty. Give the keyring, or a secret from `npx coatcheck secret`.", "COAT_SECRET_MISSING");
    if (secret.length < minimumBytes) {
      throw new ConfigurationError(`keys[${at}]`, `the secret holds ${secret.length} bytes and needs at least ${minimumBytes}. Make one with \`npx coatcheck secret\`, or lower minimumKeyBytes for the key of another application that cannot be changed.`);
    }
  });
  return secrets;
}

/** The key of Django's `salted_hmac`: a plain digest over salt and secret, whatever their lengths, without anything between. */
export function deriveSaltedKey(salt: string, secret: Uint8Array, algorithm: SignatureAlgorithm, prefix = ""): Uint8Array {
  if (!Object.hasOwn(SIGNATURE_LENGTH, algorithm)) {
    throw new ConfigurationError("algorithm", `Coatcheck does not sign with it. Take one of ${Object.keys(SIGNATURE_LENGTH).join(", ")}.`);
  }
  return hash(algorithm, Buffer.concat([Buffer.from(salt + prefix, "utf8"), secret]), "buffer");
}

/** Django's `salted_hmac(salt, value, secret, algorithm).hexdigest()`. */
export function saltedHmacHex(salt: string, value: string | Uint8Array, secret: Uint8Array, algorithm: SignatureAlgorithm): string {
  const key = deriveSaltedKey(salt, secret, algorithm);
  return createHmac(algorithm, key).update(typeof value === "string" ? Buffer.from(value, "utf8") : value).digest("hex");
}

/** One way to sign: the code of one key and algorithm. */
export interface SigningKey {
  readonly mac: Mac;
  /** How long every signature of it is, checked before any computation. */
  readonly length: number;
  readonly isCurrent: boolean;
}

/** @param salt the complete salt of the HMAC key, with Django's word `signer` behind it */
export function prepareSigningKeys(secrets: readonly Uint8Array[], salt: string, algorithms: readonly SignatureAlgorithm[], prefix: string): readonly SigningKey[] {
  return secrets.flatMap((secret, at) =>
    algorithms.map((algorithm, rank) => ({
      mac: createMac(algorithm, deriveSaltedKey(salt, secret, algorithm, prefix)),
      length: SIGNATURE_LENGTH[algorithm],
      isCurrent: at === 0 && rank === 0,
    })),
  );
}

/** The signature as text, which is also how signatures are compared. */
export function computeSignature({ mac }: SigningKey, value: string): string {
  return mac(value, "base64url");
}
