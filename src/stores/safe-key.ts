import { createHash } from "node:crypto";
import { ConfigurationError } from "../errors.ts";

const PLAIN = /^[A-Za-z0-9_-]{1,64}$/;
const PREFIX = /^[A-Za-z0-9:_{}-]{0,100}$/;

/**
 * A key that every key-value server takes: at most 200 characters of `[A-Za-z0-9:_{}-]` for whatever input. Ids and usual owners stand
 * in it as they are; anything else is replaced by its SHA-256, marked so that the two can never meet.
 */
export function safeKey(prefix: string, kind: string, text: string): string {
  return PLAIN.test(text) ? `${prefix}${kind}:${text}` : `${prefix}${kind}:h:${digest(text)}`;
}

/** True when `safeKey` puts the text into the key as it is. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

/**
 * @param setting the option's name for the message
 * @throws ConfigurationError when the prefix has other characters, or more than 100.
 */
export function checkPrefix(prefix: string, setting: string): string {
  if (typeof prefix !== "string" || !PREFIX.test(prefix)) {
    throw new ConfigurationError(setting, "must be at most 100 characters of A-Z a-z 0-9 : _ - { }, for instance \"shop:\"");
  }
  return prefix;
}

/** UTF-16 code units rather than UTF-8, so that lone surrogates stay apart. */
const digest = (text: string): string => createHash("sha256").update(text, "utf16le").digest("base64url");
