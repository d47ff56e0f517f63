/**
 * Values that JSON does not know, in JSON. Such a value is an object with one property whose name is a tilde and a
 * letter; a property of the application's that begins with a tilde gets one more, so the two are never confused.
 *
 *     {"~d":1700000000000}      Date (null: an invalid one)      {"~m":[[key,value],…]}  Map
 *     {"~n":"-ff"}              BigInt, hexadecimal              {"~s":[member,…]}       Set
 *     {"~b":"AAEC"}             bytes, base64                    {"~x":"nan"}            a constant, see below
 */
import { RecordCorrupt } from "../errors.ts";
import { base64ToBytes, bytesToBase64 } from "./base64.ts";
import { kindOf, timeOf } from "./kind.ts";
import { defineOwn } from "./property.ts";
import { DEEPEST } from "./trail.ts";

/** Stands for a place in an array that holds nothing, while a text is read. */
const HOLE = Symbol("hole");

const CONSTANTS: ReadonlyMap<unknown, unknown> = new Map<unknown, unknown>([
  ["nan", Number.NaN],
  ["inf", Number.POSITIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY],
  ["-0", -0],
  ["undefined", undefined],
  ["hole", HOLE],
]);

const HEXADECIMAL = /^-?[0-9a-f]+$/;
const LATEST_DATE = 8.64e15;

/** The JSON text of a value that was inspected. */
export function writeTagged(value: unknown): string {
  return JSON.stringify(withTags(value));
}

/** The value as JSON can carry it. Parts without tags are handed on as they are, since writing them is what JSON does best. */
function withTags(value: unknown): unknown {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { "~x": nameOfNumber(value) };
    case "bigint":
      return { "~n": value.toString(16) };
    case "undefined":
      return { "~x": "undefined" };
    case "object":
      return value === null ? null : objectWithTags(value);
    default:
      return value;
  }
}

function nameOfNumber(value: number): string {
  if (value === 0) return "-0";
  if (Number.isNaN(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

function objectWithTags(value: object): unknown {
  switch (kindOf(value)) {
    case "array":
      return arrayWithTags(value as unknown[]);
    case "date":
      return { "~d": timeOf(value as Date) };
    case "map": {
      const entries: [unknown, unknown][] = [];
      for (const [key, child] of Map.prototype.entries.call(value) as MapIterator<[unknown, unknown]>) entries.push([withTags(key), withTags(child)]);
      return { "~m": entries };
    }
    case "set": {
      const members: unknown[] = [];
      for (const child of Set.prototype.values.call(value) as SetIterator<unknown>) members.push(withTags(child));
      return { "~s": members };
    }
    case "bytes":
      return { "~b": bytesToBase64(value as Uint8Array) };
    default:
      return propertiesWithTags(value as Record<string, unknown>);
  }
}

function propertiesWithTags(value: Record<string, unknown>): Record<string, unknown> {
  const keys = Object.keys(value);
  const children: unknown[] = [];
  let changed = false;
  for (const key of keys) {
    const child = value[key];
    const written = child === undefined ? undefined : withTags(child);
    children.push(written);
    if (written !== child || key.startsWith("~")) changed = true;
  }
  if (!changed) return value;
  const copy: Record<string, unknown> = {};
  for (const [index, key] of keys.entries()) defineOwn(copy, key.startsWith("~") ? `~${key}` : key, children[index]);
  return copy;
}

function arrayWithTags(value: unknown[]): unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < value.length; index++) {
    const child = value[index];
    const written = child === undefined && !Object.hasOwn(value, index) ? { "~x": "hole" } : withTags(child);
    if (written === child) continue;
    copy ??= [...value];
    copy[index] = written;
  }
  return copy ?? value;
}

/**
 * The value whose tagged JSON was parsed. Changes arrays and objects in place.
 *
 * @throws RecordCorrupt
 */
export function readTagged(parsed: unknown): unknown {
  return refuseHole(read(parsed, 1));
}

function read(parsed: unknown, depth: number): unknown {
  if (typeof parsed !== "object" || parsed === null) return parsed;
  if (depth > DEEPEST) throw new RecordCorrupt("its values are nested too deeply.");
  if (Array.isArray(parsed)) {
    for (let index = 0; index < parsed.length; index++) {
      const child = read(parsed[index], depth + 1);
      if (child === HOLE) delete parsed[index];
      else parsed[index] = child;
    }
    return parsed;
  }
  return readObject(parsed as Record<string, unknown>, depth);
}

function readObject(parsed: Record<string, unknown>, depth: number): unknown {
  const keys = Object.keys(parsed);
  const only = keys[0];
  if (keys.length === 1 && only !== undefined && only.startsWith("~") && !only.startsWith("~~")) return readTag(only, parsed[only], depth);
  // Only a name that was escaped asks for a new object, since renaming in place would change the order.
  const target: Record<string, unknown> = keys.some((key) => key.startsWith("~")) ? {} : parsed;
  for (const key of keys) {
    const child = refuseHole(read(parsed[key], depth + 1));
    if (target === parsed) parsed[key] = child;
    else if (!key.startsWith("~")) defineOwn(target, key, child);
    else if (key.startsWith("~~")) defineOwn(target, key.slice(1), child);
    else throw new RecordCorrupt("it has a tag beside other properties.");
  }
  return target;
}

function readTag(tag: string, content: unknown, depth: number): unknown {
  switch (tag) {
    case "~d":
      if (content === null) return new Date(Number.NaN);
      if (Number.isInteger(content) && Math.abs(content as number) <= LATEST_DATE) return new Date(content as number);
      break;
    case "~n":
      if (typeof content === "string" && HEXADECIMAL.test(content)) return readBigInt(content);
      break;
    case "~b": {
      const bytes = typeof content === "string" ? base64ToBytes(content) : undefined;
      if (bytes !== undefined) return bytes;
      break;
    }
    case "~x":
      if (CONSTANTS.has(content)) return CONSTANTS.get(content);
      break;
    case "~m":
      if (Array.isArray(content)) return new Map(content.map((entry: unknown) => readEntry(entry, depth)));
      break;
    case "~s":
      if (Array.isArray(content)) return new Set(content.map((member: unknown) => refuseHole(read(member, depth + 1))));
      break;
    default:
      throw new RecordCorrupt("it has an unknown tag.");
  }
  throw new RecordCorrupt("the content of a tag is malformed.");
}

function readEntry(entry: unknown, depth: number): [unknown, unknown] {
  if (!Array.isArray(entry) || entry.length !== 2) throw new RecordCorrupt("an entry of a Map is malformed.");
  return [refuseHole(read(entry[0], depth + 1)), refuseHole(read(entry[1], depth + 1))];
}

/** Hexadecimal, because it is read and written in linear time and decimal is not. */
function readBigInt(text: string): bigint {
  return text.startsWith("-") ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
}

function refuseHole(value: unknown): unknown {
  if (value === HOLE) throw new RecordCorrupt("an empty place stands outside of an array.");
  return value;
}
