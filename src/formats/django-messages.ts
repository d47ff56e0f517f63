import type { Clock } from "../clock.ts";
import { equalText } from "../crypto/equal.ts";
import { createMac } from "../crypto/hmac.ts";
import { BadSignature } from "../errors.ts";
import { decodePayload, encodePayload } from "./django-payload.ts";
import { type DjangoRelease, isAtLeast } from "./django-release.ts";
import { createSignerCore } from "./django-signer.ts";
import { DJANGO_COOKIE_KEY_PREFIX } from "./django-signed-cookie.ts";
import { timestampSignerOver } from "./django-timestamp-signer.ts";
import { PythonJsonError, readPythonJson } from "./python-json-read.ts";
import { writePythonJson } from "./python-json-write.ts";
import { PythonFloat, type PythonValue } from "./python-values.ts";
import { deriveSaltedKey, secretBytesOf, type SigningKeys } from "./signing-keys.ts";

/** One message of django.contrib.messages. */
export interface DjangoMessage {
  /** 10 debug, 20 info, 25 success, 30 warning, 40 error, or a level of one's own. */
  readonly level: number;
  readonly text: string;
  /** Further CSS classes; null and the empty text are different on the wire only. */
  readonly extraTags: string | null;
  /** Whether the text is HTML that may be shown as it is. Never believe it of a message whose signature was not checked. */
  readonly isSafe: boolean;
}

/** A list as it is stored. `isUnfinished`: it ends with the marker that says that the rest is elsewhere. */
export interface DjangoMessageList {
  readonly messages: readonly DjangoMessage[];
  readonly isUnfinished: boolean;
}

const MESSAGE_KEY = "__json_message";
const NOT_FINISHED = "__messagesnotfinished__";
const SALT = "django.contrib.messages";

/** Options of {@link createDjangoMessageCodec}. */
export interface DjangoMessageOptions {
  /** Whose cookies are read and written. */
  readonly release: DjangoRelease;
  readonly clock?: Clock;
  /** The least length of each secret in bytes. The default is 32. */
  readonly minimumKeyBytes?: number;
}

/** The two texts in which Django keeps messages. */
export interface DjangoMessageCodec {
  /** The value of the cookie `messages`. */
  encodeCookie(list: DjangoMessageList): string;
  /** null when the cookie was changed, or cannot be read: Django then removes it. */
  decodeCookie(value: string): DjangoMessageList | null;
  /** The value of the session key `_messages`: a text, not a list. */
  encodeSession(list: DjangoMessageList): string;
  /** Empty when the value cannot be read. */
  decodeSession(value: unknown): DjangoMessageList;
}

/**
 * Reads and writes the messages of a Django application with the same key.
 *
 * @param keys Django's SECRET_KEY first, then SECRET_KEY_FALLBACKS
 * @see https://docs.djangoproject.com/en/stable/ref/contrib/messages/
 */
export function createDjangoMessageCodec(keys: SigningKeys, options: DjangoMessageOptions): DjangoMessageCodec {
  const { release } = options;
  const signerOptions = { ...options, salt: SALT, keyPrefix: DJANGO_COOKIE_KEY_PREFIX, acceptSha1: release === "3.2" } as const;
  const signer = timestampSignerOver(createSignerCore(keys, "", signerOptions), signerOptions);
  const mac = createMac("sha1", deriveSaltedKey(SALT, secretBytesOf(keys, options.minimumKeyBytes)[0] as Uint8Array, "sha1"));
  const toJson = (list: DjangoMessageList, isSpaced: boolean): string => writePythonJson(toValue(list, release), { isSpaced });

  const readOldest = (value: string): DjangoMessageList | null => {
    const at = value.indexOf("$");
    if (at === -1 || !equalText(mac(value.slice(at + 1), "hex"), value.slice(0, at))) return null;
    return readList(value.slice(at + 1));
  };
  const readSigned = (value: string): DjangoMessageList | null => {
    let payload: string;
    try {
      payload = signer.read(value).value;
      return fromValue(decodePayload(payload));
    } catch (error) {
      if (!(error instanceof BadSignature)) throw error;
    }
    // Django 3.1 signed the bare JSON; 3.2 and 4.0 still read it.
    return release === "3.2" ? readBare(value) : null;
  };
  const readBare = (value: string): DjangoMessageList | null => {
    try {
      return readList(signer.read(value).value);
    } catch (error) {
      if (error instanceof BadSignature) return null;
      throw error;
    }
  };

  return {
    encodeCookie: (list) => {
      if (release !== "2.2") return signer.sign(encodePayload(toJson(list, false), { compress: true }));
      const json = toJson(list, false);
      return `${mac(json, "hex")}$${json}`;
    },
    decodeCookie: (value) => {
      if (release === "2.2") return readOldest(value);
      return readSigned(value) ?? (release === "3.2" ? readOldest(value) : null);
    },
    encodeSession: (list) => toJson(list, release !== "2.2"),
    decodeSession: (value) => (typeof value === "string" ? readList(value) : null) ?? { messages: [], isUnfinished: false },
  };
}

function toValue({ messages, isUnfinished }: DjangoMessageList, release: DjangoRelease): unknown[] {
  const values: unknown[] = messages.map(({ level, text, extraTags, isSafe }) => {
    const hasTags = isAtLeast(release, "4.2") ? extraTags !== null : extraTags !== null && extraTags !== "";
    return [MESSAGE_KEY, isSafe ? 1 : 0, level, text, ...(hasTags ? [extraTags] : [])];
  });
  return isUnfinished ? [...values, NOT_FINISHED] : values;
}

function readList(json: string): DjangoMessageList | null {
  try {
    return fromValue(readPythonJson(json));
  } catch (error) {
    if (error instanceof PythonJsonError) return null;
    throw error;
  }
}

/** null for anything but a list of messages, with or without the marker at its end. */
function fromValue(value: PythonValue): DjangoMessageList | null {
  if (!Array.isArray(value)) return null;
  const isUnfinished = value.at(-1) === NOT_FINISHED;
  const messages = (isUnfinished ? value.slice(0, -1) : value).map(toMessage);
  return messages.every((message) => message !== null) ? { messages, isUnfinished } : null;
}

function toMessage(value: PythonValue): DjangoMessage | null {
  if (!Array.isArray(value) || value[0] !== MESSAGE_KEY || value.length < 4 || value.length > 5) return null;
  const [, safe, storedLevel, text, extraTags = null] = value;
  const level = typeof storedLevel === "string" && /^\d{1,9}$/.test(storedLevel) ? Number(storedLevel) : storedLevel;
  if (typeof level !== "number" || !Number.isSafeInteger(level) || typeof text !== "string" || (extraTags !== null && typeof extraTags !== "string")) return null;
  return { level, text, extraTags, isSafe: isTrue(safe) };
}

/** Python's truth of a value. */
function isTrue(value: PythonValue | undefined): boolean {
  if (value instanceof PythonFloat) return value.value !== 0;
  if (Array.isArray(value)) return value.length > 0;
  return value instanceof Map ? value.size > 0 : Boolean(value);
}

/** The tags that Django shows: the extra ones, then the name of the level. */
export function djangoTagsOf({ level, extraTags }: DjangoMessage): string {
  const name = { 10: "debug", 20: "info", 25: "success", 30: "warning", 40: "error" }[level] ?? "";
  return [extraTags ?? "", name].filter((tag) => tag !== "").join(" ");
}
