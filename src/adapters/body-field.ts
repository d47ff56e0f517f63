import type { FieldValue, FormFields } from "../coat/exchange.ts";

/** A field of a parsed body; undefined when absent, null when it is neither text nor a list of texts. */
export function fieldOf(body: unknown, name: string): FieldValue {
  if (typeof body !== "object" || body === null || !Object.hasOwn(body, name)) return undefined;
  const value = (body as Record<string, unknown>)[name];
  if (typeof value === "string" || value === undefined) return value;
  return Array.isArray(value) && value.every((entry) => typeof entry === "string") ? (value as string[]) : null;
}

/** Every field of a parsed form, as `fieldOf` gives one; undefined for a body that is none, or that holds more than texts. */
export function fieldsOf(body: unknown): FormFields | undefined {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return undefined;
  const fields = new Map<string, string | readonly string[]>();
  for (const name of Object.keys(body)) {
    const value = fieldOf(body, name);
    if (value === null || value === undefined) return undefined;
    fields.set(name, value);
  }
  return fields;
}

/** Whether a content type is that of a form whose fields are all texts. */
export function isPlainForm(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/x-www-form-urlencoded\b/i.test(contentType);
}
