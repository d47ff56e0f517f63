import type { Duration } from "../session/duration.ts";
import type { User } from "../store/users.ts";
import type { Auth } from "./auth.ts";

/** What a guard looks at: a coat. */
export interface Guarded {
  readonly auth: Auth;
}

/** Lets a request through and returns its user, or throws NotAuthenticated, PermissionDenied or ReauthenticationNeeded. Knows no framework. */
export type Guard = (coat: Guarded) => Promise<User>;

/**
 * Somebody is logged in. Django: `login_required`.
 *
 * @example
 * const user = await requireLogin()(req.coat);
 */
export function requireLogin(): Guard {
  return (coat) => coat.auth.requireLogin();
}

/** The user has all of these permissions. Django: `permission_required`. */
export function requirePermission(...permissions: readonly [string, ...string[]]): Guard {
  return (coat) => coat.auth.requirePermission(...permissions);
}

/** The user may see the staff's pages. Django: `staff_member_required`. */
export function requireStaff(): Guard {
  return (coat) => coat.auth.requireStaff();
}

/**
 * The user has proved who they are within that time, so that somebody who finds an open laptop cannot do the worst.
 *
 * @param within seconds or `"5m"`. Default: the option `auth.recentLogin`
 */
export function requireRecentLogin(within?: Duration): Guard {
  return (coat) => coat.auth.requireRecentLogin(within);
}
