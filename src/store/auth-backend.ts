import type { User } from "./users.ts";

/** What somebody shows to prove who they are: a name and a password, or whatever a backend of yours understands. */
export type Credentials = Readonly<Record<string, unknown>>;

/** One way to prove who one is, beside the password in `Users`: a directory, a key, a link by mail. */
export interface AuthBackend {
  /** Kept in the session, and told in events. */
  readonly name: string;
  /**
   * The user of these credentials; null when they are wrong, or not of the kind that this backend knows. The user is then loaded from
   * `users` by id, so create it there first if need be. Take the same time for an unknown user as for a wrong proof.
   */
  authenticate(credentials: Credentials): Promise<User | null>;
}
