import type { SessionState } from "../session/state.ts";
import { RESERVED } from "../session/keys.ts";
import { ABSENT } from "../session/values.ts";

/** What a session says of its login, under a key that no application can write. Never a permission, a role or a password. */
export interface LoginMark {
  /** The user's id, as text. */
  readonly user: string;
  /** The backend that said yes: `password`, or the name of one of the application's. */
  readonly backend: string;
  /** Keyed digest of the password's hash: a changed password ends the session. */
  readonly hash: string;
  /** When the user last proved who they are, milliseconds since 1970. */
  readonly at: number;
  /** How: `password`, or whatever the application says. */
  readonly method: string;
  /** The user's epoch at login. */
  readonly epoch: number;
  /** Which login came first: unlike the time, never the same for two of one process. So a login always changes the mark. */
  readonly order: number;
}

/** The mark of a session; null for a stranger; `malformed` for something that login did not write. Types are compared exactly. */
export function readMark(session: SessionState): LoginMark | "malformed" | null {
  const value = session.values.get(RESERVED.auth);
  if (value === ABSENT) return null;
  return parseMark(value) ?? "malformed";
}

/** As a mark, if it is one. */
export function parseMark(value: unknown): LoginMark | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const { user, backend, hash, at, method, epoch, order } = value as Partial<Record<keyof LoginMark, unknown>>;
  const isMark =
    typeof user === "string" && user !== "" && typeof backend === "string" && typeof hash === "string" && typeof method === "string" && typeof at === "number" && Number.isFinite(at) && typeof epoch === "number" && typeof order === "number";
  return isMark ? { user, backend, hash, at, method, epoch, order } : null;
}

export function writeMark(session: SessionState, mark: LoginMark): void {
  session.values.set(RESERVED.auth, mark);
}
