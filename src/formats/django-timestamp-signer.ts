import { type Clock, systemClock } from "../clock.ts";
import { BadSignature, SignatureExpired } from "../errors.ts";
import { decodeBase62, encodeBase62 } from "./base62.ts";
import { decodePayload, encodePayload, type PayloadOptions } from "./django-payload.ts";
import { createSignerCore, type SignedValue, type SignerCore, type SignerOptions } from "./django-signer.ts";
import { writePythonJson } from "./python-json-write.ts";
import { toPlainValue } from "./python-values.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** Options of {@link createTimestampSigner}. The default salt is `django.core.signing.TimestampSigner`. */
export interface TimestampSignerOptions extends SignerOptions {
  /** Where the time comes from. The default is the system's clock. */
  readonly clock?: Clock;
  /** Values signed farther in the future are refused: clocks of servers may differ that much. The default is 60 seconds. */
  readonly allowedSkewSeconds?: number;
}

/** When reading. */
export interface AgeOptions {
  /** Refuse what was signed more than so many seconds ago. Exactly at the limit is accepted. The default is no limit. */
  readonly maxAgeSeconds?: number;
}

/** What a signed text held, and since when. */
export interface TimestampedValue extends SignedValue {
  /** Milliseconds since 1970, a whole second. */
  readonly signedAt: number;
}

/** As {@link Signer}, with the time of signing inside the signature. */
export interface TimestampSigner {
  /** The value, the time and the signature. */
  sign(value: string): string;
  /** @throws BadSignature, SignatureExpired */
  unsign(signed: string, options?: AgeOptions): string;
  /** As {@link TimestampSigner.unsign}, and tells when and with which key it was signed. @throws BadSignature, SignatureExpired */
  read(signed: string, options?: AgeOptions): TimestampedValue;
  /** Signs a value as JSON in base64url, compressed if that is asked for and shorter. @throws UnsupportedValue */
  signObject(value: unknown, options?: PayloadOptions): string;
  /** @throws BadSignature, SignatureExpired */
  unsignObject(signed: string, options?: AgeOptions & PayloadOptions): unknown;
}

const DEFAULT_SALT = "django.core.signing.TimestampSigner";
const DEFAULT_SKEW_SECONDS = 60;

/**
 * Django's `TimestampSigner`: the same bytes for the same key, salt and second.
 *
 * @throws ConfigurationError as {@link createSigner}
 * @example
 * const signer = createTimestampSigner(keyring, { salt: "download" });
 * signer.unsign(signer.sign("report.pdf"), { maxAgeSeconds: 600 }); // "report.pdf"
 * @see https://docs.djangoproject.com/en/stable/topics/signing/#verifying-timestamped-values
 */
export function createTimestampSigner(keys: SigningKeys, options: TimestampSignerOptions = {}): TimestampSigner {
  return timestampSignerOver(createSignerCore(keys, DEFAULT_SALT, options), options);
}

/** The time-stamping half, over any text signer. */
export function timestampSignerOver(core: SignerCore, options: TimestampSignerOptions): TimestampSigner {
  const clock = options.clock ?? systemClock;
  const skewMs = (options.allowedSkewSeconds ?? DEFAULT_SKEW_SECONDS) * 1000;
  const sign = (value: string): string => core.sign(`${value}${core.separator}${encodeBase62(Math.floor(clock.now() / 1000))}`);
  const read = (signed: string, age?: AgeOptions): TimestampedValue => {
    const { value: stamped, keyIsCurrent } = core.read(signed);
    const at = stamped.lastIndexOf(core.separator);
    const seconds = at === -1 ? null : decodeBase62(stamped.slice(at + core.separator.length));
    if (seconds === null) throw new BadSignature("The signature fits, but the time in it cannot be read.");
    const ageMs = clock.now() - seconds * 1000;
    if (ageMs < -skewMs) throw new BadSignature("The signature fits, but its time lies in the future.");
    if (age?.maxAgeSeconds !== undefined && ageMs > age.maxAgeSeconds * 1000) throw new SignatureExpired(ageMs / 1000, age.maxAgeSeconds);
    return { value: stamped.slice(0, at), keyIsCurrent, signedAt: seconds * 1000 };
  };
  return {
    sign,
    read,
    unsign: (signed, age) => read(signed, age).value,
    signObject: (value, payload) => sign(encodePayload(writePythonJson(value), payload)),
    unsignObject: (signed, both) => toPlainValue(decodePayload(read(signed, both).value, both)),
  };
}

/** Options of {@link dumps} and {@link loads}. The default salt is `django.core.signing`. */
export interface DumpOptions extends TimestampSignerOptions, PayloadOptions {}

const DUMP_SALT = "django.core.signing";

/**
 * Django's `signing.dumps`: a value as signed, time-stamped, URL-safe text.
 *
 * @throws UnsupportedValue for what JSON cannot hold
 * @example
 * const link = dumps(keyring, { user: 7, action: "unsubscribe" }, { salt: "mail" });
 */
export function dumps(keys: SigningKeys, value: unknown, options: DumpOptions = {}): string {
  return timestampSignerOver(createSignerCore(keys, DUMP_SALT, options), options).signObject(value, options);
}

/**
 * Django's `signing.loads`: reads what {@link dumps} made. For many values of one salt a {@link createTimestampSigner} is faster.
 *
 * @throws BadSignature when it was changed or made for another salt or key; SignatureExpired when it is too old
 * @example
 * loads(keyring, link, { salt: "mail", maxAgeSeconds: 86_400 });
 */
export function loads(keys: SigningKeys, signed: string, options: DumpOptions & AgeOptions = {}): unknown {
  return timestampSignerOver(createSignerCore(keys, DUMP_SALT, options), options).unsignObject(signed, options);
}
