import type { CoatcheckOptions } from "../manager/coatcheck-options.ts";
import { makeLevelTags, toLevel } from "./level.ts";

export interface MessagesSettings {
  readonly storage: "fallback" | "cookie" | "session";
  /** The least level that is recorded. */
  readonly level: number;
  readonly levelTags: ReadonlyMap<number, string>;
}

/** Null when messages are switched off. @throws UnsupportedValue for a level that is none */
export function resolveMessages(option: CoatcheckOptions["messages"]): MessagesSettings | null {
  if (option === false) return null;
  const { storage = "fallback", level = "info", tags = {} } = typeof option === "object" ? option : {};
  return Object.freeze({ storage, level: toLevel(level, "messages.level"), levelTags: makeLevelTags(tags) });
}
