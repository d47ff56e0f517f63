/** What came of asking for one more attempt. */
export interface Attempt {
  /** Which attempt of its window this is, counted from 1. Parallel attempts may be told a greater number, never a smaller one. */
  readonly count: number;
  /** When the window ends and counting begins anew, milliseconds since 1970. */
  readonly resetsAt: number;
}

/**
 * Counts attempts to log in. Kept beside the users, in `coatcheck_login_attempt`, so that a restart gives nobody a fresh start. Keys are
 * digests: neither user names nor addresses are stored.
 */
export interface LoginAttempts {
  /**
   * Counts one attempt before it is made, in one atomic step, and begins a new window when the last one has ended. An attempt inside a
   * window never moves its end.
   *
   * @param now milliseconds since 1970
   */
  take(key: string, windowSeconds: number, now: number): Promise<Attempt>;
  /** Takes one attempt back: it was no failure. */
  giveBack(key: string): Promise<void>;
  /** Forgets the key. */
  clear(key: string): Promise<void>;
}
