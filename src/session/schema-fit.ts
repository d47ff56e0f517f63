import type { Codec, SessionValues } from "../codec/codec.ts";
import { defineOwn } from "../codec/property.ts";
import { UnsupportedValue } from "../errors.ts";
import { isReserved, RESERVED } from "./keys.ts";
import type { SessionSchema } from "./session-schema.ts";

/** Values that did not fit, by key, as they were stored. */
export type Aside = Readonly<Record<string, unknown>>;

/** Stored values as their schema wants them. */
export interface Fitted {
  readonly values: SessionValues;
  /** The version that the values are of from now on: a newer one than the schema's stays. */
  readonly version: number;
  readonly aside: Aside | null;
  readonly tagged: boolean;
  /** Null when everything fits. */
  readonly mismatch: Mismatch | null;
}

/** What did not fit: names only. */
export interface Mismatch {
  /** Keys whose values were put aside. */
  readonly keys: readonly string[];
  /** Keys whose values were given up because too much lay aside already. */
  readonly dropped: readonly string[];
  /** The version that the data was written with. */
  readonly from: number;
  readonly to: number;
  /** The upgrades failed, and the data was taken as it was. */
  readonly upgradeFailed: boolean;
}

const MOST_ASIDE = 100;
const MOST_ASIDE_CHARACTERS = 64 * 1024;

/**
 * Brings stored values to the version of the schema, puts aside what does not fit it, and takes back what was put aside before and fits now.
 * Keys of Coatcheck's own are no business of the schema.
 */
export function fitValues(schema: SessionSchema, codec: Codec, stored: SessionValues, storedTagged: boolean): Fitted {
  const own: SessionValues = {};
  let values: SessionValues = {};
  for (const key of Object.keys(stored)) if (key !== RESERVED.schema && key !== RESERVED.aside) defineOwn(isReserved(key) ? own : values, key, stored[key]);
  const from = readVersion(stored[RESERVED.schema]);
  let tagged = storedTagged;
  let upgradeFailed = false;
  if (from < schema.version) {
    const upgraded = upgrade(schema, codec, values, from);
    upgradeFailed = upgraded === null;
    values = upgraded?.values ?? values;
    tagged ||= upgraded?.tagged ?? false;
  }
  const asideBefore = readAside(stored[RESERVED.aside]);
  const restored = restore(schema, asideBefore, values);
  const refused = refusedKeys(schema, values);
  let aside: SessionValues = Object.fromEntries(Object.entries(asideBefore).filter(([key]) => !restored.has(key)));
  for (const key of refused) {
    defineOwn(aside, key, values[key]);
    delete values[key];
  }
  const kept = bound(codec, aside);
  const dropped = Object.keys(aside).filter((key) => !Object.hasOwn(kept, key));
  aside = kept;
  const isClean = refused.length === 0 && dropped.length === 0 && !upgradeFailed;
  return {
    values: { ...own, ...values },
    version: Math.max(from, schema.version),
    aside: Object.keys(aside).length === 0 ? null : aside,
    tagged,
    mismatch: isClean ? null : { keys: refused, dropped, from, to: schema.version, upgradeFailed },
  };
}

/** The keys that are refused. When a check of the schema throws, or answers later, each key is asked about on its own. */
function refusedKeys(schema: SessionSchema, values: SessionValues): string[] {
  try {
    return [...schema.judge(values).keys()];
  } catch {
    return Object.keys(values).filter((key) => !fits(schema, key, values[key]));
  }
}

function fits(schema: SessionSchema, key: string, value: unknown): boolean {
  try {
    return schema.judge(single(key, value)).size === 0;
  } catch {
    return false;
  }
}

/** Null when an upgrade throws, or makes something that no session can keep. */
function upgrade(schema: SessionSchema, codec: Codec, values: SessionValues, from: number): { values: SessionValues; tagged: boolean } | null {
  try {
    // A copy, because an upgrade that changes what it was given and then throws would leave half of its work behind.
    const upgraded = schema.upgrade(codec.clone(values, "session") as SessionValues, from);
    const result: SessionValues = {};
    let tagged = false;
    for (const key of Object.keys(upgraded)) {
      if (upgraded[key] === undefined || isReserved(key)) continue;
      if (codec.inspect(upgraded[key], key) === "tagged") tagged = true;
      defineOwn(result, key, upgraded[key]);
    }
    return { values: result, tagged };
  } catch {
    return null;
  }
}

/** Puts back what fits now, unless the key has a value again. */
function restore(schema: SessionSchema, aside: Aside, values: SessionValues): ReadonlySet<string> {
  const restored = new Set<string>();
  for (const key of Object.keys(aside)) {
    if (Object.hasOwn(values, key) || !fits(schema, key, aside[key])) continue;
    defineOwn(values, key, aside[key]);
    restored.add(key);
  }
  return restored;
}

/** The newest entries, as many as there is room for. */
function bound(codec: Codec, aside: SessionValues): SessionValues {
  const keys = Object.keys(aside);
  let room = MOST_ASIDE_CHARACTERS;
  const kept: string[] = [];
  for (const key of keys.reverse()) {
    const length = key.length + textLength(codec, aside[key]);
    if (kept.length >= MOST_ASIDE || length > room) continue;
    room -= length;
    kept.unshift(key);
  }
  const result: SessionValues = {};
  for (const key of kept) defineOwn(result, key, aside[key]);
  return result;
}

function textLength(codec: Codec, value: unknown): number {
  try {
    return codec.snapshot(value).length;
  } catch (error) {
    if (error instanceof UnsupportedValue) return Infinity;
    throw error;
  }
}

const readVersion = (stored: unknown): number => (Number.isSafeInteger(stored) && (stored as number) >= 1 ? (stored as number) : 1);

const readAside = (stored: unknown): Aside => (typeof stored === "object" && stored !== null && !Array.isArray(stored) && Object.getPrototypeOf(stored) === Object.prototype ? (stored as Aside) : {});

/** One value under its key, as an object of its own. */
export function single(key: string, value: unknown): SessionValues {
  const values: SessionValues = {};
  defineOwn(values, key, value);
  return values;
}
