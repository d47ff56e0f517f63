import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it, type TestContext } from "node:test";
import libsql from "libsql";
import { sqlUsers, type UsersDatabase } from "../../src/auth/sql-users.ts";
import { SqlAttempts } from "../../src/auth/sql/sql-attempts.ts";
import { SqlRunner } from "../../src/auth/sql/sql-runner.ts";
import { readSqlTime, writeSqlTime } from "../../src/auth/sql/sql-time.ts";
import { sqliteUsers } from "../../src/auth/sql/sqlite-users.ts";
import { ConfigurationError } from "../../src/errors.ts";
import type { SqlDriver } from "../../src/stores/sql/dialect.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { describeUsers } from "../support/users-cases.ts";

describeUsers("users in SQLite, by node:sqlite", async () => {
  const database = new DatabaseSync(":memory:");
  return { users: sqlUsers(database), run: async (sql) => database.exec(sql) };
});

describeUsers("users in SQLite, by libsql (better-sqlite3's methods)", async () => {
  const database = new libsql(":memory:");
  return { users: sqlUsers(database as unknown as UsersDatabase), run: async (sql) => void database.exec(sql) };
});

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-users-"));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}

describe("sqlUsers", () => {
  it("AU-07 CC-07 an attempt whose count was cleared before it could be read is the first of its window", async () => {
    // An engine that counts by one statement and reads by another, in between which another login was right.
    const dialect = { ...sqliteUsers(), statements: { ...sqliteUsers().statements, returnsRows: false } };
    const driver: SqlDriver = { one: () => undefined, all: () => [], change: () => 1, script: () => {}, close: () => {} };
    const attempts = new SqlAttempts(new SqlRunner({ dialect, driver, clock: new FakeClock(), migratesItself: false }));
    assert.deepEqual(await attempts.take("key", 60, 1000), { count: 1, resetsAt: 61_000 });
  });

  it("AU-07 forgets no attempt at a restart", async (context) => {
    const path = join(await temporaryFolder(context), "users.db");
    const first = sqlUsers(path);
    for (let n = 0; n < 3; n++) await first.attempts.take("key", 600, 1_700_000_000_000);
    await first.close();
    const second = sqlUsers(path);
    assert.equal((await second.attempts.take("key", 600, 1_700_000_000_001)).count, 4);
    await second.close();
  });

  it("makes a file that its owner alone may read", async (context) => {
    const path = join(await temporaryFolder(context), "users.db");
    const users = sqlUsers(path);
    await users.findById("1");
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    await users.close();
  });

  it("works on the table that Django 5.2 made, and writes what Django writes", async () => {
    const database = new DatabaseSync(":memory:");
    database.exec(`CREATE TABLE "auth_user" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "password" varchar(128) NOT NULL, "last_login" datetime NULL, "is_superuser" bool NOT NULL, "username" varchar(150) NOT NULL UNIQUE, "last_name" varchar(150) NOT NULL, "email" varchar(254) NOT NULL, "is_staff" bool NOT NULL, "is_active" bool NOT NULL, "date_joined" datetime NOT NULL, "first_name" varchar(150) NOT NULL)`);
    database.exec(`INSERT INTO auth_user VALUES (7, 'pbkdf2_sha256$1$x$y', '2023-11-28 22:13:20.250000', 1, 'django', '', 'd@shop.example', 1, 1, '2023-11-14 22:13:20', '')`);
    const users = sqlUsers(database);
    const account = await users.findById("7");
    assert.deepEqual(account?.user, { id: "7", username: "django", email: "d@shop.example", isActive: true, isStaff: true, isSuperuser: true, lastLoginAt: Date.UTC(2023, 10, 28, 22, 13, 20, 250) });
    await users.recordLogin("7", Date.UTC(2024, 1, 29, 1, 2, 3, 45));
    assert.equal((database.prepare("select last_login from auth_user").get() as { last_login: string }).last_login, "2024-02-29 01:02:03.045000");
  });

  it("refuses what is no database", () => {
    for (const wrong of [null, undefined, 1, {}, [], { prepare: 1 }]) assert.throws(() => sqlUsers(wrong as unknown as UsersDatabase), ConfigurationError);
    assert.throws(() => sqlUsers("/nowhere/at/all.db"), /cannot be opened/);
    assert.throws(() => sqlUsers(":memory:", { commandTimeoutMs: 0 }), /commandTimeoutMs/);
  });
});

describe("instants in SQL", () => {
  it("are written as Django does, and read back", () => {
    assert.equal(writeSqlTime(Date.UTC(2023, 10, 28, 22, 13, 20)), "2023-11-28 22:13:20");
    assert.equal(writeSqlTime(Date.UTC(2023, 10, 28, 22, 13, 20, 7)), "2023-11-28 22:13:20.007000");
    for (const at of [0, 1, 999, 1_700_000_000_123]) assert.equal(readSqlTime(writeSqlTime(at)), at);
  });

  it("are read in every spelling that an engine gives", () => {
    const at = Date.UTC(2023, 10, 28, 22, 13, 20, 250);
    for (const text of ["2023-11-28 22:13:20.250000", "2023-11-28 22:13:20.25", "2023-11-28T22:13:20.250Z", "2023-11-28 22:13:20.250+00", String(at)]) assert.equal(readSqlTime(text), at, text);
    assert.equal(readSqlTime(at + 0.2), at);
    for (const none of [null, undefined, "", "soon", {}]) assert.equal(readSqlTime(none), null);
  });
});
