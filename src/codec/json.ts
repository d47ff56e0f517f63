import { RecordCorrupt, UnsupportedValue } from "../errors.ts";
import { copyValue } from "./clone.ts";
import type { Codec, Decoded, SessionValues } from "./codec.ts";
import { inspectValue } from "./inspect.ts";
import { readTagged, writeTagged } from "./tagged.ts";
import { pathOfKey } from "./trail.ts";

/** No JSON text begins so: the reader knows at once whether there is anything to do after `JSON.parse`. */
const MARK = "~";

/**
 * JSON that keeps types. Dates (also invalid ones), Map, Set, BigInt, Uint8Array, NaN, infinities, negative zero,
 * undefined in arrays and holes come back as they were; a Buffer comes back as a Uint8Array and an object without a
 * prototype as an ordinary one. Functions, symbols and instances of classes are refused when they are saved.
 *
 * Values that plain JSON can carry are stored as plain JSON, which any language reads. Otherwise the text is `~` and a
 * JSON array of two: the keys whose values hold tags, and all values. Only those keys are walked when it is read.
 *
 * @example
 * jsonCodec.encode({ theme: "dark" }, false); // '{"theme":"dark"}'
 */
export const jsonCodec: Codec = {
  name: "json",

  decode(text: string): Decoded {
    if (text.startsWith(MARK)) return { values: decodeTagged(text), tagged: true };
    return { values: asValues(parse(text)), tagged: false };
  },

  encode(values: SessionValues, tagged: boolean): string {
    return tagged ? encodeTagged(values) : stringify(values, "session");
  },

  inspect: inspectValue,

  clone(value: unknown, path: string): unknown {
    if (typeof value !== "object" || value === null) {
      inspectValue(value, path);
      return value;
    }
    inspectValue(value, path);
    return copyValue(value);
  },

  snapshot(value: unknown, path = "value"): string {
    if (inspectValue(value, path) === "tagged") return MARK + writeTagged(value);
    return value === undefined ? "" : stringify(value, path);
  },
};

function encodeTagged(values: SessionValues): string {
  const taggedKeys: string[] = [];
  let text = "";
  for (const key of Object.keys(values)) {
    const value = values[key];
    if (value === undefined) continue;
    const path = pathOfKey(key);
    let valueText: string;
    if (inspectValue(value, path) === "tagged") {
      taggedKeys.push(key);
      valueText = writeTagged(value);
    } else {
      valueText = stringify(value, path);
    }
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${valueText}`;
  }
  return `${MARK}[${JSON.stringify(taggedKeys)},{${text}}]`;
}

function decodeTagged(text: string): SessionValues {
  const parsed = parse(text.slice(MARK.length));
  if (!Array.isArray(parsed) || parsed.length !== 2) throw new RecordCorrupt("its tagged form is malformed.");
  const [taggedKeys, root] = parsed as [unknown, unknown];
  const values = asValues(root);
  if (!Array.isArray(taggedKeys)) throw new RecordCorrupt("its tagged form is malformed.");
  const seen = new Set<string>();
  for (const key of taggedKeys as unknown[]) {
    // A key that is listed twice would be read twice, and what it holds could become a tag by that.
    if (typeof key !== "string" || seen.has(key) || !Object.hasOwn(values, key)) throw new RecordCorrupt("its list of tagged keys is malformed.");
    seen.add(key);
    values[key] = readTagged(values[key]);
  }
  return values;
}

function asValues(parsed: unknown): SessionValues {
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw new RecordCorrupt("it is not an object.");
  return parsed as SessionValues;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own error quotes the text, and the text is private: it is not passed on.
    throw new RecordCorrupt("it is not JSON.");
  }
}

function stringify(value: unknown, path: string): string {
  try {
    return JSON.stringify(value);
  } catch {
    throw new UnsupportedValue(path, "cannot be written as JSON: it contains itself, a BigInt, or is nested too deeply. Keep flatter, plain data.");
  }
}
