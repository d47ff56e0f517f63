import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SqlUsers } from "../../src/auth/sql-users.ts";
import type { NewUser, User } from "../../src/store/users.ts";

const person = (username: string, changes: Partial<NewUser> = {}): NewUser => ({
  username,
  passwordHash: "argon2$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA",
  email: `${username}@shop.example`,
  isActive: true,
  isStaff: false,
  isSuperuser: false,
  ...changes,
});

/** What users in SQL promise, for each engine. `run` executes a statement of the test's own. */
export function describeUsers(name: string, make: () => Promise<{ users: SqlUsers; run: (sql: string) => Promise<void> }>): void {
  describe(name, () => {
    const create = async (users: SqlUsers, wanted: NewUser): Promise<User> => {
      const made = await users.create(wanted);
      assert.ok(made);
      return made;
    };

    it("finds whom it created, by id and by name, with every field", async () => {
      const { users } = await make();
      const made = await create(users, person("amélie", { isStaff: true }));
      assert.match(made.id, /^\d+$/);
      assert.deepEqual(made, { id: made.id, username: "amélie", email: "amélie@shop.example", isActive: true, isStaff: true, isSuperuser: false, lastLoginAt: null });
      const found = await users.findById(made.id);
      assert.deepEqual(found, { user: made, passwordHash: person("amélie").passwordHash, epoch: 0 });
      assert.deepEqual(await users.findByUsername("amélie"), found);
    });

    it("refuses a name that is taken, or differs in case only", async () => {
      const { users } = await make();
      await create(users, person("bob"));
      assert.equal(await users.create(person("bob")), null);
      assert.equal(await users.create(person("BOB")), null);
    });

    it("AU-15 finds by the exact id and name only", async () => {
      const { users } = await make();
      const { id } = await create(users, person("carol"));
      for (const other of [` ${id}`, `${id} `, `0${id}`, `${id}.0`, `${id}e0`, `+${id}`, `-${id}`, "", "x", "1 or 1=1", "9".repeat(40)]) assert.equal(await users.findById(other), null, other);
      for (const other of ["Carol", "carol ", " carol", "cárol", "", "carol\u0000", "c".repeat(500), "' or ''='"]) assert.equal(await users.findByUsername(other), null, other);
    });

    it("replaces a password only while the old one stands", async () => {
      const { users } = await make();
      const { id } = await create(users, person("dan", { passwordHash: "old" }));
      assert.equal(await users.setPasswordHash(id, "new", "OLD"), false);
      assert.equal(await users.setPasswordHash(id, "new", "old"), true);
      assert.equal(await users.setPasswordHash(id, "newer", "old"), false);
      assert.equal((await users.findById(id))?.passwordHash, "new");
      assert.equal(await users.setPasswordHash("999999", "new", "old"), false);
    });

    it("of parallel replacements one wins", async () => {
      const { users } = await make();
      const { id } = await create(users, person("erin", { passwordHash: "old" }));
      const won = await Promise.all(Array.from({ length: 10 }, (_, n) => users.setPasswordHash(id, `new${n}`, "old")));
      assert.equal(won.filter(Boolean).length, 1);
      assert.equal((await users.findById(id))?.passwordHash, `new${won.indexOf(true)}`);
    });

    it("records the last login to the millisecond, in UTC", async () => {
      const { users } = await make();
      const { id } = await create(users, person("fay"));
      for (const at of [Date.UTC(2026, 0, 15, 12, 0, 0, 250), Date.UTC(2026, 6, 1), 1]) {
        await users.recordLogin(id, at);
        assert.equal((await users.findById(id))?.user.lastLoginAt, at);
      }
    });

    it("switches a user off and on", async () => {
      const { users } = await make();
      const { id } = await create(users, person("gus"));
      assert.equal(await users.setActive(id, false), true);
      assert.equal((await users.findById(id))?.user.isActive, false);
      assert.equal(await users.setActive(id, true), true);
      assert.equal((await users.findById(id))?.user.isActive, true);
      assert.equal(await users.setActive("999999", true), false);
    });

    it("gives permissions of the user's own and of groups, under Django's names", async () => {
      const { users, run } = await make();
      const hal = await create(users, person("hal"));
      const other = await create(users, person("ivy"));
      assert.deepEqual(await users.permissionsOf(hal), new Set());
      await users.grantPermission(hal.id, "books.change_book");
      await users.grantPermission(hal.id, "books.change_book");
      await users.grantPermission(hal.id, "books.view_book");
      await users.grantPermission(other.id, "books.delete_book");
      assert.deepEqual(await users.permissionsOf(hal), new Set(["books.change_book", "books.view_book"]));
      await users.withdrawPermission(hal.id, "books.view_book");
      assert.deepEqual(await users.permissionsOf(hal), new Set(["books.change_book"]));
      await run("insert into auth_group (name) values ('staff')");
      await run(`insert into auth_user_groups (user_id, group_id) select ${hal.id}, max(id) from auth_group`);
      await run("insert into auth_group_permissions (group_id, permission_id) select max(g.id), min(p.id) from auth_group g, auth_permission p where p.codename = 'delete_book'");
      assert.deepEqual(await users.permissionsOf(hal), new Set(["books.change_book", "books.delete_book"]));
      await assert.rejects(users.grantPermission(hal.id, "change_book"), /is not a permission/);
    });

    it("raises an epoch by one for each of fifty parallel calls, and shows it with the account", async () => {
      const { users } = await make();
      const { id } = await create(users, person("joe"));
      assert.equal(await users.epochs.read(id), 0);
      const raised = await Promise.all(Array.from({ length: 50 }, () => users.epochs.raise(id)));
      assert.ok(raised.every((epoch) => epoch >= 1 && epoch <= 50));
      assert.equal(await users.epochs.read(id), 50);
      assert.equal((await users.findById(id))?.epoch, 50);
      assert.equal(await users.epochs.read("nobody"), 0);
    });

    it("AU-07 counts fifty parallel attempts one by one, and begins anew when the window has ended", async () => {
      const { users } = await make();
      const now = 1_700_000_000_000;
      const taken = await Promise.all(Array.from({ length: 50 }, () => users.attempts.take("key", 60, now)));
      assert.ok(taken.filter((attempt) => attempt.count <= 5).length <= 5);
      assert.equal(Math.max(...taken.map((attempt) => attempt.count)), 50);
      assert.ok(taken.every((attempt) => attempt.resetsAt === now + 60_000));
      assert.deepEqual(await users.attempts.take("key", 60, now + 59_999), { count: 51, resetsAt: now + 60_000 });
      assert.deepEqual(await users.attempts.take("key", 60, now + 60_000), { count: 1, resetsAt: now + 120_000 });
      await users.attempts.giveBack("key");
      assert.equal((await users.attempts.take("key", 60, now + 60_001)).count, 1);
      await users.attempts.clear("key");
      assert.deepEqual(await users.attempts.take("key", 60, now + 60_002), { count: 1, resetsAt: now + 120_002 });
    });

    it("removes windows that have ended", async () => {
      const { users } = await make();
      const now = 1_700_000_000_000;
      for (let n = 0; n < 99; n++) await users.attempts.take(`old${n}`, 60, now);
      const live = await users.attempts.take("live", 3600, now);
      assert.equal(live.count, 1);
      for (let n = 0; n < 100; n++) await users.attempts.take(`new${n}`, 60, now + 100_000);
      assert.equal((await users.attempts.take("live", 3600, now + 100_000)).count, 2);
      assert.equal((await users.attempts.take("old1", 60, now + 50)).count, 1);
    });

    it("makes its tables once, and leaves those that are there", async () => {
      const { users } = await make();
      await create(users, person("kim"));
      assert.deepEqual(await users.pendingMigrations(), []);
      assert.deepEqual(await users.migrate(), []);
      assert.ok(await users.findByUsername("kim"));
    });
  });
}
