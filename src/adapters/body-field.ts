import type { FieldValue } from "../coat/exchange.ts";

/** A field of a parsed body; undefined when absent, null when it is neither text nor a list of texts. */
export function fieldOf(body: unknown, name: string): FieldValue {
  if (typeof body !== "object" || body === null || !Object.hasOwn(body, name)) return undefined;
  const value = (body as Record<string, unknown>)[name];
  if (typeof value === "string" || value === undefined) return value;
  return Array.isArray(value) && value.every((entry) => typeof entry === "string") ? (value as string[]) : null;
}
