import { TooManySessions } from "../errors.ts";
import { publish } from "../manager/events.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import { loadSession } from "../manager/open.ts";
import { parseDuration, type Duration } from "../session/duration.ts";
import { RESERVED } from "../session/keys.ts";
import type { Account } from "../store/users.ts";
import type { AuthFeature } from "./auth-feature.ts";
import { describeDevice } from "./device.ts";
import { disownSession } from "./end-sessions.ts";
import { readMark, writeMark, type LoginMark } from "./login-mark.ts";
import { countSessions, endSurplus } from "./session-cap.ts";

/** How a login is made. */
export interface LoginOptions {
  /**
   * True: the cookie outlives the browser, for the idle time; false: it ends with the browser; a duration: so long without activity.
   * Default: as `session.expireAtBrowserClose` and `session.idleTimeout` say.
   */
  readonly remember?: boolean | Duration;
  /** How the user proved who they are, for `auth.method` and the list of devices. Default: `password`. */
  readonly method?: string;
}

/**
 * Binds the session to a user under a new token, and saves it. What a stranger had collected stays; what another user left is dropped.
 *
 * @throws TooManySessions when `auth.onTooManySessions` is `"refuse"` and the user has as many as allowed
 */
export async function logIn(auth: AuthFeature, exchange: ExchangeState, account: Account, backend: string, options: LoginOptions): Promise<void> {
  const { session } = exchange;
  const { user } = account;
  if (!session.loaded) await loadSession(exchange);
  session.alter("auth.login()");
  if (auth.settings.maxSessionsPerUser === null) return bind(auth, exchange, account, backend, options);
  const turn = await auth.logins.take(user.id);
  try {
    await refuseSurplus(auth, exchange, user.id);
    await bind(auth, exchange, account, backend, options);
    await endSurplus(auth, exchange, user.id);
  } finally {
    turn.pass(undefined);
  }
}

async function bind(auth: AuthFeature, exchange: ExchangeState, account: Account, backend: string, options: LoginOptions): Promise<void> {
  const { session } = exchange;
  const { user, passwordHash } = account;
  const method = options.method ?? backend;
  const expiry = chooseLifetime(exchange, options.remember);
  // Reset tokens made before this moment are void from here on, so it comes first.
  await auth.settings.users.recordLogin(user.id, exchange.now());
  if (isSomebodyElses(auth, exchange, account)) await disownSession(exchange);
  const epoch = await auth.epochOf(account);
  const mark: LoginMark = { user: user.id, backend, hash: auth.sessionHash.make(passwordHash), at: exchange.now(), method, epoch, order: auth.nextOrder(exchange.now()) };
  writeMark(session, mark);
  session.values.set(RESERVED.device, describeDevice(exchange, session.values.get(RESERVED.device)));
  session.owner = user.id;
  session.rotation = "login";
  if (expiry !== undefined) session.expiryChoice = expiry;
  auth.currentOf(exchange).accept(mark, account);
  await exchange.save();
  publish("auth.login", { user: user.id, backend, method, id: session.record?.id ?? null });
}

/** In seconds; 0 for as long as the browser is open. @throws InvalidDuration */
function chooseLifetime(exchange: ExchangeState, remember: LoginOptions["remember"]): number | undefined {
  if (remember === undefined || remember === false) return remember === false ? 0 : undefined;
  return remember === true ? exchange.policy.idleSeconds : parseDuration("remember", remember);
}

/** Another user's session, or this user's from before a change of password: nothing of it is taken over. */
function isSomebodyElses(auth: AuthFeature, { session }: ExchangeState, account: Account): boolean {
  const owner = session.record?.owner ?? null;
  if (owner !== null && owner !== account.user.id) return true;
  const mark = readMark(session);
  if (mark === null) return owner !== null;
  return mark === "malformed" || mark.user !== account.user.id || auth.sessionHash.match(account.passwordHash, mark.hash) === null;
}

async function refuseSurplus(auth: AuthFeature, exchange: ExchangeState, userId: string): Promise<void> {
  const { maxSessionsPerUser: most, onTooManySessions } = auth.settings;
  if (most === null || onTooManySessions !== "refuse") return;
  if ((await countSessions(auth, userId, exchange.session.record?.id)) >= most) throw new TooManySessions(most);
}
