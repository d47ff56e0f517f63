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
const FAULTS = "test/manager/faults.test.ts";
const IDS = "test/attacks/session-ids.test.ts";
const CSRF = "test/csrf/check.test.ts";
const COOKIES = "test/manager/cookie-sessions.test.ts";

const mutants: readonly Mutant[] = [
  { rule: "I1 operations are not run again on the newer value", file: "src/session/values.ts", find: "for (const operation of touch.operations ?? []) value = this.#run(key, operation, value);", replace: "value = touch.value;", test: RACES, name: "PAIN-01" },
  { rule: "I1 a conflict is taken for success", file: "src/manager/commit-update.ts", find: '(outcome.outcome === "updated" ? conclude(', replace: '(outcome.outcome !== "gone" ? conclude(', test: RACES, name: "CC-05" },
  { rule: "I2 a session that is gone is created again", file: "src/manager/commit-update.ts", find: 'if (outcome.outcome === "gone") throw interrupt(exchange);', replace: 'if (outcome.outcome === "gone") { await exchange.store.create(attempt.next as SessionRecord); break; }', test: RACES, name: "CC-01" },
  { rule: "I2 a rotation does not look whether the old session was ended", file: "src/manager/commit-rotate.ts", find: 'if (ended === "gone") return loseTo(exchange, record, edits);', replace: 'if (ended === "gone") break;', test: RACES, name: "CC-07|CC-03 logout" },
  { rule: "I2 a renewal sends its cookie unconfirmed", file: "src/manager/commit-update.ts", find: "if (!touched) return;", replace: "void touched;", test: RACES, name: "CC-02" },
  { rule: "I2 an interrupted request removes the cookie", file: "src/manager/commit-update.ts", find: '  exchange.explain("session-ended");', replace: '  exchange.manager.residence.removeCookie(exchange);\n  exchange.explain("session-ended");', test: "test/attacks/late-responses.test.ts", name: "CC-04" },
  { rule: "I3 the response does not wait for the store", file: "src/coat/coat.ts", find: "return committing === null ? settle(exchange, outcome, dropsChanges) : settleLater(committing, exchange, outcome, dropsChanges);", replace: "committing?.catch(() => undefined); void settleLater; return settle(exchange, outcome, dropsChanges);", test: FAULTS, name: "ST-12" },
  { rule: "I4 a stranger who writes nothing gets a record", file: "src/manager/plan.ts", find: 'if (!hasRecord) return edited && !empty ? "create" : "nothing";', replace: 'if (!hasRecord) return "create";', test: "test/manager/plan.test.ts", name: "a stranger who writes nothing" },
  { rule: "I5 an equal value is written", file: "src/session/values.ts", find: "if (Object.is(value, original)) return null;", replace: "", test: LIFE, name: "begins with the first write" },
  { rule: "I6 the token is its own id", file: "src/crypto/digest.ts", find: 'return hash("sha256", realm + token, "base64url");', replace: "return token;", test: IDS, name: "the store holds a digest" },
  { rule: "I7 changes in place are not noticed", file: "src/session/values.ts", find: "if (isObject(original) && text === this.#originalText(touch)) return null;", replace: "if (value === original) return null;", test: LIFE, name: "PAIN-30" },
  { rule: "I8 an unknown token is adopted", file: "src/manager/commit-create.ts", find: "const token = manager.residence.drawToken();", replace: "const token = exchange.presented?.tokens[0] ?? manager.residence.drawToken();", test: IDS, name: "whether it was never issued" },
  { rule: "I9 the CSRF secret survives a login", file: "src/csrf/csrf-feature.ts", find: 'else secret.rebind(move === "created" || move === "periodic");', replace: "else secret.rebind(true);", test: CSRF, name: "CS-11" },
  { rule: "I9 the old token lives after a rotation", file: "src/manager/commit-rotate.ts", find: "const outcome = await store.delete(old.id, old.version, { now });", replace: 'const outcome = "deleted" as Awaited<ReturnType<typeof store.delete>>;', test: LIFE, name: "LC-03" },
  { rule: "I10 shapes are not checked", file: "src/crypto/digest.ts", find: "return text.length === 43 && TOKEN_SHAPE.test(text);", replace: "return text.length > 0;", test: IDS, name: "\\.\\./x" },
  { rule: "I10 a corrupt record is an error", file: "src/session/values.ts", find: "if (!(error instanceof RecordCorrupt)) throw error;", replace: "throw error;", test: FAULTS, name: "ST-10" },
  { rule: "I11 a store that is down makes strangers", file: "src/manager/open.ts", find: "else session.failure = error;", replace: "", test: FAULTS, name: "ST-11" },
  { rule: "I12 a response that looked does not vary", file: "src/coat/coat.ts", find: "const looked = session.accessed || exchange.looksAtCookies;", replace: "const looked = false;", test: "test/attacks/caching.test.ts", name: "CA-01" },
  { rule: "I12 a response that sets a cookie is cacheable", file: "src/coat/coat.ts", find: "noStore: !outgoing.isEmpty,", replace: "noStore: false,", test: LIFE, name: "LC-13" },
  { rule: "I13 a printed session shows its values", file: "src/session/session.ts", find: "return { id: this.#state.record?.id ?? null };", replace: "return { id: this.#state.record?.id ?? null, ...Object.fromEntries(this.entries()) } as { id: string | null };", test: IDS, name: "LG-01" },
  { rule: "at the limit is not expired", file: "src/session/expiry.ts", find: "return endsAt !== null && endsAt < idleEnd ? endsAt : idleEnd;", replace: "return idleEnd;", test: LIFE, name: "LC-11" },
  { rule: "a failed handler saves", file: "src/manager/plan.ts", find: 'if (dropsChanges) return flushed ? "delete" : "nothing";', replace: "", test: LIFE, name: "LC-24" },
  { rule: "reserved keys can be written", file: "src/session/keys.ts", find: "return key.charCodeAt(0) === 95;", replace: "return false;", test: LIFE, name: "LC-27" },
  { rule: "two live sessions: the first wins", file: "src/manager/open.ts", find: "if (found !== null && found.record.id !== next.record.id) {", replace: "if (found !== null) return found;\n    if (false as boolean) {", test: IDS, name: "one live session among strangers" },
  { rule: "a session of https is good over http", file: "src/manager/token-residence.ts", find: '${kind === "secure" ? "s" : "p"}/${name}=`', replace: "x=`", test: IDS, name: "whatever name its cookie is sent under" },
  { rule: "CSRF: PUT is safe", file: "src/csrf/check.ts", find: 'return method === "GET" ||', replace: 'return method === "PUT" || method === "GET" ||', test: CSRF, name: "PUT without proof" },
  { rule: "CSRF: the null origin is one's own", file: "src/csrf/origin.ts", find: 'if (origin === "null") return "origin-null";', replace: 'if (origin === "null") return "own";', test: CSRF, name: "null. is refused" },
  { rule: "CSRF: same-site is same-origin", file: "src/csrf/origin.ts", find: 'if (fetchSite === "same-origin" ||', replace: 'if (fetchSite === "same-site" || fetchSite === "same-origin" ||', test: CSRF, name: "same-site" },
  { rule: "CSRF: one right token of two is enough", file: "src/csrf/check.ts", find: "if (right.every(Boolean)) return null;", replace: "if (right.some(Boolean)) return null;", test: CSRF, name: "CS-16" },
  { rule: "CSRF: the cookie's binding is not checked", file: "src/formats/csrf-binding.ts", find: "if (isMaskedWithDigest(", replace: "if (true || isMaskedWithDigest(", test: CSRF, name: "CS-13" },
  { rule: "CSRF: a Referer is not asked for", file: "src/csrf/origin.ts", find: 'if (connection.scheme !== "https") return null;', replace: "return null;", test: CSRF, name: "a token is demanded" },
  { rule: "cookie sessions: the signature is not compared", file: "src/manager/cookie-sessions/protection.ts", find: "if (equalText(signature, ", replace: "if (true || equalText(signature, ", test: COOKIES, name: "CK-27" },
  { rule: "cookie sessions: epochs are not compared", file: "src/manager/cookie-sessions/request-store.ts", find: "!== epoch) return null;", replace: "< 0) return null;", test: COOKIES, name: "LC-23" },
  { rule: "the command line shows a value that nobody asked for", file: "src/cli/values.ts", find: "shown[key] = reveal.includes(key) ?", replace: "shown[key] = key !== reveal[0] || reveal.length > 0 ?", test: "test/cli/sessions.test.ts", name: "hides values until" },
  { rule: "the command line shows what Coatcheck keeps", file: "src/cli/values.ts", find: "if (isReserved(key)) continue;", replace: "", test: "test/cli/sessions.test.ts", name: "reads a record's text" },
  { rule: "the command line writes control characters", file: "src/cli/terminal.ts", find: "return text.replace(", replace: "return text || text.replace(", test: "test/cli/sessions.test.ts", name: "LG-04" },
  { rule: "migrate --check migrates", file: "src/cli/commands/migrate.ts", find: "checks ? await part.pendingMigrations() : await part.migrate()", replace: "await part.migrate()", test: "test/cli/maintenance.test.ts", name: "says with --check" },
  { rule: "clearsessions is content with one batch", file: "src/cli/commands/clearsessions.ts", find: "if (!isMore || signal?.aborted === true) break;", replace: "void isMore;\n      if (signal?.aborted !== true) break;", test: "test/cli/maintenance.test.ts", name: "in batches, and nothing else" },
  { rule: "the probe leaves its record behind", file: "src/cli/probe.ts", find: "await store.delete(id, undefined, { now }).catch(() => undefined);", replace: "", test: "test/cli/store.test.ts", name: "fails half-way" },
  { rule: "check fails for notes", file: "src/cli/commands/check.ts", find: 'findings.some(({ level }) => level !== "note")', replace: "findings.length > 0", test: "test/cli/check.test.ts", name: "does not fail for notes" },
  { rule: "a slow batch of a sweep is not followed by a longer rest", file: "src/manager/sweep-pace.ts", find: "Math.max(LEAST_REST_MS, tookMs * REST)", replace: "LEAST_REST_MS", test: "test/manager/sweep-pace.test.ts", name: "meets it" },
  { rule: "revokeAll leaves a login that is just being made", file: "src/coat/session-administration.ts", find: "if (options.exceptId === undefined) await this.#epochs?.raise(owner);", replace: "", test: "test/auth/administration.test.ts", name: "LC-15" },
  { rule: "a subscription that failed is not tried again", file: "src/manager/revocations.ts", find: "if (this.#watchers.size > 0) this.#listenLater();", replace: "", test: "test/manager/revocations.test.ts", name: "down at the first watch" },
  { rule: "watched sessions are looked up only when texts were missed", file: "src/manager/revocations.ts", find: "this.#stopRounds ??= this.#windRounds();", replace: "", test: "test/manager/revocations.test.ts", name: "within a minute" },
  { rule: "a text that was not sent is forgotten", file: "src/manager/revocation-sender.ts", find: "await this.#rest(rest);", replace: "return;", test: "test/manager/revocations.test.ts", name: "cannot be sent" },
  { rule: "a LISTEN that failed is tried again behind the caller's back", file: "src/stores/revocations/postgres.ts", find: "if (!isListening) return;", replace: "", test: "test/stores/revocations/postgres.test.ts", name: "gives its connection back" },
  { rule: "a sweep of SQLite leaves its pages for a request to write back", file: "src/stores/sqlite.ts", find: "this.#driver.one(CHECKPOINT, {});", replace: "", test: "test/stores/sqlite.test.ts", name: "writes its pages back" },
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
    execFile(process.execPath, parameters, { cwd: folder, env: environment, timeout: 30_000, killSignal: "SIGKILL", maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => resolve({ failed: error !== null, output: stdout }));
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
