import { HashingBusy } from "../errors.ts";
import { publish } from "../manager/events.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import type { Account } from "../store/users.ts";
import type { AuthFeature } from "./auth-feature.ts";
import { hashPassword, verifyPassword } from "./hashers/passwords.ts";
import { writeMark } from "./login-mark.ts";

/**
 * The same password under today's cost.
 *
 * @param account whose password this is, with the hash that it was compared with
 * @returns the account as it is stored now; null when the password was changed meanwhile, and is not this one any more
 */
export async function upgradeHash(auth: AuthFeature, exchange: ExchangeState, account: Account, password: string): Promise<Account | null> {
  const { users, hashers } = auth.settings;
  let passwordHash: string;
  try {
    passwordHash = await hashPassword(password, hashers);
  } catch (error) {
    // The next login can do it as well.
    if (error instanceof HashingBusy) return account;
    throw error;
  }
  if (!(await users.setPasswordHash(account.user.id, passwordHash, account.passwordHash))) return readAgain(auth, account, password);
  publish("auth.password-upgraded", { user: account.user.id });
  const upgraded = { ...account, passwordHash };
  await keepLogin(auth, exchange, account, upgraded);
  return upgraded;
}

/**
 * Somebody else was faster: a parallel login with the same upgrade, or a change of the password. Either way the hash of before is nobody's
 * any more, and a session with its digest would be over at once.
 */
async function readAgain(auth: AuthFeature, { user }: Account, password: string): Promise<Account | null> {
  const current = await auth.settings.users.findById(user.id);
  if (current === null || current.user.id !== user.id || !current.user.isActive) return null;
  return (await verifyPassword(password, current.passwordHash, auth.settings.hashers)).ok ? current : null;
}

/**
 * The session of this request, if it is this user's, goes on with the new hash, whatever becomes of the request: it is saved here. A
 * session that was not believed before is not believed afterwards, since its epoch stays.
 */
async function keepLogin(auth: AuthFeature, exchange: ExchangeState, before: Account, now: Account): Promise<void> {
  const { session } = exchange;
  const mark = await auth.currentOf(exchange).mark();
  if (mark === null || mark.user !== now.user.id || session.record?.owner !== now.user.id) return;
  if (auth.sessionHash.match(before.passwordHash, mark.hash) === null || session.readonly || session.closed || session.detached) return;
  writeMark(session, { ...mark, hash: auth.sessionHash.make(now.passwordHash) });
  session.owner = now.user.id;
  // A parallel request that saw the new hash with the old digest may have ended the session: then it begins afresh, still logged in.
  session.rotation = "login";
  await exchange.save();
}
