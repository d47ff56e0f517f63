import type { Ending, HandlerOutcome, RequestView, RouteOptions } from "../coat/exchange.ts";

/** An answer that replaces the handler's, decided before the handler ran. */
export interface Refusal {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** What an adapter asks of a coat. Everything else about a coat is for the application. */
export interface SeamCoat {
  /** Null: there is nothing to wait for. Never rejects because a store failed. */
  readonly ready: Promise<void> | null;
  /** Read once `ready` has settled. */
  readonly refusal: Promise<Refusal | null> | Refusal | null;
  /** Called once. Null means that the response leaves as it is. */
  finish(outcome: HandlerOutcome): Ending | null | Promise<Ending | null>;
}

/** What an adapter asks of a cloakroom. */
export interface SeamCloakroom<C extends SeamCoat = SeamCoat> {
  begin(view: RequestView, route?: RouteOptions): C;
}

/** True for a cloakroom, false for options from which one is still to be made. */
export function isCloakroom(value: unknown): value is SeamCloakroom {
  return typeof value === "object" && value !== null && typeof (value as { begin?: unknown }).begin === "function";
}

/** True for anything that has to be awaited. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
