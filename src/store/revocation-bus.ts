/**
 * Carries short texts between the nodes of one application, so that what is ended on one node can be closed on the others. Texts hold
 * ids (digests) and open nothing. A text may be lost while a connection is down: then `missed` is called as soon as it is back.
 */
export interface RevocationBus {
  /** Sends a text of at most 7,000 characters to every node that listens; this one may hear it too. */
  publish(text: string): Promise<void>;
  /**
   * Resolves once texts arrive.
   *
   * @param missed texts may have been lost since the last one
   * @returns what ends it, and lets go of whatever was opened for it
   */
  subscribe(hear: (text: string) => void, missed: () => void): Promise<() => Promise<void>>;
}
