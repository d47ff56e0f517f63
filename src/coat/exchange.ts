/**
 * The seam between adapters and everything below them. An adapter hands over a view of the request, lets the handler
 * run, and then asks what to add to the response. It translates and decides nothing.
 */
export type { FieldValue, FormFields, RequestView, RouteOptions } from "../manager/request-view.ts";

/** How the handler ended. */
export interface HandlerOutcome {
  readonly status: number;
  /** The handler threw or rejected. */
  readonly threw: boolean;
}

/** What has to be added to the response before its first byte leaves. The store has already said yes. */
export interface Ending {
  /** Complete Set-Cookie values, one header line each, one per cookie name. */
  readonly setCookies: readonly string[];
  /** Names to merge into Vary. */
  readonly vary: readonly string[];
  /** Replace Cache-Control by `no-store` (shared caches must not keep what sets a cookie). */
  readonly noStore: boolean;
  /** Further headers to set. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}
