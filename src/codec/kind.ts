/** The objects that can be kept. Everything else, subclasses included, would lose what makes it more than data. */
export type Kind = "object" | "array" | "date" | "map" | "set" | "bytes";

const readTime = Date.prototype.getTime;
const readMapSize = Object.getOwnPropertyDescriptor(Map.prototype, "size")?.get;
const readSetSize = Object.getOwnPropertyDescriptor(Set.prototype, "size")?.get;

/** What an object is, or undefined when it cannot be kept. Looks at the prototype and runs no code of the object. */
export function kindOf(value: object): Kind | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return Array.isArray(value) ? undefined : "object";
  if (prototype === Array.prototype) return Array.isArray(value) ? "array" : undefined;
  if (prototype === Date.prototype) return runs(() => readTime.call(value as Date)) ? "date" : undefined;
  if (prototype === Map.prototype) return runs(() => readMapSize?.call(value)) ? "map" : undefined;
  if (prototype === Set.prototype) return runs(() => readSetSize?.call(value)) ? "set" : undefined;
  if (prototype === Uint8Array.prototype || prototype === nodeBufferPrototype()) return isBytes(value) ? "bytes" : undefined;
  return undefined;
}

/** Milliseconds since 1970; NaN for an invalid date. */
export function timeOf(date: Date): number {
  return readTime.call(date);
}

/** How an object that cannot be kept is called in an error. */
export function nameOfKind(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== "object" || prototype === null) return "an object";
  const maker = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value as unknown;
  if (typeof maker !== "function") return "an object with a prototype of its own";
  const name: unknown = Object.getOwnPropertyDescriptor(maker, "name")?.value;
  return typeof name === "string" && name !== "" ? `an instance of ${name.slice(0, 80)}` : "an instance of a class";
}

/** An object can have a prototype without having what belongs to it: only the built-in methods tell. */
function runs(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

function isBytes(value: object): boolean {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === "[object Uint8Array]";
}

/** Looked up when needed, because not every runtime has it. */
function nodeBufferPrototype(): unknown {
  return (globalThis as { Buffer?: { prototype: unknown } }).Buffer?.prototype ?? Uint8Array.prototype;
}
