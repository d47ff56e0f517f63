import { kindOf, timeOf } from "./kind.ts";
import { defineOwn } from "./property.ts";

/** A deep copy of a value that was inspected: properties that are undefined are left out, a Buffer becomes a Uint8Array. */
export function copyValue(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  switch (kindOf(value)) {
    case "array":
      return copyArray(value as unknown[]);
    case "date":
      return new Date(timeOf(value as Date));
    case "map":
      return copyMap(value as Map<unknown, unknown>);
    case "set":
      return copySet(value as Set<unknown>);
    case "bytes":
      return new Uint8Array(value as Uint8Array);
    default:
      return copyObject(value as Record<string, unknown>);
  }
}

function copyObject(value: Record<string, unknown>): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const child = value[key];
    if (child === undefined) continue;
    defineOwn(copy, key, typeof child === "object" ? copyValue(child) : child);
  }
  return copy;
}

function copyArray(value: unknown[]): unknown[] {
  const copy: unknown[] = [];
  for (let index = 0; index < value.length; index++) {
    const child = value[index];
    if (child !== undefined || Object.hasOwn(value, index)) copy[index] = typeof child === "object" ? copyValue(child) : child;
  }
  copy.length = value.length;
  return copy;
}

function copyMap(value: Map<unknown, unknown>): Map<unknown, unknown> {
  const copy = new Map<unknown, unknown>();
  for (const [key, child] of Map.prototype.entries.call(value) as MapIterator<[unknown, unknown]>) copy.set(copyValue(key), copyValue(child));
  return copy;
}

function copySet(value: Set<unknown>): Set<unknown> {
  const copy = new Set<unknown>();
  for (const child of Set.prototype.values.call(value) as SetIterator<unknown>) copy.add(copyValue(child));
  return copy;
}
