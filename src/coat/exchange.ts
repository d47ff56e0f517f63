/**
 * The seam between adapters and everything below them. An adapter hands over a view of the request, lets the handler
 * run, and then asks what to add to the response. It translates and decides nothing.
 */

/** What an adapter shows of a request. Everything is asked for only when it is needed, so keep the methods cheap. */
export interface RequestView {
  readonly method: string;
  /**
   * A header by its lower-case name, exactly as received; undefined when absent. Repeated fields are joined with ", "
   * (Cookie with "; ").
   */
  header(name: string): string | undefined;
  /** Whether the connection that reached this process is TLS, whatever any forwarding header says. */
  isEncrypted(): boolean;
  /** Host and port as the client named them (Host header or `:authority`, else the URL's). */
  host(): string | undefined;
  /** Path and query as they are dispatched. */
  target(): string;
  /** The address at the other end of the connection; undefined where the runtime does not tell. */
  peerAddress(): string | undefined;
  /** A body field that was parsed already, or that can be read from a size-capped copy; undefined when absent. */
  bodyField?(name: string, maxBytes: number): FieldValue | Promise<FieldValue>;
}

/** A form or JSON field: a text, several texts under one name, something else, or absent. */
export type FieldValue = string | readonly string[] | undefined | null;

/** How one route uses its session. All default to false. */
export interface RouteOptions {
  /** Do not read the store until `await coat.load()`. */
  readonly lazy?: boolean;
  /** A change is an error: SessionReadonly. */
  readonly readonly?: boolean;
  /** The request is no activity: it never slides the session (polling, prefetching). */
  readonly passive?: boolean;
  /** Keep session changes when the handler throws or answers 5xx. */
  readonly keepChangesOnError?: boolean;
  /** What to do when the store is down. Default: the option `onStoreError`. */
  readonly onStoreError?: "503" | "anonymous";
  /** Leave this route out of CSRF checks (a webhook with a signature of its own). */
  readonly csrfExempt?: boolean;
}

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
