/**
 * What a driver and a store know of one call that has a time limit: whether anybody still waits, whether anything has left, and what its
 * statement is running on.
 */
export class SqlCall {
  readonly signal: AbortSignal | undefined;
  /** Nobody waits any more: nothing may be sent. A write that leaves after its caller was told would come twice, or leave an orphan. */
  isOver = false;
  /** A statement has been handed to a connection, so it may have happened. */
  wasSent = false;
  #connection: unknown = null;
  #destroy: ((connection: unknown) => void) | null = null;

  constructor(signal: AbortSignal | undefined) {
    this.signal = signal;
  }

  /** To be called before a statement is handed to a connection that can be given up while it does not answer. */
  hold<Connection>(connection: Connection, destroy: (connection: Connection) => void): void {
    this.wasSent = true;
    this.#connection = connection;
    this.#destroy = destroy as (connection: unknown) => void;
  }

  /** Whether the connection still is the driver's to give back: false once it was destroyed. */
  letGo(): boolean {
    const isHeld = this.#destroy !== null;
    this.#connection = null;
    this.#destroy = null;
    return isHeld;
  }

  /**
   * At the limit the connection of an unanswered statement goes: it may lead nowhere, and a pool would keep it for as long as the
   * operating system does. An abort gives up nothing but the wait: visitors who leave must not cost connections.
   */
  onExpire(): void {
    const isAbort = !this.isOver && this.signal?.aborted === true;
    this.isOver = true;
    if (isAbort) return;
    const [connection, destroy] = [this.#connection, this.#destroy];
    if (this.letGo()) destroy?.(connection);
  }
}
