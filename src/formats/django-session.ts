import type { Clock } from "../clock.ts";
import { equalText } from "../crypto/equal.ts";
import { createMac, type Mac } from "../crypto/hmac.ts";
import { BadSignature } from "../errors.ts";
import { decodePayload, encodePayload, PayloadUnreadable } from "./django-payload.ts";
import { type DjangoRelease, isAtLeast } from "./django-release.ts";
import { createSignerCore } from "./django-signer.ts";
import { timestampSignerOver } from "./django-timestamp-signer.ts";
import { decodePythonBase64 } from "./python-base64.ts";
import { PythonJsonError, readPythonJson } from "./python-json-read.ts";
import { writePythonJson } from "./python-json-write.ts";
import type { PythonValue } from "./python-values.ts";
import { deriveSaltedKey, secretBytesOf, type SigningKeys } from "./signing-keys.ts";

/** The content of a Django session: keys in their order, values exact. */
export type DjangoSessionData = Map<string, PythonValue>;

/** Options of {@link createDjangoSessionCodec}. */
export interface DjangoSessionOptions {
  /** Whose rows are read and written. Below 4.0 the older form is read as well, and 2.2 writes it. */
  readonly release: DjangoRelease;
  /** Name of the store's class; all built-in engines are called `SessionStore`, the default. It is part of the salt. */
  readonly className?: string;
  /** Where the time of saving comes from. The default is the system's clock. */
  readonly clock?: Clock;
  /** The most that a compressed row may unfold to, in bytes. The default is 1 MiB. */
  readonly maxBytes?: number;
  /** The least length of each secret in bytes. The default is 32. */
  readonly minimumKeyBytes?: number;
}

/**
 * What a row held. A row that cannot be trusted is an empty session, as in Django; `problem` says why:
 * `bad-signature` (damaged, or made with another key or class; Django logs a warning), or `unreadable` (signed, but no session).
 */
export interface DecodedDjangoSession {
  readonly data: DjangoSessionData;
  readonly problem: "bad-signature" | "unreadable" | null;
  /** Whether the current key made it, in the current form. If not, saving it again brings it up to date. */
  readonly isCurrent: boolean;
}

/** The `session_data` column of the table `django_session`, and the content of session files. */
export interface DjangoSessionCodec {
  /** @throws UnsupportedValue for what JSON cannot hold */
  encode(data: DjangoSessionData | Readonly<Record<string, unknown>>): string;
  /** Never throws for what a row may hold. */
  decode(text: string): DecodedDjangoSession;
}

const DEFAULT_CLASS = "SessionStore";

/**
 * Reads and writes session rows as Django does, with the bytes of Django for the same data, key and second.
 *
 * @param keys Django's SECRET_KEY first, then SECRET_KEY_FALLBACKS
 * @see https://docs.djangoproject.com/en/stable/topics/http/sessions/
 * @example
 * const codec = createDjangoSessionCodec([secret], { release: "5.2" });
 * const { data } = codec.decode(row.session_data);
 */
export function createDjangoSessionCodec(keys: SigningKeys, options: DjangoSessionOptions): DjangoSessionCodec {
  const className = options.className ?? DEFAULT_CLASS;
  // The time of saving decides nothing in a row, its column expire_date does; so a skewed clock is no reason to lose a session.
  const signerOptions = { ...options, salt: `django.contrib.sessions.${className}`, allowedSkewSeconds: Number.POSITIVE_INFINITY, acceptSha1: options.release === "3.2" };
  const signer = timestampSignerOver(createSignerCore(keys, "", signerOptions), signerOptions);
  const legacy = isAtLeast(options.release, "4.2") ? null : createLegacyForm(keys, className, options.minimumKeyBytes);
  return {
    encode: (data) => {
      const json = writePythonJson(data);
      return options.release === "2.2" && legacy !== null ? legacy.encode(json) : signer.sign(encodePayload(json, { compress: true }));
    },
    decode: (text) => {
      if (options.release !== "2.2") {
        try {
          const { value, keyIsCurrent } = signer.read(text);
          return checkData(decodePayload(value, options), keyIsCurrent);
        } catch (error) {
          if (!(error instanceof BadSignature)) throw error;
          if (error instanceof PayloadUnreadable) return emptySession("unreadable");
        }
      }
      return legacy?.decode(text) ?? emptySession("bad-signature");
    },
  };
}

function emptySession(problem: "bad-signature" | "unreadable"): DecodedDjangoSession {
  return { data: new Map(), problem, isCurrent: false };
}

/** Django takes any signed value for a session and fails later; here a session is an object or it is empty. */
function checkData(value: PythonValue, isCurrent: boolean): DecodedDjangoSession {
  return value instanceof Map ? { data: value, problem: null, isCurrent } : emptySession("unreadable");
}

interface LegacyForm {
  encode(json: string): string;
  decode(text: string): DecodedDjangoSession;
}

/** Before Django 3.1: base64 of digest, colon and JSON. The digest is of SHA-1, and only the current key counts. */
function createLegacyForm(keys: SigningKeys, className: string, minimumKeyBytes: number | undefined): LegacyForm {
  const secret = secretBytesOf(keys, minimumKeyBytes)[0] as Uint8Array;
  const mac: Mac = createMac("sha1", deriveSaltedKey(`django.contrib.sessions${className}`, secret, "sha1"));
  return {
    encode: (json) => Buffer.from(`${mac(json, "hex")}:${json}`, "latin1").toString("base64"),
    decode: (text) => {
      const bytes = decodePythonBase64(text, "standard");
      if (bytes === null) return emptySession("bad-signature");
      const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
      const at = whole.indexOf(":");
      // What was signed was ASCII; anything else cannot carry the right digest.
      if (at === -1 || !equalText(mac(whole.slice(at + 1), "hex"), whole.slice(0, at))) return emptySession("bad-signature");
      try {
        return checkData(readPythonJson(whole.slice(at + 1)), false);
      } catch (error) {
        if (error instanceof PythonJsonError) return emptySession("unreadable");
        throw error;
      }
    },
  };
}

/** Options of {@link createDjangoCookieSessionCodec}. */
export interface DjangoCookieSessionOptions {
  readonly release: DjangoRelease;
  /** SESSION_COOKIE_AGE: a cookie signed longer ago is an empty session. The default is 14 days. */
  readonly maxAgeSeconds?: number;
  readonly clock?: Clock;
  /** As in {@link DjangoSessionOptions}. */
  readonly maxBytes?: number;
  readonly minimumKeyBytes?: number;
}

const COOKIE_SESSION_SALT = "django.contrib.sessions.backends.signed_cookies";
const DEFAULT_AGE_SECONDS = 14 * 86_400;

/** The cookie of Django's `signed_cookies` engine. Nothing in it can be revoked before it is too old. */
export function createDjangoCookieSessionCodec(keys: SigningKeys, options: DjangoCookieSessionOptions): DjangoSessionCodec {
  const algorithm = options.release === "2.2" ? "sha1" : "sha256";
  const signerOptions = { ...options, salt: COOKIE_SESSION_SALT, algorithm, acceptSha1: options.release === "3.2" } as const;
  const signer = timestampSignerOver(createSignerCore(keys, "", signerOptions), signerOptions);
  return {
    encode: (data) => signer.sign(encodePayload(writePythonJson(data), { compress: true })),
    decode: (text) => {
      try {
        const { value, keyIsCurrent } = signer.read(text, { maxAgeSeconds: options.maxAgeSeconds ?? DEFAULT_AGE_SECONDS });
        return checkData(decodePayload(value, options), keyIsCurrent);
      } catch (error) {
        return emptySession(error instanceof PayloadUnreadable ? "unreadable" : "bad-signature");
      }
    },
  };
}
