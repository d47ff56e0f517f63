/**
 * Waits for `work` at most so long. Whatever comes first decides: the work, the limit, or the caller's signal. Timer and
 * listener are gone when it settles, and a late rejection of the work is swallowed.
 *
 * @param milliseconds the limit; `onLimit` makes the error, one turn of the event loop after `onExpire` had its chance to
 * make the work itself fail
 * @param onFailure what callers see of an error of the work
 */
export function limitTime<T>(
  work: Promise<T>,
  milliseconds: number,
  signal: AbortSignal | undefined,
  onLimit: () => Error,
  onExpire?: () => void,
  onFailure: (error: unknown) => unknown = (error) => error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    const abort = (): void => {
      settle();
      onExpire?.();
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      onExpire?.();
      setImmediate(() => {
        settle();
        reject(onLimit());
      });
    }, milliseconds);
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
    work.then(
      (value) => {
        settle();
        resolve(value);
      },
      (error: unknown) => {
        settle();
        reject(onFailure(error) as Error);
      },
    );
  });
}

/** The longest delay that a platform's timer takes, in milliseconds. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

/** Runs the task two turns of the event loop later: what had arrived by now, while the process was busy, has been read by then. */
export function afterReading(task: () => void): void {
  setImmediate(() => setImmediate(task));
}
