/** The only place where Coatcheck reads the time. Give your own to `createCoatcheck({ clock })` to test expiry. */
export interface Clock {
  /** Milliseconds since 1970, UTC, a whole number. */
  now(): number;
  /** Resolves after `milliseconds`; rejects with the signal's reason when it is aborted first. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Node fires a timer of more than 2^31-1 ms after 1 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  wait: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, Math.min(milliseconds, LONGEST_TIMER_MS));
      signal?.addEventListener("abort", stop, { once: true });
    }),
};

/** Milliseconds that only ever grow, for measuring how long something takes. Says nothing about the time of day. */
export function readStopwatch(): number {
  return performance.now();
}

/** Calls `ring` after so many milliseconds, without keeping the process alive for it. @returns what stops it */
export function startTimer(milliseconds: number, ring: () => void): () => void {
  const timer: unknown = setTimeout(ring, Math.min(milliseconds, LONGEST_TIMER_MS));
  if (typeof timer === "object" && timer !== null && "unref" in timer) (timer as { unref(): void }).unref();
  return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0]);
}
