/** Fails a case, in the words of the store's author. */
export function fail(message: string): never {
  throw new Error(message);
}

/** Fails unless the condition holds. */
export function ensure(condition: boolean, message: string): asserts condition {
  if (!condition) fail(message);
}

/** Fails unless both are the same plain data. The order of an object's keys does not matter. */
export function ensureEqual(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [describe(actual), describe(expected)];
  if (got !== wanted) fail(`${what}: expected ${shorten(wanted)} but the store gave ${shorten(got)}`);
}

const describe = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === undefined) return "(undefined)";
    if (typeof inner === "bigint") return `${inner}n`;
    if (inner === null || typeof inner !== "object" || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });

const LONGEST_MESSAGE = 400;

const shorten = (text: string): string => (text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}… (${text.length} characters)` : text);
