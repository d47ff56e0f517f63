/**
 * The values of Python's JSON, kept so exactly that what was read is written back byte for byte: order of keys, `1` and `1.0`,
 * integers of any size.
 *
 * | JSON text | value |
 * | --- | --- |
 * | integer | `number`, or `bigint` beyond 2^53 - 1 |
 * | `1.5`, `NaN`, `Infinity`, `-0.0`, `1e+21` | `number` (it cannot be an integer) |
 * | `1.0` | {@link PythonFloat}, because a `number` would be written as `1` |
 * | object | `Map`, because an object of JavaScript moves keys like `"10"` to the front |
 */
export type PythonValue = null | boolean | number | bigint | string | PythonFloat | PythonValue[] | Map<string, PythonValue>;

/** A float whose value is a whole number. */
export class PythonFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  valueOf(): number {
    return this.value;
  }

  toJSON(): number {
    return this.value;
  }
}

/**
 * The nearest plain values of JavaScript: objects for maps, numbers for floats; integers beyond 2^53 - 1 stay `bigint`, so that
 * no digit is lost. A key `__proto__` becomes an own property like any other.
 */
export function toPlainValue(value: PythonValue): unknown {
  if (value instanceof PythonFloat) return value.value;
  if (Array.isArray(value)) return value.map(toPlainValue);
  if (!(value instanceof Map)) return value;
  const plain: Record<string, unknown> = {};
  for (const [key, item] of value) {
    Object.defineProperty(plain, key, { value: toPlainValue(item), enumerable: true, configurable: true, writable: true });
  }
  return plain;
}
