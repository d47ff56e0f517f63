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
  /** Every field of a form body, as `bodyField` gives one; undefined when the body is no form. */
  bodyFields?(maxBytes: number): FormFields | undefined | Promise<FormFields | undefined>;
}

/** A form or JSON field: a text, several texts under one name, something else, or absent. */
export type FieldValue = string | readonly string[] | undefined | null;

/** The fields of a form, by name. */
export type FormFields = ReadonlyMap<string, string | readonly string[]>;

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
