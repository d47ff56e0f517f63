import type { ExchangeState } from "../manager/exchange-state.ts";

/** What a session keeps of the device it was begun on. */
export interface DeviceNote {
  /** The browser's own description, shortened; empty when it gave none. */
  readonly agent: string;
  /** What the user calls it. */
  readonly name?: string;
}

const LONGEST_AGENT = 200;
const LONGEST_NAME = 100;

/** The note for a login on this request's device; a name that the user gave stays. */
export function describeDevice(exchange: ExchangeState, known: unknown): DeviceNote {
  const name = readDevice(known)?.name;
  return { agent: shorten(exchange.view.header("user-agent") ?? "", LONGEST_AGENT), ...(name === undefined ? {} : { name }) };
}

/** A stored note, if it is one. */
export function readDevice(value: unknown): DeviceNote | null {
  if (typeof value !== "object" || value === null) return null;
  const { agent, name } = value as Partial<Record<keyof DeviceNote, unknown>>;
  if (typeof agent !== "string") return null;
  return { agent, ...(typeof name === "string" ? { name } : {}) };
}

/** A name as it is kept: one line of at most 100 characters. */
export function cleanDeviceName(name: string): string {
  return shorten(name.trim(), LONGEST_NAME);
}

/** One line of whole characters. */
function shorten(text: string, most: number): string {
  return text.slice(0, most).toWellFormed().replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\uFFFD]/gu, " ").trim();
}
