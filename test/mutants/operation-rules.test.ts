import { describe, it } from "node:test";
import { MutantRunner, type Mutant } from "./mutant-runner.ts";

const mutants: readonly Mutant[] = [
  { rule: "the command line shows a value that nobody asked for", file: "src/cli/values.ts", find: "shown[key] = reveal.includes(key) ?", replace: "shown[key] = key !== reveal[0] || reveal.length > 0 ?", test: "test/cli/sessions.test.ts", name: "hides values until" },
  { rule: "the command line shows what Coatcheck keeps", file: "src/cli/values.ts", find: "if (isReserved(key)) continue;", replace: "", test: "test/cli/sessions.test.ts", name: "reads a record's text" },
  { rule: "the command line writes control characters", file: "src/cli/terminal.ts", find: "return text.replace(", replace: "return text || text.replace(", test: "test/cli/sessions.test.ts", name: "LG-04" },
  { rule: "migrate --check migrates", file: "src/cli/commands/migrate.ts", find: "checks ? await part.pendingMigrations() : await part.migrate()", replace: "await part.migrate()", test: "test/cli/maintenance.test.ts", name: "says with --check" },
  { rule: "clearsessions is content with one batch", file: "src/cli/commands/clearsessions.ts", find: "if (!isMore || signal?.aborted === true) break;", replace: "void isMore;\n      if (signal?.aborted !== true) break;", test: "test/cli/maintenance.test.ts", name: "in batches, and nothing else" },
  { rule: "the probe leaves its record behind", file: "src/cli/probe.ts", find: "await store.delete(id, undefined, { now }).catch(() => undefined);", replace: "", test: "test/cli/store.test.ts", name: "fails half-way" },
  { rule: "check fails for notes", file: "src/cli/commands/check.ts", find: 'findings.some(({ level }) => level !== "note")', replace: "findings.length > 0", test: "test/cli/check.test.ts", name: "does not fail for notes" },
  { rule: "what waits for a sweep grows for ever", file: "src/manager/sweeper.ts", find: "const isBehind = this.#begun >= KEEP_UP;", replace: "const isBehind = false as boolean;", test: "test/manager/sweep-pace.test.ts", name: "never falls behind" },
  { rule: "mere writes hurry a sweep", file: "src/manager/sweeper.ts", find: "if (begins) this.#begun++;", replace: "this.#begun++;", test: "test/manager/sweep-pace.test.ts", name: "never falls" },
  { rule: "what the usual batches leave is forgotten", file: "src/manager/sweeper.ts", find: "removed < limit ? 0 : Math.max(0, this.#begun - removed)", replace: "0", test: "test/manager/sweep-pace.test.ts", name: "in small steps" },
  { rule: "a slow batch of a sweep is not followed by a longer rest", file: "src/manager/sweep-pace.ts", find: "Math.max(LEAST_REST_MS, tookMs * this.#rest)", replace: "LEAST_REST_MS", test: "test/manager/sweep-pace.test.ts", name: "meets it" },
  { rule: "revokeAll leaves a login that is just being made", file: "src/coat/session-administration.ts", find: "if (options.exceptId === undefined) await this.#epochs?.raise(owner);", replace: "", test: "test/auth/administration.test.ts", name: "LC-15" },
  { rule: "a subscription that failed is not tried again", file: "src/manager/revocations.ts", find: "if (this.#watchers.size > 0) this.#listenLater();", replace: "", test: "test/manager/revocations.test.ts", name: "down at the first watch" },
  { rule: "watched sessions are looked up only when texts were missed", file: "src/manager/revocations.ts", find: "this.#stopRounds ??= this.#windRounds();", replace: "", test: "test/manager/revocations.test.ts", name: "within a minute" },
  { rule: "a text that was not sent is forgotten", file: "src/manager/revocation-sender.ts", find: "await this.#rest(rest);", replace: "return;", test: "test/manager/revocations.test.ts", name: "cannot be sent" },
  { rule: "a LISTEN that failed is tried again behind the caller's back", file: "src/stores/revocations/postgres.ts", find: "if (!isListening) return;", replace: "", test: "test/stores/revocations/postgres.test.ts", name: "gives its connection back" },
  { rule: "a sweep of SQLite leaves its pages for a request to write back", file: "src/stores/sqlite.ts", find: "this.#driver.one(CHECKPOINT, {});", replace: "", test: "test/stores/sqlite.test.ts", name: "writes its pages back" },
];

describe("every rule of the command line, sweeping and revoking has a test that fails when it is broken", { concurrency: 2 }, () => {
  const runner = new MutantRunner();
  for (const mutant of mutants) it(mutant.rule, () => runner.check(mutant));
});
