import { describe, it } from "node:test";
import { MutantRunner, type Mutant } from "./mutant-runner.ts";

const CSRF = "test/csrf/check.test.ts";
const COOKIES = "test/manager/cookie-sessions.test.ts";
const MESSAGES = "test/messages/messages.test.ts";

const mutants: readonly Mutant[] = [
  { rule: "I9 the CSRF secret survives a login", file: "src/csrf/csrf-feature.ts", find: 'else secret.rebind(move === "created" || move === "periodic");', replace: "else secret.rebind(true);", test: CSRF, name: "CS-11" },
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
  { rule: "CSRF: open forms die with a periodic rotation", file: "src/manager/open.ts", find: "presentedId: id }));", replace: "presentedId: successor.id }));", test: CSRF, name: "CS-11 a form that is open" },
  { rule: "CSRF: housekeeping is refused on a safe method", file: "src/manager/commit.ts", find: ", RESERVED.csrf, RESERVED.rotatedAt]", replace: "]", test: CSRF, name: "H12 what Coatcheck itself" },
  { rule: "cookie sessions: the signature is not compared", file: "src/manager/cookie-sessions/protection.ts", find: "if (equalText(signature, ", replace: "if (true || equalText(signature, ", test: COOKIES, name: "CK-27" },
  { rule: "cookie sessions: epochs are not compared", file: "src/manager/cookie-sessions/request-store.ts", find: "!== epoch) return null;", replace: "< 0) return null;", test: COOKIES, name: "LC-23" },
  { rule: "cookie sessions: a rotation takes today's epoch", file: "src/manager/cookie-sessions/request-store.ts", find: "this.#carriedEpoch(record) ?? ", replace: "", test: COOKIES, name: "LC-15 LC-23" },
];

describe("every rule of CSRF, messages and cookies has a test that fails when it is broken", { concurrency: 2 }, () => {
  const runner = new MutantRunner();
  for (const mutant of mutants) it(mutant.rule, () => runner.check(mutant));
});
