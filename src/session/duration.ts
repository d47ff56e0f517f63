import { InvalidDuration } from "../errors.ts";

/** Whole seconds, or a whole number with a unit: `"30s"`, `"5m"`, `"12h"`, `"14d"`, `"2w"`. */
export type Duration = number | string;

const SECONDS_PER_UNIT: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** A hundred years. More is a slip of the keyboard, and leaves room for exact arithmetic in milliseconds. */
const LONGEST_SECONDS = 100 * 365 * 86_400;

/**
 * Reads a duration.
 *
 * @param name the setting or parameter, for the error
 * @returns whole seconds, 0 or more
 * @throws InvalidDuration for anything that is not a whole number of seconds or a number with a unit
 * @example
 * parseDuration("session.idleTimeout", "14d"); // 1209600
 */
export function parseDuration(name: string, value: unknown): number {
  if (typeof value === "number") {
    if (!Number.isInteger(value)) throw new InvalidDuration(name, `${value} is not a whole number of seconds`);
    return inRange(name, value);
  }
  if (typeof value !== "string") throw new InvalidDuration(name, `a ${value === null ? "null" : typeof value} is not a duration`);
  const parts = /^(\d{1,10})(s|m|h|d|w)$/.exec(value);
  if (parts === null) throw new InvalidDuration(name, `${JSON.stringify(value.slice(0, 40))} is not a duration`);
  return inRange(name, Number(parts[1]) * (SECONDS_PER_UNIT[parts[2] as string] as number));
}

function inRange(name: string, seconds: number): number {
  if (seconds < 0) throw new InvalidDuration(name, `${seconds} is negative`);
  if (seconds > LONGEST_SECONDS) throw new InvalidDuration(name, `${seconds} seconds are more than a hundred years`);
  return seconds + 0;
}
