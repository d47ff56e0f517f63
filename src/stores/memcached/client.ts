/** What `gets` finds. */
export interface MemcachedItem {
  readonly value: string;
  /** The server's own mark of this very content. */
  readonly cas: string;
}

/** Whether a conditional write happened, and the new mark where the client learns it. */
export type MemcachedWrite = { readonly stored: true; readonly cas?: string | undefined } | { readonly stored: false };

/**
 * The few commands that `memcachedStore` needs. `connectMemcached` makes such a client; any other that can compare and set is
 * wrapped in a few lines. A method rejects only when the server failed, and with `NotSentError` when the command certainly
 * did not leave. `expiresAtSeconds` is a Unix time, 0 for never, -1 for "gone at once". An aborted signal takes an unsent command back.
 */
export interface MemcachedClient {
  /** `gets`: the item with its mark. */
  gets(key: string, signal?: AbortSignal): Promise<MemcachedItem | undefined>;
  /** `add`: only when nothing is there. */
  add(key: string, value: string, expiresAtSeconds: number, signal?: AbortSignal): Promise<MemcachedWrite>;
  /** `cas`: only when the mark is still the same. */
  cas(key: string, value: string, expiresAtSeconds: number, cas: string, signal?: AbortSignal): Promise<MemcachedWrite>;
  /** `delete`: true when something was there. */
  delete(key: string, signal?: AbortSignal): Promise<boolean>;
  /** Which of several servers a key is on, so that one of them may be down by itself. */
  serverOf?(key: string): string | undefined;
}

/** The command did not reach the server, or the server refused it: nothing was written. */
export class NotSentError extends Error {}
