import { BadSeal } from "../errors.ts";
import { decodeBase64url } from "./base64url.ts";
import { type DerivedKey, type Keyring, randomOf } from "./keyring.ts";
import { createCipheriv, createDecipheriv, type KeyObject } from "./platform.ts";
import type { Random } from "./random.ts";

/**
 * The sealed text is base64url of
 *
 *     version (1 byte) | key id (5) | nonce (12) | ciphertext | tag (16)
 *
 * so its first eight characters are version and key id: the key is looked up by them, never guessed by trying. What the
 * value is for and what it is called are authenticated with it, so a value moved to another place does not open.
 */
const VERSION = 1;
const HEADER_BYTES = 6;
const HEADER_CHARACTERS = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OVERHEAD_BYTES = HEADER_BYTES + NONCE_BYTES + TAG_BYTES;
const MINIMUM_CHARACTERS = Math.ceil((OVERHEAD_BYTES * 4) / 3);

/** Longer texts are refused before any cryptography. A session of the largest allowed size takes less than half of it. */
const MAXIMUM_CHARACTERS = 4 * 1024 * 1024;

/** What {@link unseal} found. */
export interface Unsealed<Plaintext> {
  readonly plaintext: Plaintext;
  /** Whether the first secret sealed it. If not, seal it again at the next occasion, so that the old secret can be retired. */
  readonly keyIsCurrent: boolean;
  /** The public name of the secret that sealed it, see {@link Keyring.ids}. */
  readonly keyId: string;
}

/** Options of {@link unseal} and {@link unsealBytes}. */
export interface UnsealOptions {
  /** Longer texts are refused before any cryptography. The default is 4 Mi characters. */
  readonly maxLength?: number;
}

const headersOf = new WeakMap<Keyring, readonly string[]>();

/**
 * Encrypts and authenticates a value with AES-256-GCM (NIST SP 800-38D), a fresh random nonce and a key that only this
 * purpose has. One secret is good for 2^32 values of one purpose.
 *
 * @param purpose a constant that says what the value is for, for instance `session` or `flow`
 * @param name what the value is called there: the cookie's name, the record's id
 * @returns base64url text, 46 characters longer than the base64url of the plaintext
 * @example
 * const sealed = seal(keyring, "flow", "oauth", JSON.stringify({ state }));
 */
export function seal(keyring: Keyring, purpose: string, name: string, plaintext: string | Uint8Array): string {
  return new Sealer(keyring, purpose, name).seal(plaintext);
}

/**
 * Opens what {@link seal} made of a text.
 *
 * @throws BadSeal when the value was altered, cut, respelled, made for another purpose or name, or sealed under a secret
 *   that is not listed. Treat such a value as absent: there is no second decoder.
 */
export function unseal(keyring: Keyring, purpose: string, name: string, sealed: string, options?: UnsealOptions): Unsealed<string> {
  return new Sealer(keyring, purpose, name).unseal(sealed, options);
}

/** As {@link unseal}, for what was sealed as bytes. */
export function unsealBytes(keyring: Keyring, purpose: string, name: string, sealed: string, options?: UnsealOptions): Unsealed<Uint8Array> {
  return new Sealer(keyring, purpose, name).unsealBytes(sealed, options);
}

/**
 * Which listed secret a sealed text names, without opening it: null when it names none. For counting what is still sealed
 * under an old secret; it proves nothing about the rest of the text.
 */
export function sealingKeyId(keyring: Keyring, sealed: string): string | null {
  const at = headersFor(keyring).indexOf(sealed.slice(0, HEADER_CHARACTERS));
  return at === -1 ? null : (keyring.ids[at] ?? null);
}

/** Seals and opens values of one purpose and name: what is the same for all of them is made once. */
export class Sealer {
  readonly #keyring: Keyring;
  readonly #purpose: string;
  readonly #random: Random;
  readonly #headers: readonly string[];
  readonly #bound: Uint8Array;
  /** Derived when the first value is sealed, or looks as if it were: rubbish costs nothing. */
  #keys: readonly DerivedKey[] | null = null;

  constructor(keyring: Keyring, purpose: string, name: string) {
    this.#keyring = keyring;
    this.#purpose = purpose;
    this.#random = randomOf(keyring);
    this.#headers = headersFor(keyring);
    this.#bound = bind(purpose, name);
  }

  /** See {@link seal}. */
  seal(plaintext: string | Uint8Array): string {
    const nonce = this.#random.bytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#keyAt(0).key as KeyObject, nonce);
    cipher.setAAD(this.#bound);
    const body = typeof plaintext === "string" ? cipher.update(plaintext, "utf8") : cipher.update(plaintext);
    cipher.final();
    const sealed = Buffer.allocUnsafe(NONCE_BYTES + body.length + TAG_BYTES);
    sealed.set(nonce, 0);
    sealed.set(body, NONCE_BYTES);
    sealed.set(cipher.getAuthTag(), NONCE_BYTES + body.length);
    // Six bytes are eight characters exactly, so the header can be written on its own.
    return `${this.#headers[0]}${sealed.toString("base64url")}`;
  }

  /** See {@link unseal}. */
  unseal(sealed: string, options?: UnsealOptions): Unsealed<string> {
    const { plaintext, keyIsCurrent, keyId } = this.#open(sealed, options);
    return { plaintext: plaintext.toString("utf8"), keyIsCurrent, keyId };
  }

  /** See {@link unsealBytes}. */
  unsealBytes(sealed: string, options?: UnsealOptions): Unsealed<Uint8Array> {
    return this.#open(sealed, options);
  }

  #open(sealed: string, options: UnsealOptions | undefined): Unsealed<Buffer> {
    if (sealed.length < MINIMUM_CHARACTERS || sealed.length > (options?.maxLength ?? MAXIMUM_CHARACTERS)) throw new BadSeal();
    const at = this.#headers.indexOf(sealed.slice(0, HEADER_CHARACTERS));
    if (at === -1) throw new BadSeal();
    const bytes = decodeBase64url(sealed);
    if (bytes === null || bytes.length < OVERHEAD_BYTES) throw new BadSeal();
    const { key, id } = this.#keyAt(at);
    const end = bytes.length - TAG_BYTES;
    const cipher = createDecipheriv("aes-256-gcm", key as KeyObject, bytes.subarray(HEADER_BYTES, HEADER_BYTES + NONCE_BYTES), { authTagLength: TAG_BYTES });
    cipher.setAAD(this.#bound);
    cipher.setAuthTag(bytes.subarray(end));
    const plaintext = cipher.update(bytes.subarray(HEADER_BYTES + NONCE_BYTES, end));
    try {
      cipher.final();
    } catch {
      throw new BadSeal();
    }
    return { plaintext, keyIsCurrent: at === 0, keyId: id };
  }

  #keyAt(index: number): DerivedKey {
    return (this.#keys ??= this.#keyring.derive(`seal/${this.#purpose}`))[index] as DerivedKey;
  }
}

/** The purpose's length comes first, so that no two pairs of purpose and name give one text. */
function bind(purpose: string, name: string): Uint8Array {
  return Buffer.from(`coatcheck seal ${VERSION} ${purpose.length}:${purpose}${name}`, "utf8");
}

/** Version and key id of each secret, as the eight characters that begin its sealed texts. */
function headersFor(keyring: Keyring): readonly string[] {
  const known = headersOf.get(keyring);
  if (known !== undefined) return known;
  const headers = keyring.ids.map((id) => Buffer.from([VERSION, ...Buffer.from(id, "hex")]).toString("base64url"));
  headersOf.set(keyring, headers);
  return headers;
}
