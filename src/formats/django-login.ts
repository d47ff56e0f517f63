import type { SessionAuthHash } from "./django-auth-hash.ts";
import type { DjangoSessionData } from "./django-session.ts";

/** The three keys by which Django's sessions name their user, in the order in which login writes them. */
export const DJANGO_USER_ID_KEY = "_auth_user_id";
export const DJANGO_BACKEND_KEY = "_auth_user_backend";
export const DJANGO_AUTH_HASH_KEY = "_auth_user_hash";

/** The user that a session names, as far as the session itself tells. */
export interface NamedDjangoUser {
  readonly userId: string;
  readonly backend: string;
}

/** Who a session claims to belong to; null for a stranger. A number is taken as its text, as Django does. */
export function readDjangoUser(data: DjangoSessionData): NamedDjangoUser | null {
  const id = data.get(DJANGO_USER_ID_KEY);
  const backend = data.get(DJANGO_BACKEND_KEY);
  const isId = typeof id === "string" || typeof id === "number" || typeof id === "bigint";
  return isId && typeof backend === "string" ? { userId: String(id), backend } : null;
}

/**
 * What Django does with a session whose user was found: `keep` it, `cycle` its key and write the hash anew (it fitted an older key),
 * or `flush` it, because the password or the secret has changed.
 */
export function judgeDjangoSession(data: DjangoSessionData, passwordField: string, authHash: SessionAuthHash): "keep" | "cycle" | "flush" {
  const match = authHash.match(passwordField, data.get(DJANGO_AUTH_HASH_KEY));
  return match === "current" ? "keep" : match === "outdated" ? "cycle" : "flush";
}

/** What login does to the session before it writes the three keys. */
export interface DjangoLoginPlan {
  /** `new`: all data goes and the key with it; `cycle`: a new key for the same data; `keep`: the same user logs in again. */
  readonly session: "new" | "cycle" | "keep";
  /** The data afterwards. */
  readonly data: DjangoSessionData;
}

/** Django's `login`: the data of another user's session is never taken over. */
export function planDjangoLogin(data: DjangoSessionData, user: NamedDjangoUser & { readonly passwordField: string }, authHash: SessionAuthHash): DjangoLoginPlan {
  const named = data.get(DJANGO_USER_ID_KEY);
  const isOwn = named !== undefined && String(named) === user.userId && authHash.match(user.passwordField, data.get(DJANGO_AUTH_HASH_KEY)) !== null;
  const session = named === undefined ? "cycle" : isOwn ? "keep" : "new";
  const after: DjangoSessionData = session === "new" ? new Map() : new Map(data);
  after.set(DJANGO_USER_ID_KEY, user.userId);
  after.set(DJANGO_BACKEND_KEY, user.backend);
  after.set(DJANGO_AUTH_HASH_KEY, authHash.make(user.passwordField));
  return { session, data: after };
}
