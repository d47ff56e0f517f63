import { ConfigurationError } from "../../errors.ts";
import { LONGEST_TIMER_MS } from "../time-limit.ts";

/** Checks an option in milliseconds that becomes a timer. */
export function checkTimeLimit(setting: string, milliseconds: number): number {
  if (Number.isSafeInteger(milliseconds) && milliseconds >= 1 && milliseconds <= LONGEST_TIMER_MS) return milliseconds;
  throw new ConfigurationError(setting, `must be whole milliseconds from 1 to ${LONGEST_TIMER_MS}, not ${String(milliseconds)}`);
}
