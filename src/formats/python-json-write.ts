import { UnsupportedValue } from "../errors.ts";
import { PythonFloat } from "./python-values.ts";

/** Deeper values are refused: Python's own reader gives up at about a thousand levels. */
export const MAX_JSON_DEPTH = 500;

const SHORT_ESCAPES: Readonly<Record<string, string>> = { "\"": "\\\"", "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r" };
const NEEDS_ESCAPE = /["\\]|[^ -~]/g;

/** Options of {@link writePythonJson}. */
export interface WritePythonJsonOptions {
  /** `true` writes a blank after `,` and `:`, Python's default; `false`, the default here, is Django's compact form. */
  readonly isSpaced?: boolean;
}

/**
 * JSON text as Python's `json.dumps` writes it: ASCII only, keys in their order, floats marked as floats.
 *
 * Takes null, booleans, numbers (whole ones up to 2^53 - 1 are integers, all others floats), bigints, texts, {@link PythonFloat}, arrays,
 * maps with text keys, and plain objects.
 *
 * @throws UnsupportedValue for anything else, with the path of the value
 * @example
 * writePythonJson({ name: "Jürgen", price: 1.5 }); // {"name":"J\u00fcrgen","price":1.5}
 */
export function writePythonJson(value: unknown, options: WritePythonJsonOptions = {}): string {
  return options.isSpaced === true ? write(value, ", ", ": ", "", 0) : write(value, ",", ":", "", 0);
}

function write(value: unknown, comma: string, colon: string, path: string, depth: number): string {
  if (depth > MAX_JSON_DEPTH) throw new UnsupportedValue(path, `is nested more than ${MAX_JSON_DEPTH} levels deep.`);
  if (value === null || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "string") return writeText(value);
  if (typeof value === "number") return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : writeFloat(value);
  if (value instanceof PythonFloat) return writeFloat(value.value);
  if (Array.isArray(value)) {
    return `[${Array.from(value, (item, at) => write(item, comma, colon, `${path}[${at}]`, depth + 1)).join(comma)}]`;
  }
  const entries = entriesOf(value);
  if (entries === null) throw new UnsupportedValue(path === "" ? "the value" : path, `${describe(value)} cannot be written as JSON.`);
  const parts: string[] = [];
  for (const [key, item] of entries) {
    if (typeof key !== "string") throw new UnsupportedValue(path === "" ? "the value" : path, `has a key that is not text.`);
    parts.push(writeText(key) + colon + write(item, comma, colon, path === "" ? key : `${path}.${key}`, depth + 1));
  }
  return `{${parts.join(comma)}}`;
}

function entriesOf(value: unknown): Iterable<readonly [unknown, unknown]> | null {
  if (value instanceof Map) return value;
  if (typeof value !== "object" || value === null) return null;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? Object.entries(value) : null;
}

function describe(value: unknown): string {
  return typeof value === "object" && value !== null ? `An object of the class ${value.constructor.name}` : `A value of the type ${typeof value}`;
}

function writeText(text: string): string {
  return `"${text.replace(NEEDS_ESCAPE, (unit) => SHORT_ESCAPES[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
}

/** Python's `repr` of a float: the same shortest digits as JavaScript's, in another layout. */
function writeFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const sign = value < 0 ? "-" : "";
  const [mantissa = "", exponentText = "0"] = Math.abs(value).toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    return `${sign}${digits.charAt(0)}${fraction}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${digits.slice(exponent + 1) || "0"}`;
}
