import { ConfigurationError } from "../errors.ts";
import { createMac, type Mac } from "./hmac.ts";
import { createSecretKey, hkdfSync } from "./platform.ts";
import { createRandom, type Random } from "./random.ts";
import { checkSecret, type Secret } from "./secret-rules.ts";

export type { Secret } from "./secret-rules.ts";

/** A key that the platform's ciphers take. Only they look into it, so that these types stand without those of Node. */
export interface CipherKey {
  readonly type: string;
}

/** One key of one purpose, derived from one master secret. */
export interface DerivedKey {
  /** Public name of the master secret that it comes from: 10 hexadecimal digits. */
  readonly id: string;
  /** Handed to the cipher as an object: importing raw bytes costs several microseconds at each call. */
  readonly key: CipherKey;
  /** HMAC-SHA256 under another key of the same purpose. */
  readonly mac: Mac;
  /** Whether it comes from the first secret, the one that signs and seals. */
  readonly isCurrent: boolean;
}

/** Options of {@link createKeyring}. */
export interface KeyringOptions {
  /** `false` accepts examples and texts of little variety. The default is `true`. */
  readonly production?: boolean;
  /** The name in error messages. The default is `secrets`. */
  readonly setting?: string;
  /** Where nonces come from. The default draws from the platform's source. */
  readonly random?: Random;
}

const SALT = "coatcheck";
const ID_BYTES = 5;
const KEY_BYTES = 32;
/** Purposes are constants of the program. The cap keeps a caller who builds them from input from filling the memory. */
const MAX_PURPOSES = 256;

let readSecrets: (keyring: Keyring) => readonly Uint8Array[];
let readRandom: (keyring: Keyring) => Random;

/**
 * The application's secrets, newest first: the first signs and seals, all verify and open. Each purpose has a key of its
 * own, derived with HKDF-SHA256 (RFC 5869), so that a value made for one purpose fails in every other. Shows nothing when
 * printed, serialized or enumerated.
 */
export class Keyring {
  readonly #secrets: readonly Uint8Array[];
  readonly #ids: readonly string[];
  readonly #random: Random;
  readonly #derived = new Map<string, readonly DerivedKey[]>();

  static {
    readSecrets = (keyring) => keyring.#secrets;
    readRandom = (keyring) => keyring.#random;
  }

  /** Use {@link createKeyring}, which checks the secrets. */
  constructor(secrets: readonly Uint8Array[], random: Random) {
    this.#secrets = secrets;
    this.#random = random;
    this.#ids = secrets.map((secret) => expand(secret, "key id", ID_BYTES).toString("hex"));
  }

  /** How many secrets are listed. */
  get size(): number {
    return this.#secrets.length;
  }

  /** The public names of the secrets, newest first: safe to log, and what a counter of old keys still in use is labelled with. */
  get ids(): readonly string[] {
    return this.#ids;
  }

  /**
   * The keys of one purpose, newest first.
   *
   * @param purpose a constant that says what the key is for, for instance `seal/session`
   */
  derive(purpose: string): readonly DerivedKey[] {
    const known = this.#derived.get(purpose);
    if (known !== undefined) return known;
    const keys = this.#secrets.map((secret, at) => ({
      id: this.#ids[at] ?? "",
      key: createSecretKey(expand(secret, `cipher ${purpose}`, KEY_BYTES)),
      mac: createMac("sha256", expand(secret, `mac ${purpose}`, KEY_BYTES)),
      isCurrent: at === 0,
    }));
    if (this.#derived.size >= MAX_PURPOSES) this.#derived.clear();
    this.#derived.set(purpose, keys);
    return keys;
  }
}

function expand(secret: Uint8Array, info: string, length: number): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, SALT, info, length));
}

/**
 * Checks the secrets and makes a keyring of them.
 *
 * @param secrets newest first. The first must be there; others may be undefined (an environment variable that is not set),
 *   and are then left out. A secret that is listed twice counts once.
 * @throws ConfigurationError `COAT_SECRET_MISSING` without a first secret, `COAT_CONFIGURATION` when one is shorter than
 *   32 bytes, or, in production, is an example or has too little variety
 * @example
 * const keyring = createKeyring([process.env.SECRET_KEY, process.env.OLD_SECRET_KEY]);
 */
export function createKeyring(secrets: readonly (Secret | undefined)[], options: KeyringOptions = {}): Keyring {
  const setting = options.setting ?? "secrets";
  const production = options.production ?? true;
  if (secrets.length === 0) {
    throw new ConfigurationError(setting, "the list is empty. Make a secret with `npx coatcheck secret` and list it first.", "COAT_SECRET_MISSING");
  }
  const taken: Uint8Array[] = [];
  secrets.forEach((secret, at) => {
    if (at > 0 && secret === undefined) return;
    checkSecret(secret, `${setting}[${at}]`, production);
    const bytes = Uint8Array.from(typeof secret === "string" ? Buffer.from(secret, "utf8") : secret);
    if (!taken.some((other) => Buffer.compare(other, bytes) === 0)) taken.push(bytes);
  });
  return new Keyring(taken, options.random ?? createRandom());
}

/**
 * The secrets themselves, for wire formats that derive their own keys (Django's). Not a method, so that a keyring that is
 * handed to a template, a log or an inspector has nothing to give.
 */
export function rawSecretsOf(keyring: Keyring): readonly Uint8Array[] {
  return readSecrets(keyring);
}

/** The random source that the keyring was made with. */
export function randomOf(keyring: Keyring): Random {
  return readRandom(keyring);
}
