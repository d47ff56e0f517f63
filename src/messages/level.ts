import { UnsupportedValue } from "../errors.ts";

/** Django's levels. A level of one's own is any other whole number from 1 to 1000. */
export const MESSAGE_LEVELS = { debug: 10, info: 20, success: 25, warning: 30, error: 40 } as const;

/** The name of one of the five levels. */
export type MessageLevelName = keyof typeof MESSAGE_LEVELS;

/** A level by its name or its number. */
export type MessageLevel = MessageLevelName | number;

const HIGHEST = 1000;

/** The number of a level. @throws UnsupportedValue for what is none */
export function toLevel(level: MessageLevel, name = "messages level"): number {
  if (typeof level === "string" && Object.hasOwn(MESSAGE_LEVELS, level)) return MESSAGE_LEVELS[level];
  if (isLevel(level)) return level;
  throw new UnsupportedValue(name, `give ${Object.keys(MESSAGE_LEVELS).join(", ")} or a whole number from 1 to ${HIGHEST}.`);
}

export function isLevel(level: unknown): level is number {
  return Number.isInteger(level) && (level as number) >= 1 && (level as number) <= HIGHEST;
}

/** The tag of each level: the five names, and whatever the application adds or replaces. */
export function makeLevelTags(own: Readonly<Record<string, string>> = {}): ReadonlyMap<number, string> {
  const tags = new Map<number, string>(Object.entries(MESSAGE_LEVELS).map(([name, level]) => [level, name]));
  for (const [level, tag] of Object.entries(own)) tags.set(toLevel(/^\d+$/.test(level) ? Number(level) : (level as MessageLevelName), "messages.tags"), tag);
  return tags;
}
