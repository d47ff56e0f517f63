import { HashingBusy } from "../../errors.ts";

/** Options of {@link createHashQueue}. */
export interface HashQueueOptions {
  /**
   * How many passwords are hashed at once. The default is 2: the platform's thread pool has four threads, and files and names need
   * some of them too.
   */
  readonly concurrency?: number;
  /** How many more may wait; the next is refused at once. The default is 100. */
  readonly maxWaiting?: number;
}

/** Runs costly tasks a few at a time and refuses what would wait too long. */
export interface HashQueue {
  /** @throws HashingBusy (as a rejection) when too many wait already */
  run<Result>(task: () => Promise<Result>): Promise<Result>;
  /** Tasks that wait, for metrics. */
  readonly waiting: number;
}

const DEFAULT_CONCURRENCY = 2;
const DEFAULT_MAX_WAITING = 100;

/** Makes a queue; first come, first served. */
export function createHashQueue(options: HashQueueOptions = {}): HashQueue {
  const concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
  const maxWaiting = options.maxWaiting ?? DEFAULT_MAX_WAITING;
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    get waiting() {
      return waiting.length;
    },
    run: async (task) => {
      if (running >= concurrency) {
        if (waiting.length >= maxWaiting) throw new HashingBusy(waiting.length);
        // The place is handed over by whoever finishes, so that nobody who comes later can take it.
        await new Promise<void>((resolve) => waiting.push(resolve));
      } else {
        running++;
      }
      try {
        return await task();
      } finally {
        const next = waiting.shift();
        if (next === undefined) running--;
        else next();
      }
    },
  };
}
