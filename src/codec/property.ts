/**
 * Gives a fresh object a property of its own, whatever the name. Assigning to `__proto__` would set the prototype, and
 * assigning to a name that `Object.prototype` has fails where intrinsics are frozen and calls a setter where it is one.
 */
export function defineOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key in target) {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[key] = value;
  }
}
