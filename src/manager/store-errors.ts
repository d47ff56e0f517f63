import { CoatError, StoreUnavailable } from "../errors.ts";
import { publish } from "./events.ts";
import type { ExchangeState } from "./exchange-state.ts";
import { Retry } from "./retry.ts";

/**
 * What a failing store threw, as an error that says whether the write may have happened. Whoever knows no better assumes that
 * it may.
 */
export function toStoreError(error: unknown, operation: string): CoatError {
  const mapped = error instanceof CoatError ? error : new StoreUnavailable(operation, "unknown", { cause: error });
  publish("store.failed", { operation, code: mapped.code, outcome: mapped instanceof StoreUnavailable ? mapped.outcome : null });
  return mapped;
}

/** Only what certainly was not sent may be repeated without looking. */
export function wasNotSent(error: unknown): boolean {
  return error instanceof StoreUnavailable && error.outcome === "not-sent";
}

/** Whether the store is known to be away for longer than a request waits. */
function isHopeless(error: unknown): boolean {
  return error instanceof StoreUnavailable && error.retryAfterMs !== null;
}

/** A store that cannot be reached is given this many chances before the request is told. */
const MOST_UNSENT = 4;

/**
 * Makes a store call, and makes it again when it certainly was not sent.
 *
 * @throws the mapped error of the last attempt
 */
export function callStore<T>(exchange: ExchangeState, operation: string, call: () => Promise<T>): Promise<T> {
  try {
    return call().catch((cause: unknown) => callAgain(exchange, operation, call, cause));
  } catch (cause) {
    return callAgain(exchange, operation, call, cause);
  }
}

/**
 * Makes a store call that has failed with `firstCause` again, if it certainly was not sent.
 *
 * @throws the mapped error of the last attempt
 */
export async function callAgain<T>(exchange: ExchangeState, operation: string, call: () => Promise<T>, firstCause: unknown): Promise<T> {
  const retry = new Retry(exchange.manager.settings.clock, exchange.manager.settings.random);
  for (let cause = firstCause; ; ) {
    const error = toStoreError(cause, operation);
    if (!wasNotSent(error) || isHopeless(error) || retry.attempts >= MOST_UNSENT || !(await retry.pause())) throw error;
    try {
      return await call();
    } catch (next) {
      cause = next;
    }
  }
}
