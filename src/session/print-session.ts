import { isReserved } from "./keys.ts";
import type { SessionState } from "./state.ts";

/** What `console.log` looks for, in Node and in the runtimes that follow it. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

type Inspect = (value: object, options?: object) => string;

/**
 * Has `console.log(target)` show the id and the names of the keys. Values do not belong into logs, but a full session that prints as
 * an empty one looks like a loss.
 *
 * @param readState finds the state from what is printed
 */
export function definePrinting<Target extends object>(target: Target, name: string, readState: (printed: Target) => SessionState): void {
  function print(this: Target, _depth: number, options?: object, inspect?: Inspect): string {
    const shown = describeState(readState(this));
    return `${name} ${inspect === undefined ? JSON.stringify(shown) : inspect(shown, options)}`;
  }
  Object.defineProperty(target, INSPECT, { value: print, configurable: true, enumerable: false });
}

/** Printing is no look at the session: the response depends on it no more than before, and nothing is thrown. */
function describeState({ record, values, loaded, failure }: SessionState): object {
  if (failure !== null) return { id: null, keys: "could not be read" };
  if (!loaded) return { id: null, keys: "not loaded" };
  const keys = values.keys().filter((key) => !isReserved(key));
  return { id: record?.id ?? null, keys };
}
