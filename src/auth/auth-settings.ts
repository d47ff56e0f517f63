import type { Clock } from "../clock.ts";
import type { Codec } from "../codec/codec.ts";
import { ConfigurationError } from "../errors.ts";
import type { CoatcheckOptions } from "../manager/coatcheck-options.ts";
import type { CookieSessionStore } from "../manager/residence.ts";
import type { Settings } from "../manager/settings.ts";
import { parseDuration } from "../session/duration.ts";
import type { AuthBackend } from "../store/auth-backend.ts";
import { isByOwner } from "../store/capabilities.ts";
import type { Epochs } from "../store/epochs.ts";
import type { LoginAttempts } from "../store/login-attempts.ts";
import type { SessionStore } from "../store/store.ts";
import type { User, Users } from "../store/users.ts";
import { makeHashers, type Hashers } from "./hashers/passwords.ts";
import { MemoryAttempts } from "./memory-attempts.ts";
import { isSafePath } from "./safe-next.ts";

/** How often a password may be tried. */
export interface ThrottleSettings {
  readonly perUser: number;
  readonly perAddress: number;
  readonly windowSeconds: number;
}

/** What a new password has to be, beside not among the commonest and not like the user's name. */
export interface PasswordPolicy {
  readonly minLength: number;
  /** Says why a password is refused; null when it is not. */
  readonly refuse: ((password: string, user: Pick<User, "username" | "email">) => string | null) | null;
}

/** The options of login, with every default filled in. */
export interface AuthSettings {
  readonly users: Users;
  /** What ends sessions that no list shows: the users' own, or the cookie store's; null for none. The sessions' reader has the same. */
  readonly epochs: Epochs | null;
  readonly backends: readonly AuthBackend[];
  readonly hashers: Hashers;
  readonly loginUrl: string;
  readonly loginRedirect: string;
  readonly recentSeconds: number;
  readonly maxSessionsPerUser: number | null;
  readonly onTooManySessions: "end-oldest" | "refuse";
  readonly throttle: ThrottleSettings | null;
  readonly attempts: LoginAttempts;
  readonly passwords: PasswordPolicy;
  /** The value of Clear-Site-Data at a logout; null for none. */
  readonly clearSiteData: string | null;
  readonly clock: Clock;
  readonly codec: Codec;
}

type AuthOptions = NonNullable<CoatcheckOptions["auth"]>;

/**
 * Null when the application has no logins.
 *
 * @throws ConfigurationError for options that are missing, or that the store cannot keep
 */
export function resolveAuth(options: AuthOptions | undefined, settings: Settings, given: SessionStore | CookieSessionStore, store: SessionStore | null): AuthSettings | null {
  if (options === undefined) return null;
  const { users } = options;
  if (users === undefined) throw new ConfigurationError("auth.users", "is missing. Pass sqlUsers(database), or users of your own.");
  const maxSessionsPerUser = options.maxSessionsPerUser ?? null;
  if (maxSessionsPerUser !== null && (store === null || !isByOwner(store))) {
    throw new ConfigurationError("auth.maxSessionsPerUser", "needs a store that lists a user's sessions, and this one does not. Use another store, or leave the limit out.");
  }
  const epochs = resolveEpochs(users, given);
  refuseCopies(epochs, given);
  if (options.unsafeDelayedLogout !== true) refuseDelay(store);
  const throttle = options.throttle === false ? null : resolveThrottle(typeof options.throttle === "object" ? options.throttle : {});
  return Object.freeze({
    users,
    epochs,
    backends: [...(options.backends ?? [])],
    hashers: makeHashers({ ...(options.hashers === undefined ? {} : { hashers: options.hashers }), ...(options.storedHashes === undefined ? {} : { stored: options.storedHashes }), ...(options.maxWaiting === undefined ? {} : { maxWaiting: options.maxWaiting }), random: settings.random }),
    loginUrl: checkPath("auth.loginUrl", options.loginUrl ?? "/login"),
    loginRedirect: checkPath("auth.loginRedirect", options.loginRedirect ?? "/"),
    recentSeconds: parseDuration("auth.recentLogin", options.recentLogin ?? "5m"),
    maxSessionsPerUser,
    onTooManySessions: options.onTooManySessions ?? "end-oldest",
    throttle,
    attempts: users.attempts ?? new MemoryAttempts(),
    passwords: Object.freeze({ minLength: options.minPasswordLength ?? 8, refuse: options.refusePassword ?? null }),
    clearSiteData: (options.clearSiteData ?? []).map((word) => `"${word}"`).join(", ") || null,
    clock: settings.clock,
    codec: settings.codec,
  });
}

function resolveThrottle(options: Exclude<AuthOptions["throttle"], boolean | undefined>): ThrottleSettings {
  return Object.freeze({ perUser: options.perUser ?? 5, perAddress: options.perAddress ?? 50, windowSeconds: parseDuration("auth.throttle.window", options.window ?? "5m") });
}

/** One for whoever ends sessions and whoever reads them: a number that is raised in one place and read in another ends nothing. */
function resolveEpochs(users: Users, given: SessionStore | CookieSessionStore): Epochs | null {
  const ofUsers = users.epochs ?? null;
  const ofStore = isInCookie(given) ? given.epochs : null;
  if (ofUsers !== null && ofStore !== null && ofUsers !== ofStore) {
    throw new ConfigurationError("epochs", `the ${given.name} store was given epochs that are not those of auth.users, so ending a user's sessions would end none. Leave the store's option out, or pass it users.epochs.`);
  }
  return ofStore ?? ofUsers;
}

/** A logout that a kept copy of the cookie survives is none. */
function refuseCopies(epochs: Epochs | null, given: SessionStore | CookieSessionStore): void {
  if (!isInCookie(given) || epochs !== null || given.allowsUnsafeLogins) return;
  throw new ConfigurationError("auth.users", "sessions live in the cookie, so a copy of one outlives its logout unless users.epochs, or the option epochs of the cookie store, tells which are over. sqlUsers(database) has it. Use another store, or accept it with unsafeWithoutEpochs: true in the cookie store's options.");
}

/** Nor is one that another reader does not see at once. */
function refuseDelay(store: SessionStore | null): void {
  if (store === null || store.capabilities.immediate) return;
  throw new ConfigurationError("store", `the ${store.name} store does not show a deletion to every reader at once, so a logout would not be one. Use another store, or accept it with auth.unsafeDelayedLogout: true.`);
}

function isInCookie(store: SessionStore | CookieSessionStore): store is CookieSessionStore {
  return (store as { kind?: unknown }).kind === "cookie";
}

function checkPath(setting: string, path: string): string {
  if (!isSafePath(path)) throw new ConfigurationError(setting, `${JSON.stringify(path.slice(0, 80))} is not a path of this site: begin it with one slash.`);
  return path;
}
