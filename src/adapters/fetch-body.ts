import type { FieldValue, FormFields } from "../coat/exchange.ts";
import { fieldOf, isPlainForm } from "./body-field.ts";

/**
 * One field of a form or JSON body, from a copy: the handler still finds its body unread. At most `maxBytes` are read;
 * a longer body, one that was read already, and one that cannot be parsed count as having no such field.
 */
export async function readField(request: Request, name: string, maxBytes: number): Promise<FieldValue> {
  const type = request.headers.get("content-type") ?? "";
  const isJson = /^application\/json\b/i.test(type);
  if (!isJson && !/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) return undefined;
  if (request.bodyUsed || request.body === null || Number(request.headers.get("content-length")) > maxBytes) return undefined;
  try {
    const bytes = await readAtMost(request.clone(), maxBytes);
    if (bytes === null) return undefined;
    const copy = new Response(bytes, { headers: { "content-type": type } });
    if (isJson) return fieldOf(await copy.json(), name);
    const values = (await copy.formData()).getAll(name);
    if (values.length === 0) return undefined;
    const texts = values.filter((value) => typeof value === "string");
    if (texts.length !== values.length) return null;
    return texts.length === 1 ? texts[0] : texts;
  } catch {
    return undefined;
  }
}

/** Every field of a form, from a copy, under the same limits. Undefined for a body that is no plain form. */
export async function readFields(request: Request, maxBytes: number): Promise<FormFields | undefined> {
  if (!isPlainForm(request.headers.get("content-type") ?? undefined) || request.bodyUsed || request.body === null) return undefined;
  try {
    const bytes = await readAtMost(request.clone(), maxBytes);
    if (bytes === null) return undefined;
    const fields = new Map<string, string[]>();
    for (const [name, value] of new URLSearchParams(new TextDecoder().decode(bytes))) fields.set(name, [...(fields.get(name) ?? []), value]);
    return fields;
  } catch {
    return undefined;
  }
}

async function readAtMost(copy: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const reader = copy.body?.getReader();
  if (reader === undefined) return null;
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    total += value.byteLength;
    if (total > maxBytes) {
      // Not awaited: the cancellation of a copy settles only when the original is read or cancelled too.
      reader.cancel().catch(() => undefined);
      return null;
    }
    chunks.push(value);
  }
  const all = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all;
}
