import { describe, it } from "node:test";
import { MutantRunner, type Mutant } from "./mutant-runner.ts";

const AUTHENTICATE = "test/auth/authenticate.test.ts";
const LOGIN = "test/auth/login.test.ts";
const DEVICES = "test/auth/devices.test.ts";
const CHANGE = "test/auth/password-change.test.ts";

const mutants: readonly Mutant[] = [
  { rule: "login: the digest of the password is not compared", file: "src/auth/current-user.ts", find: "if (match === null) return", replace: "if (false as boolean) return", test: CHANGE, name: "LC-17 ends sessions that no list shows" },
  { rule: "login: an ended login is listed", file: "src/auth/list-logins.ts", find: " || auth.sessionHash.match(passwordHash, mark.hash) === null", replace: "", test: DEVICES, name: "changed password has ended" },
  { rule: "login: the user's epoch is not compared", file: "src/auth/current-user.ts", find: "if (mark.epoch < (await this.#auth.epochOf(account)))", replace: "if (mark.epoch < 0)", test: DEVICES, name: "LC-15 ends sessions that the store's list has lost" },
  { rule: "login: epochs in two places are taken for one", file: "src/auth/auth-settings.ts", find: "&& ofUsers !== ofStore)", replace: "&& (false as boolean))", test: "test/auth/cookie-sessions.test.ts", name: "LC-23 are refused at start with epochs that differ" },
  { rule: "login: the cookie store's epochs are not raised", file: "src/auth/end-sessions.ts", find: "auth.settings.epochs?.raise", replace: "auth.settings.users.epochs?.raise", test: "test/auth/cookie-sessions.test.ts", name: "through the epochs of the cookie store" },
  { rule: "login: the owner of a record is not compared", file: "src/auth/list-logins.ts", find: "if (record.owner !== user.id) return null;", replace: "", test: DEVICES, name: "LC-18 a session is one's own only" },
  { rule: "login: an attempt is counted after it was made", file: "src/auth/authenticate.ts", find: "await auth.throttle?.admitUser(username, exchange.now());", replace: "await users.findByUsername(username).then((known) => verifyPassword(password, known?.passwordHash ?? null, hashers)).then(() => auth.throttle?.admitUser(username, exchange.now()));", test: AUTHENTICATE, name: "AU-07 of fifty parallel wrong tries" },
  { rule: "login: the last attempt that is allowed is refused", file: "src/auth/throttle.ts", find: "admitted: count <= limit", replace: "admitted: count < limit", test: AUTHENTICATE, name: "AU-07 of fifty parallel wrong tries" },
  { rule: "login: one attempt too many is allowed", file: "src/auth/throttle.ts", find: "admitted: count <= limit", replace: "admitted: count <= limit + 1", test: AUTHENTICATE, name: "AU-07 of fifty parallel wrong tries" },
  { rule: "login: a count that was cleared meanwhile is no number", file: "src/auth/sql/sql-attempts.ts", find: "Number(row[0] ?? 1)", replace: "Number(row[0])", test: "test/auth/sql-users.test.ts", name: "AU-07 CC-07" },
  { rule: "login: nothing is hashed for an unknown name", file: "src/auth/hashers/equal-work.ts", find: "await spend(hasher, password, dearest, random);", replace: "if (compared !== null) await spend(hasher, password, dearest, random);", test: "test/attacks/login-time.test.ts", name: "does not tell an unknown name" },
  { rule: "login: nothing is hashed for a locked name", file: "src/auth/authenticate.ts", find: "await runDummyHash(password, hashers);", replace: "void runDummyHash;", test: AUTHENTICATE, name: "AU-03 does one unit of work" },
  { rule: "login: older kinds of hashes are not learned", file: "src/auth/hashers/equal-work.ts", find: "if (known === undefined || known < most)", replace: "if (known !== undefined && known < most)", test: "test/auth/hashers/passwords.test.ts", name: "once a text of another hasher was seen" },
  { rule: "login: the loser of an upgrade keeps the old hash", file: "src/auth/upgrade-hash.ts", find: "return readAgain(auth, account, password);", replace: "return readAgain === undefined ? null : account;", test: AUTHENTICATE, name: "AU-06 CC-07" },
  { rule: "login: an upgrade logs its own user out", file: "src/auth/upgrade-hash.ts", find: "  await keepLogin(auth, exchange, account, upgraded);", replace: "  void keepLogin;", test: CHANGE, name: "AU-06" },
  { rule: "login: a link ends sessions", file: "src/auth/refuse-link.ts", find: '"GET", ', replace: "", test: LOGIN, name: "LC-08" },
  { rule: "login: next leads to another site", file: "src/formats/safe-redirect.ts", find: "url.origin !== origin || ", replace: "", test: "test/formats/safe-redirect.test.ts", name: "AU-08" },
  { rule: "login: next is not looked at again after the parser", file: "src/formats/safe-redirect.ts", find: "return isSafePath(path) ? path : fallback;", replace: "return path;", test: "test/attacks/login.test.ts", name: "AU-08" },
  { rule: "login: asking for the time left is activity", file: "src/auth/time-left.ts", find: "  coat.passive();", replace: "", test: "test/auth/time-left.test.ts", name: "asking moves nothing" },
];

describe("every rule of login has a test that fails when it is broken", { concurrency: 2 }, () => {
  const runner = new MutantRunner();
  for (const mutant of mutants) it(mutant.rule, () => runner.check(mutant));
});
