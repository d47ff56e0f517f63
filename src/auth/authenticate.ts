import { LoginThrottled } from "../errors.ts";
import { publish } from "../manager/events.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import type { Credentials } from "../store/auth-backend.ts";
import type { Account, User } from "../store/users.ts";
import { attemptAddress } from "./attempt-address.ts";
import type { AuthFeature } from "./auth-feature.ts";
import { runDummyHash, verifyPassword } from "./hashers/passwords.ts";
import { upgradeHash } from "./upgrade-hash.ts";
import { normalizeUsername } from "./username.ts";

/** The name of the backend that compares passwords. */
export const PASSWORD_BACKEND = "password";

/** Why somebody was not let in. Told in events only: the answer is always the same. */
export type LoginFailure = "unknown-user" | "wrong-password" | "inactive" | "locked" | "refused";

/**
 * Finds out whose credentials these are: by the password first, then by each backend. Unknown, wrong, disabled and locked look
 * alike and cost the same one hash.
 *
 * @returns null when they are nobody's
 * @throws LoginThrottled when this address has tried too often, whoever it tried to be; HashingBusy when too many passwords wait
 */
export async function authenticate(auth: AuthFeature, exchange: ExchangeState, credentials: Credentials): Promise<User | null> {
  const { username: name, password } = credentials;
  const address = attemptAddress(exchange);
  const username = typeof name === "string" ? normalizeUsername(name) : null;
  await admitAddress(auth, exchange, address);
  if (typeof password === "string" && typeof name === "string") {
    const found = await tryPassword(auth, exchange, username, password, address);
    if (typeof found !== "string") return auth.prove(found, PASSWORD_BACKEND);
    if (found === "locked" || auth.settings.backends.length === 0) return fail(found, address);
  }
  for (const backend of auth.settings.backends) {
    const user = await backend.authenticate(credentials);
    if (user === null) continue;
    const account = await auth.settings.users.findById(user.id);
    if (account === null || !account.user.isActive) return fail(account === null ? "unknown-user" : "inactive", address);
    await auth.throttle?.forgive(username, address);
    return auth.prove(account, backend.name);
  }
  return fail("refused", address);
}

function fail(reason: LoginFailure, address: string | undefined): null {
  publish("auth.login-failed", { reason, address: address ?? null });
  return null;
}

async function admitAddress(auth: AuthFeature, exchange: ExchangeState, address: string | undefined): Promise<void> {
  if (auth.throttle === null || address === undefined) return;
  const { admitted, retryAfterSeconds } = await auth.throttle.admitAddress(address, exchange.now());
  if (admitted) return;
  publish("auth.throttled", { scope: "address", address, retryAfterSeconds });
  throw new LoginThrottled(retryAfterSeconds);
}

/** One guess, counted before it is made. A locked name costs the same work, and its password is not looked at. */
async function tryPassword(auth: AuthFeature, exchange: ExchangeState, username: string | null, password: string, address: string | undefined): Promise<Account | LoginFailure> {
  const { users, hashers } = auth.settings;
  const admission = username === null ? undefined : await auth.throttle?.admitUser(username, exchange.now());
  let found: Account | null;
  try {
    const account = username === null ? null : await users.findByUsername(username);
    if (admission?.admitted === false) {
      publish("auth.throttled", { scope: "user", user: account?.user.id ?? null, address: address ?? null, retryAfterSeconds: admission.retryAfterSeconds });
      await runDummyHash(password, hashers);
      return "locked";
    }
    const check = await verifyPassword(password, account?.passwordHash ?? null, hashers, account?.user.isActive);
    if (!check.ok || account === null) return account === null ? "unknown-user" : "wrong-password";
    if (!account.user.isActive) return "inactive";
    found = check.needsUpgrade ? await upgradeHash(auth, exchange, account, password) : account;
  } catch (error) {
    await auth.throttle?.giveBack(username, address);
    throw error;
  }
  if (found === null) return "wrong-password";
  await auth.throttle?.forgive(username, address);
  return found;
}

/**
 * Whether this is the password of a user who is logged in already. Counted like a login.
 *
 * @returns the account as it is now (the hash may have been upgraded); null when it is not
 */
export async function confirmPassword(auth: AuthFeature, exchange: ExchangeState, user: User, password: unknown): Promise<Account | null> {
  const address = attemptAddress(exchange);
  await admitAddress(auth, exchange, address);
  const found = typeof password === "string" ? await tryPassword(auth, exchange, user.username, password, address) : "wrong-password";
  if (typeof found !== "string" && found.user.id === user.id) return found;
  return fail(typeof found === "string" ? found : "wrong-password", address);
}
