import { PasswordRejected } from "../errors.ts";
import { publish } from "../manager/events.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import type { Account, User } from "../store/users.ts";
import type { AuthFeature } from "./auth-feature.ts";
import { confirmPassword } from "./authenticate.ts";
import { endEverySession } from "./end-sessions.ts";
import { hashPassword } from "./hashers/passwords.ts";
import { writeMark, type LoginMark } from "./login-mark.ts";
import { checkNewPassword } from "./password-rules.ts";

/**
 * Changes the password of the user who is logged in. The other sessions are over from the moment that the new password stands; this one
 * goes on under a new token.
 *
 * @throws PasswordRejected when the current password is wrong, or the new one does not do
 */
export async function changeOwnPassword(auth: AuthFeature, exchange: ExchangeState, user: User, mark: LoginMark, current: unknown, next: unknown): Promise<void> {
  exchange.session.alter("auth.changePassword()");
  const password = checkNewPassword(next, user, auth.settings.passwords);
  const account = await confirmPassword(auth, exchange, user, current);
  if (account === null) throw wrongPassword();
  const passwordHash = await hashPassword(password, auth.settings.hashers);
  // Of two changes at once one wins; to the other, the password that it was shown is not the current one any more.
  if (!(await auth.settings.users.setPasswordHash(user.id, passwordHash, account.passwordHash))) throw wrongPassword();
  // Copies of a cookie are in no list: only the epoch ends them, and this session goes on under the new one.
  const epoch = exchange.manager.residence.cookieCarriesRecord ? await auth.settings.epochs?.raise(user.id) : undefined;
  await continueWith(auth, exchange, { ...account, passwordHash }, { ...mark, at: exchange.now(), epoch: epoch ?? mark.epoch });
  await endEverySession(auth, user.id, exchange.session.record?.id ?? "");
  publish("auth.password-changed", { user: user.id });
}

/**
 * The session that made the change: a new token, the new password's digest. A parallel request that saw the new password with the old
 * digest may have ended it in between; then it begins afresh, still logged in.
 */
async function continueWith(auth: AuthFeature, exchange: ExchangeState, account: Account, mark: LoginMark): Promise<void> {
  const { session } = exchange;
  const renewed: LoginMark = { ...mark, hash: auth.sessionHash.make(account.passwordHash) };
  writeMark(session, renewed);
  session.owner = account.user.id;
  session.rotation = "login";
  auth.currentOf(exchange).accept(renewed, account);
  await exchange.save();
}

function wrongPassword(): PasswordRejected {
  return new PasswordRejected("That is not the current password.", [{ reason: "wrong-password", message: "That is not the current password." }]);
}
