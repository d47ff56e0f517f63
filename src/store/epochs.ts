/**
 * A number for each user that only ever grows. What was issued under a smaller one is void: this is how sessions that no store lists
 * (they live in cookies, or a list missed them) are ended for certain. Kept beside the users, in `coatcheck_user_epoch`.
 */
export interface Epochs {
  /** The user's number now; 0 for a user who never had one. @throws StoreUnavailable */
  read(userId: string): Promise<number>;
  /** Adds one, atomically, and returns a number that is at least the new one. @throws StoreUnavailable */
  raise(userId: string): Promise<number>;
}
