import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { runStoreCase, storeCases, type StoreSubject } from "../../src/conformance/index.ts";
import { sqliteStore, type SqliteDatabase, type SqlitePreparedStatement } from "../../src/stores/sqlite.ts";

/** A fault in the SQL: which statements it changes, what becomes what, and the beginning of the name of a case that must notice. */
interface SqlMutant {
  readonly name: string;
  readonly of: RegExp;
  readonly from: RegExp;
  readonly to: string;
  readonly caughtBy: string;
}

const UPDATE = /^update .* set data/;
const TOUCH = /^update .* set last_seen_at = (max|\?)/;

const mutants: readonly SqlMutant[] = [
  { name: "create replaces live records", of: /^insert into .* on conflict \(id\)/, from: / where expires_at <= (\?\d+)/, to: " where (expires_at <= $1 or 1)", caughtBy: "create: a taken id" },
  { name: "create keeps the owner of the expired record", of: /^insert into .* on conflict \(id\)/, from: /, owner = (\?\d+), sweep_from/, to: ", owner = ifnull($1, owner), sweep_from", caughtBy: "create: an expired record" },
  { name: "update without the version", of: UPDATE, from: /version = (\?\d+) and expires_at/, to: "(version = $1 or 1) and expires_at", caughtBy: "update: a conflict changes nothing" },
  { name: "update with a version compared without case", of: UPDATE, from: /version = (\?\d+) and expires_at/, to: "version = $1 collate nocase and expires_at", caughtBy: "update: versions are compared exactly" },
  { name: "update without the id", of: UPDATE, from: /where id = (\?\d+)/, to: "where (id = $1 or 1)", caughtBy: "read: an id that is no id" },
  { name: "update of the expired", of: UPDATE, from: /expires_at > (\?\d+)/, to: "(expires_at > $1 or 1)", caughtBy: "update: an expired record" },
  { name: "update in place although the owner changes", of: UPDATE, from: /owner is (\?\d+)/, to: "(owner is $1 or 1)", caughtBy: "by owner: follows the owner" },
  { name: "update in place although the sweeping index moves", of: UPDATE, from: /and sweep_from = .*$/, to: "and 1", caughtBy: "sweep: goes by the end" },
  { name: "update that forgets the sweeping index", of: UPDATE, from: /, sweep_from = \(.*\) where/, to: " where", caughtBy: "sweep: goes by the end" },
  { name: "touch without the version", of: TOUCH, from: /version = (\?\d+)/, to: "(version = $1 or 1)", caughtBy: "touch: another version is stored" },
  { name: "touch of the expired", of: TOUCH, from: /expires_at > (\?\d+)/, to: "(expires_at > $1 or 1)", caughtBy: "touch: an expired record" },
  { name: "touch that moves the last visit back", of: TOUCH, from: /(max\(last_seen_at, (\?\d+)\))|last_seen_at <= (\?\d+)/g, to: "($2$3 is not null)", caughtBy: "touch: the later of two visits" },
  { name: "touch that forgets the sweeping index", of: TOUCH, from: /sweep_from = (case .* end) where/, to: "sweep_from = sweep_from where", caughtBy: "sweep: goes by the end" },
  { name: "delete without the version", of: /^delete .* version = /, from: /version = (\?\d+)/, to: "(version = $1 or 1)", caughtBy: "delete: with the stored version" },
  { name: "delete of the expired counts", of: /^delete .* expires_at > /, from: /expires_at > (\?\d+)/, to: "(expires_at > $1 or 1)", caughtBy: "delete: an expired record" },
  { name: "sweep takes what is about to expire", of: /^delete .* limit/, from: / and expires_at <= (\?\d+)/, to: "", caughtBy: "sweep: removes what has expired" },
  { name: "sweep without a limit", of: /^delete .* limit/, from: /limit (\?\d+)/, to: "limit max(1000, $1)", caughtBy: "sweep: removes what has expired" },
  { name: "list without expiry", of: /^select .* owner = .* order/, from: /expires_at > (\?\d+)/, to: "(expires_at > $1 or 1)", caughtBy: "by owner: lists every live" },
  { name: "list in any order", of: /^select .* owner = .* order/, from: /desc/, to: "asc", caughtBy: "by owner: lists every live" },
  { name: "list by an owner compared without case", of: /^select .* owner = .* order/, from: /owner = (\?\d+)/, to: "owner = $1 collate nocase", caughtBy: "by owner: owners are compared exactly" },
  { name: "delete by owner takes the excepted one", of: /^delete .* owner = /, from: /id <> (\?\d+)/, to: "(id <> $1 or 1)", caughtBy: "by owner: deletes all but one" },
  { name: "walk without expiry", of: /^select .* id > /, from: /expires_at > (\?\d+)/, to: "(expires_at > $1 or 1)", caughtBy: "scan: walks over" },
  { name: "walk in another order than the cursor's", of: /^select .* id > /, from: /order by id/, to: "order by expires_at, id desc", caughtBy: "scan: walks over" },
];

/** A database that hears something else than what was said, and counts how often. */
function mishearing(mutant: SqlMutant): { database: SqliteDatabase; changed: () => number; close: () => void } {
  const real = new DatabaseSync(":memory:");
  let changed = 0;
  const database: SqliteDatabase = {
    prepare: (sql) => {
      const heard = mutant.of.test(sql) ? sql.replace(mutant.from, mutant.to) : sql;
      if (heard !== sql) changed++;
      return real.prepare(heard) as unknown as SqlitePreparedStatement;
    },
    exec: (sql) => real.exec(sql),
    close: () => undefined,
  };
  return { database, changed: () => changed, close: () => real.close() };
}

describe("ST-17 a fault in a statement fails the conformance suite", () => {
  for (const mutant of mutants) {
    it(mutant.name, async () => {
      const failed: string[] = [];
      let changed = 0;
      for (const one of storeCases) {
        const { database, changed: count, close } = mishearing(mutant);
        const make = (): StoreSubject => ({ store: sqliteStore(database), cleanup: close });
        await runStoreCase(one, make).catch(() => failed.push(one.name));
        changed += count();
      }
      assert.ok(changed > 0, "no statement was changed: the pattern does not fit");
      assert.ok(failed.some((name) => name.startsWith(mutant.caughtBy)), `not caught by "${mutant.caughtBy}…", only by: ${failed.join("; ") || "nothing"}`);
    });
  }
});
