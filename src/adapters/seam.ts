import type { Ending, HandlerOutcome, RequestView, RouteOptions } from "../coat/exchange.ts";
import type { Refusal } from "../index.ts";

/** What an adapter asks of a coat. Everything else about a coat is for the application. */
export interface SeamCoat {
  /** Null: there is nothing to wait for. Never rejects because a store failed. */
  readonly ready: Promise<void> | null;
  /** Read once `ready` has settled. */
  readonly refusal: Promise<Refusal | null> | Refusal | null;
  /** Called once. Null means that the response leaves as it is. */
  finish(outcome: HandlerOutcome): Ending | null | Promise<Ending | null>;
  /** What leaves with the error page when `finish` has failed. */
  readonly remains: Ending | null;
}

/** What an adapter asks of a cloakroom. */
export interface SeamCloakroom<C extends SeamCoat = SeamCoat> {
  begin(view: RequestView, route?: RouteOptions): C;
}

/** True for anything that has to be awaited. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
