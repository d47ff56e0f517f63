import { inspect } from "node:util";
import { isReserved } from "../session/keys.ts";
import { usageFailure } from "./failure.ts";
import { printable } from "./terminal.ts";

/** A session's value as it may be shown: its kind, and the value itself only where it was asked for. */
export type ShownValue = { readonly kind: string; readonly hidden: true } | { readonly kind: string; readonly value: unknown };

/**
 * The application's values, hidden unless their key was asked for.
 *
 * @param reveal keys, as `--reveal` named them
 * @throws CommandFailure for a key of Coatcheck's own: what it holds is never shown
 */
export function showValues(values: Readonly<Record<string, unknown>>, reveal: readonly string[]): Record<string, ShownValue> {
  const reserved = reveal.find(isReserved);
  if (reserved !== undefined) throw usageFailure("--reveal: keys that begin with _ are Coatcheck's own, and what they hold is never shown.");
  const shown: Record<string, ShownValue> = Object.create(null) as Record<string, ShownValue>;
  for (const [key, value] of Object.entries(values)) {
    if (isReserved(key)) continue;
    shown[key] = reveal.includes(key) ? { kind: kindOf(value), value } : { kind: kindOf(value), hidden: true };
  }
  return shown;
}

/** The values as lines. */
export function valueLines(shown: Readonly<Record<string, ShownValue>>): string[] {
  return Object.entries(shown).map(([key, entry]) => {
    const text = "value" in entry ? inspect(entry.value, { depth: 6, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 10_000 }) : `hidden (${entry.kind}); --reveal ${JSON.stringify(key)} shows it`;
    return `  ${printable(key)}: ${printable(text)}`;
  });
}

/** The values for a JSON document, which does not know every type. */
export function valueDocument(shown: Readonly<Record<string, ShownValue>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(shown).map(([key, entry]) => [key, "value" in entry ? { kind: entry.kind, value: toJson(entry.value) } : entry]));
}

/** What JSON cannot carry becomes the text that people read. */
function toJson(value: unknown): unknown {
  try {
    const text = JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" || part instanceof Map || part instanceof Set || part instanceof Uint8Array ? inspect(part, { depth: 6 }) : part));
    return text === undefined ? null : (JSON.parse(text) as unknown);
  } catch {
    return inspect(value, { depth: 6 });
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  if (typeof value === "string") return "text";
  return typeof value === "object" ? Object.prototype.toString.call(value).slice(8, -1).toLowerCase() : typeof value;
}
