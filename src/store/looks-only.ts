/** One for every copy of Coatcheck in a process: the command line's may be another one than the application's. */
const MARK: unique symbol = Symbol.for("coatcheck.looks-only") as never;

interface Marked {
  [MARK]?: number;
}

/**
 * Whether what is made now is only looked at (`coatcheck migrate --check`, `coatcheck check`): a database that is not there is not made,
 * and nothing is written unasked.
 */
export function looksOnly(): boolean {
  return ((globalThis as Marked)[MARK] ?? 0) > 0;
}

/** Makes something that is only looked at. */
export async function makeToLook<Result>(make: () => Promise<Result>): Promise<Result> {
  const marked = globalThis as Marked;
  marked[MARK] = (marked[MARK] ?? 0) + 1;
  try {
    return await make();
  } finally {
    marked[MARK] = (marked[MARK] ?? 0) - 1;
  }
}
