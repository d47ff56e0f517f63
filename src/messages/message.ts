import { UnsupportedValue } from "../errors.ts";
import { isLevel } from "./level.ts";

/** A message as a page shows it. Its text is text: let the template escape it, unless `isSafe` says that it is HTML. */
export interface Message {
  /** 10 debug, 20 info, 25 success, 30 warning, 40 error, or a level of the application's own. */
  readonly level: number;
  /** The name of the level: a CSS class. Empty for a level without one. */
  readonly levelTag: string;
  /** `extraTags` and `levelTag`, with a blank between. */
  readonly tags: string;
  readonly text: string;
  readonly extraTags: string;
  /** The application said that the text is HTML which may be shown as it is. Django: `mark_safe`. */
  readonly isSafe: boolean;
}

/** What can be said of a message beside its level and text. */
export interface MessageOptions {
  /** Further CSS classes. */
  readonly extraTags?: string;
  /** The text is HTML that the application itself has made and escaped. Default: false. */
  readonly isSafe?: boolean;
}

/** A message that waits for a page. */
export interface StoredMessage {
  /** Names the message wherever it waits, so that two requests can tell that they mean the same one. */
  readonly id: string;
  readonly level: number;
  readonly text: string;
  readonly extraTags: string;
  readonly isSafe: boolean;
}

/** Nobody reads a longer message, and one that a visitor has a hand in must not fill the session. */
export const MOST_TEXT_CHARACTERS = 16_384;

/** @throws UnsupportedValue for what is no text, or too long */
export function checkText(what: string, text: unknown): void {
  if (typeof text !== "string") throw new UnsupportedValue(what, `a ${text === null ? "null" : typeof text} is no text.`);
  if (text.length > MOST_TEXT_CHARACTERS) throw new UnsupportedValue(what, `${text.length} characters are more than the ${MOST_TEXT_CHARACTERS} that a message may have. Show long texts on a page of their own.`);
}

export function showMessage({ level, text, extraTags, isSafe }: StoredMessage, levelTags: ReadonlyMap<number, string>): Message {
  const levelTag = levelTags.get(level) ?? "";
  const tags = extraTags === "" || levelTag === "" ? extraTags + levelTag : `${extraTags} ${levelTag}`;
  return Object.freeze({ level, levelTag, tags, text, extraTags, isSafe });
}

/** Whether fields that were read back can be a message's. */
export function areFields(level: unknown, text: unknown, extraTags: unknown): boolean {
  return isLevel(level) && typeof text === "string" && typeof extraTags === "string";
}
