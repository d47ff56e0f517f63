import { kindOf, nameOfKind } from "./kind.ts";
import { Trail } from "./trail.ts";

/**
 * Walks a value and says whether it holds a type that JSON does not know. Reads each property once and copies nothing.
 *
 * @throws UnsupportedValue
 */
export function inspectValue(value: unknown, path: string): "plain" | "tagged" {
  if (isSurelyPlain(value)) return "plain";
  const trail = new Trail(path);
  try {
    return needsTag(value, trail) ? "tagged" : "plain";
  } catch (error) {
    // A getter or a proxy trap of the application threw, or the stack was nearly used up before.
    if (error instanceof Error && "code" in error && error.code === "COAT_UNSUPPORTED_VALUE") throw error;
    return trail.fail("cannot be read: looking at it threw an error. Keep plain data.");
  }
}

/** The usual case, decided without leaving a note on the trail. */
function isSurelyPlain(value: unknown): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return isPlainNumber(value);
    default:
      return value === null;
  }
}

function isPlainNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

/** A property that is undefined is left out and so needs no tag; elsewhere the caller looks for undefined itself. */
function needsTag(value: unknown, trail: Trail): boolean {
  switch (typeof value) {
    case "undefined":
      return false;
    case "object":
      return value !== null && objectNeedsTag(value, trail);
    case "bigint":
      return true;
    case "string":
    case "boolean":
    case "number":
      return !isSurelyPlain(value);
    default:
      return trail.fail(`a ${typeof value} cannot be kept in a session. Keep plain data.`);
  }
}

function objectNeedsTag(value: object, trail: Trail): boolean {
  const kind = kindOf(value);
  if (kind === undefined) {
    return trail.fail(`${nameOfKind(value)} cannot be kept in a session. Keep its plain data, or its id and load it again.`);
  }
  if (Object.getOwnPropertySymbols(value).length > 0) trail.fail("has a symbol as a key, which cannot be kept. Use a string.");
  if (kind === "object") return propertiesNeedTag(value as Record<string, unknown>, trail);
  if (kind === "array") return elementsNeedTag(value as unknown[], trail);
  if (kind === "bytes") return true;
  if (Object.keys(value).length > 0) trail.fail("has properties besides its content, which cannot be kept.");
  if (kind === "map") walkMap(value as Map<unknown, unknown>, trail);
  if (kind === "set") walkSet(value as Set<unknown>, trail);
  return true;
}

function propertiesNeedTag(value: Record<string, unknown>, trail: Trail): boolean {
  const keys = Object.keys(value);
  trail.enter(value, keys.length);
  let tagged = false;
  for (const key of keys) {
    const child = value[key];
    if (isSurelyPlain(child)) continue;
    trail.at(key);
    if (needsTag(child, trail)) tagged = true;
  }
  trail.leave();
  return tagged;
}

function elementsNeedTag(value: unknown[], trail: Trail): boolean {
  const length = value.length;
  trail.enter(value, length);
  let holes = 0;
  let tagged = false;
  for (let index = 0; index < length; index++) {
    const child = value[index];
    if (isSurelyPlain(child)) continue;
    if (child === undefined) {
      tagged = true;
      if (!Object.hasOwn(value, index)) holes++;
      continue;
    }
    trail.at(index);
    if (needsTag(child, trail)) tagged = true;
  }
  const extra = Object.keys(value).length > length - holes;
  trail.leave();
  if (extra) trail.fail("is an array with properties besides its elements, which cannot be kept.");
  return tagged;
}

function walkMap(value: Map<unknown, unknown>, trail: Trail): void {
  trail.enter(value, value.size);
  let index = 0;
  for (const [key, child] of Map.prototype.entries.call(value) as MapIterator<[unknown, unknown]>) {
    trail.at({ text: `.entry(${index}).key` });
    needsTag(key, trail);
    trail.at({ text: `.entry(${index}).value` });
    needsTag(child, trail);
    index++;
  }
  trail.leave();
}

function walkSet(value: Set<unknown>, trail: Trail): void {
  trail.enter(value, value.size);
  let index = 0;
  for (const child of Set.prototype.values.call(value) as SetIterator<unknown>) {
    trail.at({ text: `.item(${index++})` });
    needsTag(child, trail);
  }
  trail.leave();
}
