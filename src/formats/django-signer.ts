import { equalText } from "../crypto/equal.ts";
import { MINIMUM_SECRET_BYTES } from "../crypto/secret-rules.ts";
import { BadSignature, ConfigurationError, UnsupportedValue } from "../errors.ts";
import { decodePayload, encodePayload, type PayloadOptions } from "./django-payload.ts";
import { writePythonJson } from "./python-json-write.ts";
import { toPlainValue } from "./python-values.ts";
import { computeSignature, prepareSigningKeys, secretBytesOf, type SignatureAlgorithm, type SigningKey, type SigningKeys } from "./signing-keys.ts";

/** Options of {@link createSigner}. */
export interface SignerOptions {
  /** What the signatures are for. Values signed with one salt are refused with another. The default is `django.core.signing.Signer`. */
  readonly salt?: string;
  /** Stands between value and signature. The default is `:`. May not consist of letters, digits, `-`, `_` and `=` alone. */
  readonly separator?: string;
  /** The default is `sha256` (Django since 3.1). `sha1` and `sha512` are for reading and writing what others made. */
  readonly algorithm?: SignatureAlgorithm;
  /** Also verify SHA-1 signatures, as Django 3.1 and 3.2 do. The default is `false`. */
  readonly acceptSha1?: boolean;
  /** Bytes put in front of every secret; `django.http.cookies` for what Django signs in cookies. The default is none. */
  readonly keyPrefix?: string;
  /** The least length of a secret that is given as such. The default is 32; a {@link Keyring} was checked when it was made. */
  readonly minimumKeyBytes?: number;
  /** Longer signed texts are refused before any cryptography. The default is 4 Mi characters. */
  readonly maxLength?: number;
}

/** What a signed text held. */
export interface SignedValue {
  readonly value: string;
  /** Whether the first key and the configured algorithm signed it. If not, sign it again at the next occasion. */
  readonly keyIsCurrent: boolean;
}

/** Signs texts and plain values so that nobody without the key can make or change them. They stay readable for everybody. */
export interface Signer {
  /** The value, the separator and the signature. */
  sign(value: string): string;
  /** @throws BadSignature */
  unsign(signed: string): string;
  /** As {@link Signer.unsign}, and tells whether the current key signed. @throws BadSignature */
  read(signed: string): SignedValue;
  /** Signs a value as JSON in base64url, compressed if that is asked for and shorter. @throws UnsupportedValue */
  signObject(value: unknown, options?: PayloadOptions): string;
  /** @throws BadSignature */
  unsignObject(signed: string, options?: PayloadOptions): unknown;
}

const DEFAULT_SALT = "django.core.signing.Signer";
const MAXIMUM_CHARACTERS = 4 * 1024 * 1024;
/** Django's own rule, in which `A-z` also takes in the six characters between upper and lower case. */
const UNSAFE_SEPARATOR = /^[A-z0-9\-_=]*$/;

/**
 * Django's `Signer`: the same bytes for the same key and salt.
 *
 * @param keys newest first: the first signs, all verify
 * @throws ConfigurationError when there is no key, a key is too short, or the separator could be part of a signature
 * @example
 * const signer = createSigner(keyring, { salt: "newsletter" });
 * signer.unsign(signer.sign("ada@example.org")); // "ada@example.org"
 * @see https://docs.djangoproject.com/en/stable/topics/signing/
 */
export function createSigner(keys: SigningKeys, options: SignerOptions = {}): Signer {
  const core = createSignerCore(keys, DEFAULT_SALT, options);
  return {
    sign: core.sign,
    unsign: (signed) => core.read(signed).value,
    read: core.read,
    signObject: (value, payload) => core.sign(encodePayload(writePythonJson(value), payload)),
    unsignObject: (signed, payload) => toPlainValue(decodePayload(core.read(signed).value, payload)),
  };
}

/** Signing and verifying of texts, shared by both kinds of signer. */
export interface SignerCore {
  readonly separator: string;
  sign(value: string): string;
  read(signed: string): SignedValue;
}

/** @param defaultSalt taken when the salt is left out or empty */
export function createSignerCore(keys: SigningKeys, defaultSalt: string, options: SignerOptions): SignerCore {
  const separator = options.separator ?? ":";
  if (UNSAFE_SEPARATOR.test(separator.replace(/\n$/, ""))) {
    throw new ConfigurationError("separator", "it could be part of a signature. Take one that is not made of letters, digits, `-`, `_` and `=` alone, for instance `:`.");
  }
  const algorithm = options.algorithm ?? "sha256";
  const algorithms: readonly SignatureAlgorithm[] = options.acceptSha1 === true && algorithm !== "sha1" ? [algorithm, "sha1"] : [algorithm];
  const secrets = secretBytesOf(keys, options.minimumKeyBytes ?? MINIMUM_SECRET_BYTES);
  const prepared = prepareSigningKeys(secrets, `${options.salt || defaultSalt}signer`, algorithms, options.keyPrefix ?? "");
  const maxLength = options.maxLength ?? MAXIMUM_CHARACTERS;
  return {
    separator,
    sign: (value) => {
      // A lone surrogate has no UTF-8: it would be signed, and sent, as another character.
      if (!value.isWellFormed()) throw new UnsupportedValue("the value", "A text with half a character (a lone surrogate) cannot be signed.");
      return `${value}${separator}${computeSignature(prepared[0] as SigningKey, value)}`;
    },
    read: (signed) => {
      if (signed.length > maxLength) throw new BadSignature("The signed text is too long.");
      const at = signed.lastIndexOf(separator);
      if (at === -1) throw new BadSignature("There is no signature.");
      const value = signed.slice(0, at);
      const signature = signed.slice(at + separator.length);
      const possible = prepared.filter((key) => key.length === signature.length);
      if (possible.length === 0 || !value.isWellFormed()) throw new BadSignature();
      const match = possible.find((key) => equalText(computeSignature(key, value), signature));
      if (match === undefined) throw new BadSignature();
      return { value, keyIsCurrent: match.isCurrent };
    },
  };
}
