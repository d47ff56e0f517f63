import { describe, it } from "node:test";
import { MutantRunner, type Mutant } from "./mutant-runner.ts";

const LIFE = "test/manager/lifecycle.test.ts";
const RACES = "test/races/interleavings.test.ts";
const SAVES = "test/races/saves.test.ts";
const FAULTS = "test/manager/faults.test.ts";
const IDS = "test/attacks/session-ids.test.ts";
const RENEWAL = "test/manager/renewal.test.ts";

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
  { rule: "I1 a change is put onto the mark that a rotation left", file: "src/manager/commit-update.ts", find: "await followMove(exchange, outcome.current)", replace: "outcome.current", test: SAVES, name: "a request that does not rotate" },
  { rule: "I1 two periodic rotations at once both move the session", file: "src/manager/commit-rotate.ts", find: "await followMove(exchange, ended.current)", replace: "ended.current", test: SAVES, name: "gives one new token" },
  { rule: "I3 the response does not wait for the store", file: "src/coat/coat.ts", find: "return committing === null ? settle(exchange, outcome, dropsChanges) : settleLater(committing, exchange, outcome, dropsChanges);", replace: "committing?.catch(() => undefined); void settleLater; return settle(exchange, outcome, dropsChanges);", test: FAULTS, name: "ST-12" },
  { rule: "I4 a stranger who writes nothing gets a record", file: "src/manager/plan.ts", find: 'if (!hasRecord) return edited && !empty ? "create" : "nothing";', replace: 'if (!hasRecord) return "create";', test: "test/manager/plan.test.ts", name: "a stranger who writes nothing" },
  { rule: "I4 a session that nobody looked at slides", file: "src/manager/commit.ts", find: "if (passive || policy.renewFraction === null || session.record === null || !session.accessed) return false;", replace: "if (passive || policy.renewFraction === null || session.record === null) return false;", test: RENEWAL, name: "CA-05" },
  { rule: "I4 a passive request slides its session", file: "src/manager/commit.ts", find: "if (passive || policy.renewFraction === null || session.record === null || !session.accessed) return false;", replace: "if (policy.renewFraction === null || session.record === null || !session.accessed) return false;", test: RENEWAL, name: "PAIN-16" },
  { rule: "a renewal that fails fails the reader", file: "src/manager/commit-update.ts", find: '    toStoreError(error, "touch");', replace: '    throw toStoreError(error, "touch");', test: RENEWAL, name: "costs the reader nothing" },
  { rule: "I5 an equal value is written", file: "src/session/values.ts", find: "if (Object.is(value, original)) return null;", replace: "", test: LIFE, name: "begins with the first write" },
  { rule: "I6 the token is its own id", file: "src/crypto/digest.ts", find: 'return hash("sha256", realm + token, "base64url");', replace: "return token;", test: IDS, name: "the store holds a digest" },
  { rule: "I7 changes in place are not noticed", file: "src/session/values.ts", find: "if (isObject(original) && text === this.#originalText(touch)) return null;", replace: "if (value === original) return null;", test: LIFE, name: "PAIN-30" },
  { rule: "I8 an unknown token is adopted", file: "src/manager/commit-create.ts", find: "const token = manager.residence.drawToken();", replace: "const token = exchange.presented?.tokens[0] ?? manager.residence.drawToken();", test: IDS, name: "whether it was never issued" },
  { rule: "I9 the old token lives after a rotation", file: "src/manager/commit-rotate.ts", find: "const outcome = await store.delete(old.id, old.version, { now });", replace: 'const outcome = "deleted" as Awaited<ReturnType<typeof store.delete>>;', test: LIFE, name: "LC-03" },
  { rule: "I10 shapes are not checked", file: "src/crypto/digest.ts", find: "return text.length === 43 && LAST_CHARACTERS.includes(text.charAt(42)) && !NOT_BASE64URL.test(text);", replace: "return text.length > 0;", test: IDS, name: "\\.\\./x" },
  { rule: "I10 a corrupt record is an error", file: "src/session/values.ts", find: "if (!(error instanceof RecordCorrupt)) throw error;", replace: "throw error;", test: FAULTS, name: "ST-10" },
  { rule: "I11 a store that is down makes strangers", file: "src/manager/open.ts", find: "else session.failure = error;", replace: "", test: FAULTS, name: "ST-11" },
  { rule: "I11 a check that the store fails is heard of by nobody", file: "src/adapters/admit.ts", find: "    return fail(error);", replace: "    throw error;", test: "test/adapters/outage.test.ts", name: "through node" },
  { rule: "I11 a secret that could not be fetched is never fetched again", file: "src/manager/keys.ts", find: "      this.#fetching = null;\n", replace: "", test: "test/manager/keys.test.ts", name: "is fetched again after a failure" },
  { rule: "I12 a response that looked does not vary", file: "src/coat/coat.ts", find: "const looked = session.accessed || exchange.looksAtCookies;", replace: "const looked = false;", test: "test/attacks/caching.test.ts", name: "CA-01" },
  { rule: "I12 a response that sets a cookie is cacheable", file: "src/coat/coat.ts", find: "noStore: !setsNone,", replace: "noStore: false,", test: LIFE, name: "LC-13" },
  { rule: "I13 a printed session shows its values", file: "src/session/session.ts", find: "return { id: this.#state.record?.id ?? null };", replace: "return { id: this.#state.record?.id ?? null, ...Object.fromEntries(this.entries()) } as { id: string | null };", test: IDS, name: "LG-01" },
  { rule: "I13 console.log of a session shows its values", file: "src/session/print-session.ts", find: "return { id: record?.id ?? null, keys };", replace: "return { id: record?.id ?? null, keys, values: keys.map((key) => values.get(key)) };", test: "test/session/print-session.test.ts", name: "I13" },
  { rule: "at the limit is not expired", file: "src/session/expiry.ts", find: "return endsAt !== null && endsAt < idleEnd ? endsAt : idleEnd;", replace: "return idleEnd;", test: LIFE, name: "LC-11" },
  { rule: "a failed handler saves", file: "src/manager/plan.ts", find: 'if (dropsChanges) return flushed ? "delete" : "nothing";', replace: "", test: LIFE, name: "LC-24" },
  { rule: "an error in Express is not heard of", file: "src/adapters/express.ts", find: "if (hold !== undefined) hold.threw = true;", replace: "void hold;", test: "test/adapters/express.test.ts", name: "LC-24" },
  { rule: "reserved keys can be written", file: "src/session/keys.ts", find: "return key.charCodeAt(0) === 95;", replace: "return false;", test: LIFE, name: "LC-27" },
  { rule: "two live sessions: the first wins", file: "src/manager/open.ts", find: "if (found !== null && found.record.id !== next.record.id) {", replace: "if (found !== null) return found;\n    if (false as boolean) {", test: IDS, name: "one live session among strangers" },
  { rule: "a session of https is good over http", file: "src/manager/token-residence.ts", find: '${kind === "secure" ? "s" : "p"}/${face.name}=`', replace: "x=`", test: IDS, name: "whatever name its cookie is sent under" },
  { rule: "another application's records are listed", file: "src/stores/namespaced.ts", find: "if (!stored.data.startsWith(this.#mark)) return null;", replace: "", test: "test/stores/namespaced.test.ts", name: "list their own sessions" },
  { rule: "another application's user is logged out", file: "src/stores/namespaced.ts", find: "inner.deleteByOwner(this.#mark + owner, options)", replace: "inner.deleteByOwner(`admin/${owner}`, options)", test: "test/stores/namespaced.test.ts", name: "end their own users" },
  { rule: "a session is measured in letters", file: "src/manager/commit-record.ts", find: "const bytes = Buffer.byteLength(text);", replace: "const bytes = text.length;", test: "test/manager/size.test.ts", name: "DS-02" },
  { rule: "one byte above session.maxBytes is kept", file: "src/manager/commit-record.ts", find: "if (bytes > maxBytes) throw", replace: "if (bytes > maxBytes + 1) throw", test: "test/manager/size.test.ts", name: "DS-02" },
  { rule: "I2 revoking by an earlier id ends nothing", file: "src/coat/session-administration.ts", find: "!isTombstone(record) ? record : findSuccessor(record, read)", replace: "record.id === id ? record : findSuccessor(record, read)", test: "test/coat/session-administration.test.ts", name: "by every id" },
];

describe("every rule has a test that fails when it is broken", { concurrency: 2 }, () => {
  const runner = new MutantRunner();
  for (const mutant of mutants) it(mutant.rule, () => runner.check(mutant));
});
