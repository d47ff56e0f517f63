import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";

/**
 * Each rule of the design, broken on purpose in a copy of the sources: a named test must notice. A mutant whose text is not found any
 * more fails as well, so that none of them goes stale.
 */
interface Mutant {
  readonly rule: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The test file that must fail, and which of its tests. */
  readonly test: string;
  readonly name: string;
}

const LIFE = "test/manager/lifecycle.test.ts";
const RACES = "test/races/interleavings.test.ts";
const SAVES = "test/races/saves.test.ts";
const FAULTS = "test/manager/faults.test.ts";
const IDS = "test/attacks/session-ids.test.ts";
const CSRF = "test/csrf/check.test.ts";
const COOKIES = "test/manager/cookie-sessions.test.ts";
const RENEWAL = "test/manager/renewal.test.ts";
const MESSAGES = "test/messages/messages.test.ts";
const AUTHENTICATE = "test/auth/authenticate.test.ts";
const LOGIN = "test/auth/login.test.ts";
const DEVICES = "test/auth/devices.test.ts";
const CHANGE = "test/auth/password-change.test.ts";

const mutants: readonly Mutant[] = [
  { rule: "I1 operations are not run again on the newer value", file: "src/session/values.ts", find: "for (const operation of touch.operations ?? []) value = this.#run(key, operation, value);", replace: "value = touch.value;", test: RACES, name: "PAIN-01" },
  { rule: "I1 a conflict is taken for success", file: "src/manager/commit-update.ts", find: '(outcome.outcome === "updated" ? conclude(', replace: '(outcome.outcome !== "gone" ? conclude(', test: RACES, name: "CC-05" },
  { rule: "I2 a session that is gone is created again", file: "src/manager/commit-update.ts", find: 'if (outcome.outcome === "gone") throw interrupt(exchange);', replace: 'if (outcome.outcome === "gone") { await exchange.store.create(attempt.next as SessionRecord); break; }', test: RACES, name: "CC-01" },
  { rule: "I2 a rotation does not look whether the old session was ended", file: "src/manager/commit-rotate.ts", find: "if (current === null) return loseTo(write, record);", replace: "if (current === null) return finishMove(write, old, record, token, encoded, edits) ?? null;", test: RACES, name: "CC-07|CC-03 logout" },
  { rule: "I2 a renewal sends its cookie unconfirmed", file: "src/manager/commit-update.ts", find: "if (!touched || session.record !== record) return;", replace: "void touched;", test: RACES, name: "CC-02" },
  { rule: "I2 an interrupted request removes the cookie", file: "src/manager/commit-interrupt.ts", find: "  session.end();", replace: "  session.end();\n  manager.residence.removeCookie(exchange);\n  return new SessionEnded();", test: "test/attacks/late-responses.test.ts", name: "CC-04" },
  { rule: "I2 a session that was ended begins again when the error is caught", file: "src/manager/commit.ts", find: "  if (session.ended) return null;\n", replace: "", test: SAVES, name: "CC-01 CC-04 save" },
  { rule: "I2 an ended session can be changed", file: "src/session/state.ts", find: "if (this.ended) throw new SessionEnded();", replace: "", test: SAVES, name: "CC-01 CC-04 reload" },
  { rule: "I2 a flush during a save is not noticed", file: "src/manager/commit-write.ts", find: "return exchange.session.flushes !== flushes;", replace: "return false;", test: SAVES, name: "LC-09 I2" },
  { rule: "I7 the end of the request does not wait for a save", file: "src/manager/commit.ts", find: "return saving === null ? commitNow(", replace: "return saving === saving ? commitNow(", test: SAVES, name: "LC-03 a rotation" },
  { rule: "I7 what was changed during a save counts as stored", file: "src/session/values.ts", find: "  touch.original = sentValue;", replace: "  touch.original = touch.value;", test: SAVES, name: "is stored: whatever" },
  { rule: "I1 a change is put onto the mark that a rotation left", file: "src/manager/commit-update.ts", find: "isTombstone(outcome.current) ? await joinSuccessor(exchange, outcome.current) : outcome.current", replace: "outcome.current", test: SAVES, name: "a request that does not rotate" },
  { rule: "I1 two periodic rotations at once both move the session", file: "src/manager/commit-rotate.ts", find: "ended.current === null || !isTombstone(ended.current)", replace: "ended.current === null || true", test: SAVES, name: "gives one new token" },
  { rule: "I3 the response does not wait for the store", file: "src/coat/coat.ts", find: "return committing === null ? settle(exchange, outcome, dropsChanges) : settleLater(committing, exchange, outcome, dropsChanges);", replace: "committing?.catch(() => undefined); void settleLater; return settle(exchange, outcome, dropsChanges);", test: FAULTS, name: "ST-12" },
  { rule: "I4 a stranger who writes nothing gets a record", file: "src/manager/plan.ts", find: 'if (!hasRecord) return edited && !empty ? "create" : "nothing";', replace: 'if (!hasRecord) return "create";', test: "test/manager/plan.test.ts", name: "a stranger who writes nothing" },
  { rule: "I4 a session that nobody looked at slides", file: "src/manager/commit.ts", find: "if (passive || policy.renewFraction === null || session.record === null || !session.accessed) return false;", replace: "if (passive || policy.renewFraction === null || session.record === null) return false;", test: RENEWAL, name: "CA-05" },
  { rule: "I4 a passive request slides its session", file: "src/manager/commit.ts", find: "if (passive || policy.renewFraction === null || session.record === null || !session.accessed) return false;", replace: "if (policy.renewFraction === null || session.record === null || !session.accessed) return false;", test: RENEWAL, name: "PAIN-16" },
  { rule: "a renewal that fails fails the reader", file: "src/manager/commit-update.ts", find: '    toStoreError(error, "touch");', replace: '    throw toStoreError(error, "touch");', test: RENEWAL, name: "costs the reader nothing" },
  { rule: "I5 an equal value is written", file: "src/session/values.ts", find: "if (Object.is(value, original)) return null;", replace: "", test: LIFE, name: "begins with the first write" },
  { rule: "I6 the token is its own id", file: "src/crypto/digest.ts", find: 'return hash("sha256", realm + token, "base64url");', replace: "return token;", test: IDS, name: "the store holds a digest" },
  { rule: "I7 changes in place are not noticed", file: "src/session/values.ts", find: "if (isObject(original) && text === this.#originalText(touch)) return null;", replace: "if (value === original) return null;", test: LIFE, name: "PAIN-30" },
  { rule: "I8 an unknown token is adopted", file: "src/manager/commit-create.ts", find: "const token = manager.residence.drawToken();", replace: "const token = exchange.presented?.tokens[0] ?? manager.residence.drawToken();", test: IDS, name: "whether it was never issued" },
  { rule: "I9 the CSRF secret survives a login", file: "src/csrf/csrf-feature.ts", find: 'else secret.rebind(move === "created" || move === "periodic");', replace: "else secret.rebind(true);", test: CSRF, name: "CS-11" },
  { rule: "I9 the old token lives after a rotation", file: "src/manager/commit-rotate.ts", find: "const outcome = await store.delete(old.id, old.version, { now });", replace: 'const outcome = "deleted" as Awaited<ReturnType<typeof store.delete>>;', test: LIFE, name: "LC-03" },
  { rule: "I10 shapes are not checked", file: "src/crypto/digest.ts", find: "return text.length === 43 && TOKEN_SHAPE.test(text);", replace: "return text.length > 0;", test: IDS, name: "\\.\\./x" },
  { rule: "I10 a corrupt record is an error", file: "src/session/values.ts", find: "if (!(error instanceof RecordCorrupt)) throw error;", replace: "throw error;", test: FAULTS, name: "ST-10" },
  { rule: "I11 a store that is down makes strangers", file: "src/manager/open.ts", find: "else session.failure = error;", replace: "", test: FAULTS, name: "ST-11" },
  { rule: "I11 a secret that could not be fetched is never fetched again", file: "src/manager/keys.ts", find: "      this.#fetching = null;\n", replace: "", test: "test/manager/keys.test.ts", name: "is fetched again after a failure" },
  { rule: "I12 a response that looked does not vary", file: "src/coat/coat.ts", find: "const looked = session.accessed || exchange.looksAtCookies;", replace: "const looked = false;", test: "test/attacks/caching.test.ts", name: "CA-01" },
  { rule: "I12 a response that sets a cookie is cacheable", file: "src/coat/coat.ts", find: "noStore: !outgoing.isEmpty,", replace: "noStore: false,", test: LIFE, name: "LC-13" },
  { rule: "I13 a printed session shows its values", file: "src/session/session.ts", find: "return { id: this.#state.record?.id ?? null };", replace: "return { id: this.#state.record?.id ?? null, ...Object.fromEntries(this.entries()) } as { id: string | null };", test: IDS, name: "LG-01" },
  { rule: "I13 console.log of a session shows its values", file: "src/session/print-session.ts", find: "return { id: record?.id ?? null, keys };", replace: "return { id: record?.id ?? null, keys, values: keys.map((key) => values.get(key)) };", test: "test/session/print-session.test.ts", name: "I13" },
  { rule: "at the limit is not expired", file: "src/session/expiry.ts", find: "return endsAt !== null && endsAt < idleEnd ? endsAt : idleEnd;", replace: "return idleEnd;", test: LIFE, name: "LC-11" },
  { rule: "a failed handler saves", file: "src/manager/plan.ts", find: 'if (dropsChanges) return flushed ? "delete" : "nothing";', replace: "", test: LIFE, name: "LC-24" },
  { rule: "an error in Express is not heard of", file: "src/adapters/express.ts", find: "if (hold !== undefined) hold.threw = true;", replace: "void hold;", test: "test/adapters/express.test.ts", name: "LC-24" },
  { rule: "a session may be one byte larger", file: "src/manager/commit-record.ts", find: "if (bytes > maxBytes) throw", replace: "if (bytes > maxBytes + 1) throw", test: "test/manager/session-size.test.ts", name: "ends exactly at" },
  { rule: "reserved keys can be written", file: "src/session/keys.ts", find: "return key.charCodeAt(0) === 95;", replace: "return false;", test: LIFE, name: "LC-27" },
  { rule: "two live sessions: the first wins", file: "src/manager/open.ts", find: "if (found !== null && found.record.id !== next.record.id) {", replace: "if (found !== null) return found;\n    if (false as boolean) {", test: IDS, name: "one live session among strangers" },
  { rule: "a session of https is good over http", file: "src/manager/token-residence.ts", find: '${kind === "secure" ? "s" : "p"}/${name}=`', replace: "x=`", test: IDS, name: "whatever name its cookie is sent under" },
  { rule: "another application's records are listed", file: "src/stores/namespaced.ts", find: "if (!stored.data.startsWith(this.#mark)) return null;", replace: "", test: "test/stores/namespaced.test.ts", name: "list their own sessions" },
  { rule: "another application's user is logged out", file: "src/stores/namespaced.ts", find: "inner.deleteByOwner(this.#mark + owner, options)", replace: "inner.deleteByOwner(`admin/${owner}`, options)", test: "test/stores/namespaced.test.ts", name: "end their own users" },
  { rule: "CSRF: PUT is safe", file: "src/csrf/check.ts", find: 'return method === "GET" ||', replace: 'return method === "PUT" || method === "GET" ||', test: CSRF, name: "PUT without proof" },
  { rule: "CSRF: the null origin is one's own", file: "src/csrf/origin.ts", find: 'if (origin === "null") return "origin-null";', replace: 'if (origin === "null") return "own";', test: CSRF, name: "null. is refused" },
  { rule: "CSRF: same-site is same-origin", file: "src/csrf/origin.ts", find: 'if (fetchSite === "same-origin" ||', replace: 'if (fetchSite === "same-site" || fetchSite === "same-origin" ||', test: CSRF, name: "same-site" },
  { rule: "CSRF: one right token of two is enough", file: "src/csrf/check.ts", find: "if (right.every(Boolean)) return null;", replace: "if (right.some(Boolean)) return null;", test: CSRF, name: "CS-16" },
  { rule: "CSRF: the cookie's binding is not checked", file: "src/formats/csrf-binding.ts", find: "if (isMaskedWithDigest(", replace: "if (true || isMaskedWithDigest(", test: CSRF, name: "CS-13" },
  { rule: "CSRF: a cookie that was made for nobody counts when it comes first", file: "src/csrf/csrf-secret.ts", find: "if (opened === null) continue;", replace: "if (opened === null) return readCsrfSecret(value);", test: CSRF, name: "CS-13 CK-17" },
  { rule: "CSRF: a planted cookie in front hides the genuine one", file: "src/csrf/csrf-secret.ts", find: "const values = findCookies(this.#cookieHeader(), face.name, MOST_VALUES);", replace: "const values = findCookies(this.#cookieHeader(), face.name, MOST_VALUES).slice(0, 1);", test: CSRF, name: "CS-13 CK-17" },
  { rule: "CSRF: the application may send the token's cookie", file: "src/manager/own-cookies.ts", find: "this.#all = [session, ...features.flatMap(({ ownCookies }) => ownCookies ?? [])];", replace: "this.#all = [session]; void features;", test: "test/manager/own-cookies.test.ts", name: "__Host-csrftoken is neither" },
  { rule: "two settings may give one cookie name", file: "src/manager/own-cookies.ts", find: "if (shared === undefined) return;", replace: "if (shared !== \"?\") return;", test: "test/manager/own-cookies.test.ts", name: "session and CSRF" },
  { rule: "a flow cookie is taken twice", file: "src/coat/used-flows.ts", find: "if (this.#ends.has(mark)) return false;", replace: "", test: "test/coat/app-cookies.test.ts", name: "five parallel requests" },
  { rule: "a failed commit leaves the flow cookie in the browser", file: "src/coat/flow-cookie.ts", find: 'cookies.deleteSurely(this.#name, { sameSite: "lax" });', replace: 'cookies.delete(this.#name, { sameSite: "lax" }, true);', test: "test/coat/app-cookies.test.ts", name: "even when the commit fails" },
  { rule: "CSRF: a late answer locks open forms out", file: "src/csrf/csrf-secret.ts", find: "if (secret !== null || this.#exchange.openedId === null) return secret;", replace: "if (secret !== \"\") return secret;", test: CSRF, name: "CC-04 leaves open forms alone" },
  { rule: "CSRF: the copy of a token is believed, whatever it was made for", file: "src/csrf/csrf-secret.ts", find: "copy === undefined ? null : this.#openBound(copy, bindings)", replace: "copy === undefined ? null : readCsrfSecret(copy)", test: CSRF, name: "CS-13 is no door" },
  { rule: "CSRF: a trusted origin's form is recovered", file: "src/csrf/origin.ts", find: "return normal !== null && normal === ownOrigin(connection);", replace: "return normal !== null;", test: CSRF, name: "a trusted origin.s form" },
  { rule: "CSRF: an Authorization header exempts", file: "src/csrf/check.ts", find: 'const inHeader = view.header(settings.headerName);', replace: 'if (view.header("authorization")?.startsWith("Bearer ") === true) return null;\n  const inHeader = view.header(settings.headerName);', test: CSRF, name: "an Authorization header" },
  { rule: "CSRF: a Referer is not asked for", file: "src/csrf/origin.ts", find: 'if (connection.scheme !== "https") return null;', replace: "return null;", test: CSRF, name: "a token is demanded" },
  { rule: "messages: what was delivered stays in the session", file: "src/messages/session-entries.ts", find: "entries.filter((entry) => !delivered.has(entry.id)).map(", replace: "entries.map(", test: MESSAGES, name: "J1 are gone" },
  { rule: "messages: what was delivered stays in its cookie", file: "src/messages/cookie-shelf.ts", find: "cookie.content.messages.filter((message) => !delivered.has(message.id))", replace: "[...cookie.content.messages]", test: MESSAGES, name: "J1 are gone" },
  { rule: "messages: a loop forgets what it has delivered", file: "src/messages/messages.ts", find: 'if (standing !== "held") this.#delivered.add(id);', replace: "", test: MESSAGES, name: "J1 are gone" },
  { rule: "messages: two pages show one message", file: "src/messages/ledger.ts", find: 'return entry.owner === null ? "delivered" : "held";', replace: 'return "own";', test: "test/races/messages.test.ts", name: "of parallel pages in one process" },
  { rule: "messages: a lease is not respected", file: "src/messages/session-entries.ts", find: "return entry.until === undefined || entry.until <= now;", replace: "return now > 0;", test: MESSAGES, name: "a lease of a request that died" },
  { rule: "messages: a lease lives for ever", file: "src/messages/session-entries.ts", find: "return entry.until === undefined || entry.until <= now;", replace: "return entry.until === undefined && now > 0;", test: MESSAGES, name: "a lease of a request that died" },
  { rule: "messages: a lease hides what lives in the cookie", file: "src/messages/session-shelf.ts", find: "if (this.#holder !== null || manager.residence.cookieCarriesRecord) return;", replace: "if (this.#holder !== null) return;", test: MESSAGES, name: "claim\\(\\) shows what take" },
  { rule: "a session is measured in letters", file: "src/manager/commit-record.ts", find: "const bytes = Buffer.byteLength(text);", replace: "const bytes = text.length;", test: "test/manager/size.test.ts", name: "DS-02" },
  { rule: "one byte above session.maxBytes is kept", file: "src/manager/commit-record.ts", find: "if (bytes > maxBytes) throw", replace: "if (bytes > maxBytes + 1) throw", test: "test/manager/size.test.ts", name: "DS-02" },
  { rule: "I2 revoking by an earlier id ends nothing", file: "src/coat/session-administration.ts", find: "!isTombstone(record) ? record : findSuccessor(record, read)", replace: "record.id === id ? record : findSuccessor(record, read)", test: "test/coat/session-administration.test.ts", name: "by every id" },
  { rule: "CSRF: open forms die with a periodic rotation", file: "src/manager/open.ts", find: "presentedId: id }));", replace: "presentedId: successor.id }));", test: CSRF, name: "CS-11 a form that is open" },
  { rule: "CSRF: housekeeping is refused on a safe method", file: "src/manager/commit.ts", find: ", RESERVED.csrf, RESERVED.rotatedAt]", replace: "]", test: CSRF, name: "H12 what Coatcheck itself" },
  { rule: "cookie sessions: the signature is not compared", file: "src/manager/cookie-sessions/protection.ts", find: "if (equalText(signature, ", replace: "if (true || equalText(signature, ", test: COOKIES, name: "CK-27" },
  { rule: "cookie sessions: epochs are not compared", file: "src/manager/cookie-sessions/request-store.ts", find: "!== epoch) return null;", replace: "< 0) return null;", test: COOKIES, name: "LC-23" },
  { rule: "cookie sessions: a rotation takes today's epoch", file: "src/manager/cookie-sessions/request-store.ts", find: "this.#carriedEpoch(record) ?? ", replace: "", test: COOKIES, name: "LC-15 LC-23" },
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
  { rule: "the command line shows a value that nobody asked for", file: "src/cli/values.ts", find: "shown[key] = reveal.includes(key) ?", replace: "shown[key] = key !== reveal[0] || reveal.length > 0 ?", test: "test/cli/sessions.test.ts", name: "hides values until" },
  { rule: "the command line shows what Coatcheck keeps", file: "src/cli/values.ts", find: "if (isReserved(key)) continue;", replace: "", test: "test/cli/sessions.test.ts", name: "reads a record's text" },
  { rule: "the command line writes control characters", file: "src/cli/terminal.ts", find: "return text.replace(", replace: "return text || text.replace(", test: "test/cli/sessions.test.ts", name: "LG-04" },
  { rule: "migrate --check migrates", file: "src/cli/commands/migrate.ts", find: "checks ? await part.pendingMigrations() : await part.migrate()", replace: "await part.migrate()", test: "test/cli/maintenance.test.ts", name: "says with --check" },
  { rule: "clearsessions is content with one batch", file: "src/cli/commands/clearsessions.ts", find: "while (went >= batch && signal?.aborted !== true);", replace: "while (went > batch && signal?.aborted !== true);", test: "test/cli/maintenance.test.ts", name: "in batches, and nothing else" },
  { rule: "the probe leaves its record behind", file: "src/cli/probe.ts", find: "await store.delete(id, undefined, { now }).catch(() => undefined);", replace: "", test: "test/cli/store.test.ts", name: "fails half-way" },
  { rule: "check fails for notes", file: "src/cli/commands/check.ts", find: 'findings.some(({ level }) => level !== "note")', replace: "findings.length > 0", test: "test/cli/check.test.ts", name: "does not fail for notes" },
];

const root = new URL("../../", import.meta.url).pathname;
const copies: string[] = [];
after(() => copies.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A copy of the sources and tests that imports itself by its own name. */
function copyTree(): string {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-mutants-"));
  copies.push(folder);
  for (const part of ["src", "test", "package.json"]) cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** Runs some tests of the copy. A mutant that loops is stopped, which counts as noticed. */
function run(folder: string, test: string, name: string): Promise<{ failed: boolean; output: string }> {
  const environment: NodeJS.ProcessEnv = { ...process.env, NODE_ENV: "test", RACE_RUNS: "60" };
  delete environment["NODE_TEST_CONTEXT"];
  const parameters = ["--conditions=coatcheck-source", "--disable-warning=ExperimentalWarning", "--max-old-space-size=512", "--test", "--test-isolation=none", "--test-reporter=tap", `--test-name-pattern=${name}`, test];
  return new Promise((resolve) => {
    execFile(process.execPath, parameters, { cwd: folder, env: environment, timeout: 60_000, killSignal: "SIGKILL", maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => resolve({ failed: error !== null, output: stdout }));
  });
}

const passedIn = (output: string): number => Number(/^# pass (\d+)$/m.exec(output)?.[1] ?? 0);

describe("every rule has a test that fails when it is broken", { concurrency: 2 }, () => {
  const idle: string[] = [copyTree(), copyTree()];
  for (const { rule, file, find, replace, test, name } of mutants) {
    it(rule, async () => {
      const folder = idle.pop() ?? copyTree();
      const path = join(folder, file);
      const whole = readFileSync(path, "utf8");
      try {
        assert.equal(whole.split(find).length, 2, `${file} has the text of this mutant once`);
        const sound = await run(folder, test, name);
        assert.equal(sound.failed, false, `unbroken, ${test} must pass:\n${sound.output.slice(-2000)}`);
        assert.ok(passedIn(sound.output) > 0, `no test of ${test} is called ${name}`);
        writeFileSync(path, whole.replace(find, () => replace));
        assert.equal((await run(folder, test, name)).failed, true, `${test} (${name}) does not notice`);
      } finally {
        writeFileSync(path, whole);
        idle.push(folder);
      }
    });
  }
});
