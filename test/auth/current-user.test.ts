import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NotAuthenticated, StoreUnavailable, type Account, type SessionStore, type Users } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { FailingStore } from "../support/failing-store.ts";
import { listen, LoginWorld, SECRET } from "../support/login-world.ts";

/** Rewrites what the store keeps of every session. */
async function tamper(world: LoginWorld, change: (values: Record<string, unknown>) => void, owner?: string | null): Promise<void> {
  const now = world.clock.now();
  for (const record of (await world.memory.scan(null, 1000, { now })).records) {
    const values = JSON.parse(record.data) as Record<string, unknown>;
    change(values);
    await world.memory.update({ ...record, data: JSON.stringify(values), version: `${record.version}x`.slice(-32), ...(owner === undefined ? {} : { owner }) }, record.version, { now });
  }
}

describe("the user of a request", () => {
  it("AU-01 is out with the next request when the password's hash has changed", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    await browser.run(({ session }) => void session.set("cart", ["a book"]));
    world.database.exec("update auth_user set password = 'counting$1$other$text'");
    const heard = await listen(["auth.session-refused"], async () => assert.equal(await browser.me(), null));
    assert.equal(heard[0]?.payload["reason"], "password-changed");
    assert.equal(browser.token, undefined);
    assert.equal(world.memory.size, 0);
  });

  it("AU-01 stays when the secret is rotated, and the digest is made anew; it goes when the old secret is dropped", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    const newer = "the newer secret of this world: 5d1f0a";
    const markOf = async (): Promise<string> => (JSON.parse(((await world.memory.scan(null, 10, { now: world.clock.now() })).records[0] ?? assert.fail()).data) as { _auth: { hash: string } })._auth.hash;
    const before = await markOf();
    const both = world.another({ secrets: [newer, SECRET] });
    const onBoth = Object.assign(world.browser(both), { jar: browser.jar });
    assert.equal(await onBoth.me(), "alice");
    const after = await markOf();
    assert.notEqual(after, before);
    assert.equal(await onBoth.me(), "alice");
    assert.equal(await markOf(), after);
    assert.equal(await Object.assign(world.browser(world.another({ secrets: [newer] })), { jar: browser.jar }).me(), "alice");
    const stranger = await world.loggedIn("alice");
    assert.equal(await Object.assign(world.browser(world.another({ secrets: ["a secret that nobody ever had: 77aa31"] })), { jar: stranger.jar }).me(), null);
  });

  it("AU-01 renews the digest where a page of another site leads here, and leaves it alone on a readonly route", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    const strict = world.another({ secrets: ["the newer secret of this world: 5d1f0a", SECRET], csrf: { safeMethods: "refuse" } });
    const onStrict = Object.assign(world.browser(strict), { jar: browser.jar });
    const before = await world.raw();
    assert.equal(await onStrict.run(async ({ auth }) => (await auth.user())?.username, { route: { readonly: true } }), "alice");
    assert.equal(await world.raw(), before);
    assert.equal(await onStrict.run(async ({ auth }) => (await auth.user())?.username, { headers: { "sec-fetch-site": "cross-site" } }), "alice");
    assert.notEqual(await world.raw(), before);
  });

  it("LC-16 is out when switched off, and nothing of theirs stays", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice");
    const [phone, laptop] = [await world.loggedIn("alice"), await world.loggedIn("alice")];
    world.database.exec("update auth_user set is_active = 0");
    assert.equal(await phone.me(), null);
    assert.equal(world.memory.size, 0);
    world.database.exec("update auth_user set is_active = 1");
    assert.equal(await laptop.me(), null);
    assert.equal((await world.users.findById(alice.id))?.user.isActive, true);
  });

  it("LC-16 is out when deleted, and a new user of the same id inherits nothing", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice");
    const [phone, laptop] = [await world.loggedIn("alice"), await world.loggedIn("alice")];
    await laptop.run(({ session }) => void session.set("diary", "private"));
    world.database.exec("delete from auth_user");
    assert.equal(await phone.me(), null);
    assert.equal(world.memory.size, 0);
    assert.equal(await phone.logIn("alice"), false);
    world.database.exec(`insert into auth_user (id, password, is_superuser, username, last_name, email, is_staff, is_active, date_joined, first_name) values (${alice.id}, 'counting$1$x$y', 0, 'mallory', '', '', 0, 1, '2026-01-01', '')`);
    assert.equal(await laptop.me(), null);
    assert.equal(await laptop.run(({ session }) => session.get("diary")), undefined);
  });

  it("LC-16 a session that nobody looked at in between is not inherited either", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    world.database.exec("delete from auth_user");
    world.database.exec(`insert into auth_user (id, password, is_superuser, username, last_name, email, is_staff, is_active, date_joined, first_name) values (${alice.id}, 'counting$1$x$y', 0, 'mallory', '', '', 0, 1, '2026-01-01', '')`);
    assert.equal(await browser.me(), null);
  });

  it("AU-15 is compared with type: whatever a record says, only the exact text is a user", async () => {
    const forms: unknown[] = [1, [1], ["1"], { id: "1" }, null, true, "", " 1", "01", "1.0", 1.5];
    for (const user of forms) {
      const world = new LoginWorld();
      await world.signUp("alice");
      const browser = await world.loggedIn("alice");
      await tamper(world, (values) => void ((values["_auth"] as Record<string, unknown>)["user"] = user));
      assert.equal(await browser.me(), null, JSON.stringify(user));
      assert.equal(world.memory.size, 0);
    }
  });

  it("is nobody when the mark is not one that login wrote", async () => {
    for (const mark of ["1", 1, [], {}, { user: "1" }, { user: "1", backend: "password", hash: "x", at: "now", method: "password", epoch: 0, order: 1 }]) {
      const world = new LoginWorld();
      await world.signUp("alice");
      const browser = await world.loggedIn("alice");
      await tamper(world, (values) => void (values["_auth"] = mark));
      assert.equal(await browser.me(), null, JSON.stringify(mark));
    }
  });

  it("is nobody when the record belongs to somebody else", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    await world.signUp("bob");
    const browser = await world.loggedIn("alice");
    await tamper(world, () => {}, "2");
    assert.equal(await browser.me(), null);
  });

  it("AU-16 is never decided by an error: every step that fails keeps the handler out", async () => {
    const faulty = (fault: keyof Users | "record"): { users: Users; store: SessionStore; heal: () => void; break: () => void } => {
      const failing = new FailingStore(memoryStore());
      let broken = false;
      const inner = new LoginWorld().users;
      const fail = (): never => {
        throw new StoreUnavailable("answer", "unknown");
      };
      const users: Users = {
        findById: async (id) => (broken && fault === "findById" ? fail() : inner.findById(id)),
        findByUsername: (name) => inner.findByUsername(name),
        create: (user) => inner.create(user),
        setPasswordHash: (...all) => inner.setPasswordHash(...all),
        recordLogin: async (...all) => (broken && fault === "recordLogin" ? fail() : inner.recordLogin(...all)),
        permissionsOf: async (user) => (broken && fault === "permissionsOf" ? fail() : inner.permissionsOf(user)),
        epochs: { read: async (id) => (broken && fault === "epochs" ? fail() : inner.epochs.read(id)), raise: (id) => inner.epochs.raise(id) },
        attempts: inner.attempts,
      };
      return { users: withoutEpoch(users), store: failing.store, heal: () => ((broken = false), failing.heal()), break: () => ((broken = true), fault === "record" && failing.plan("read", "drop", 99)) };
    };
    for (const fault of ["record", "findById", "epochs", "permissionsOf"] as const) {
      const { users, store, heal, break: breakIt } = faulty(fault);
      const world = new LoginWorld({ users }, { store });
      await world.signUp("alice");
      const browser = await world.loggedIn("alice");
      breakIt();
      let entered = false;
      const { error } = await browser.visit(async ({ auth }) => {
        await auth.requirePermission("books.change_book");
        entered = true;
      });
      assert.equal(entered, false, fault);
      assert.ok(error instanceof StoreUnavailable, `${fault}: ${String(error)}`);
      heal();
      assert.equal(await browser.me(), "alice", fault);
    }
    const { users, store, break: breakIt } = faulty("recordLogin");
    const world = new LoginWorld({ users }, { store });
    await world.signUp("alice");
    breakIt();
    const browser = world.browser();
    await assert.rejects(browser.logIn("alice"), StoreUnavailable);
    assert.equal(await browser.me(), null);
  });

  it("LC-27 cannot be forged through the application's keys, and a flow that is half done is nobody's login", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice");
    const browser = world.browser();
    for (const key of ["_auth", "_auth.user", "_csrf", "_device"]) await assert.rejects(browser.run(({ session }) => void session.set(key, { user: alice.id })), /begin with "_"/);
    for (const key of ["__proto__", "constructor", "auth", "user", "auth.user"]) {
      await browser.visit(({ session }) => void session.set(key, { _auth: { user: alice.id }, user: alice.id }));
      assert.equal(await browser.me(), null, key);
    }
    await browser.run(async ({ auth }) => void (await auth.authenticate({ username: "alice", password: "a long walk home" })));
    assert.ok(await world.cloakroom.auth.makeToken("reset", alice.id));
    assert.equal(await browser.me(), null);
    await assert.rejects(browser.run(({ auth }) => auth.elevate("second-factor"), { method: "POST" }), NotAuthenticated);
    assert.equal(await (await world.loggedIn("alice")).run(({ session }) => session.get("_auth")), undefined);
  });

  it("costs one look at the users in a request that asks often, and none in one that does not ask", async () => {
    const world = new LoginWorld();
    let looks = 0;
    const users: Users = { ...bind(world.users), findById: (id) => (looks++, world.users.findById(id)) };
    const counted = world.another({ auth: { users } });
    await world.signUp("alice");
    const browser = await world.loggedIn("alice", counted);
    looks = 0;
    await browser.run(async ({ auth }) => {
      await Promise.all([auth.user(), auth.user(), auth.requireLogin(), auth.can("books.view_book"), auth.can("books.change_book"), auth.lastProof()]);
    });
    assert.equal(looks, 1);
    await browser.run(({ session }) => void session.get("cart"));
    assert.equal(looks, 1);
    await world.browser(counted).run(({ auth }) => auth.user());
    assert.equal(looks, 1);
  });

  it("I4 asks nothing of the store for a stranger, and sets no cookie", async () => {
    const failing = new FailingStore(memoryStore());
    const world = new LoginWorld({}, { store: failing.store });
    const { setCookies, result } = await world.browser().visit(({ auth }) => auth.user());
    assert.equal(result, null);
    assert.deepEqual(setCookies, []);
    assert.deepEqual(failing.calls, []);
  });

  it("loads by itself on a lazy route", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    assert.equal(await browser.run(async ({ auth }) => (await auth.user())?.username, { route: { lazy: true } }), "alice");
  });

  it("is out on a readonly route as well, with record and cookie", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    world.database.exec("update auth_user set is_active = 0");
    const { error, result } = await browser.visit(async ({ auth }) => auth.user(), { route: { readonly: true } });
    assert.equal(error, undefined);
    assert.equal(result, null);
    assert.equal(browser.token, undefined);
    assert.equal(world.memory.size, 0);
  });

  it("has permissions as they are now, never as they were at login", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    const can = (permission: string): Promise<boolean> => browser.run(({ auth }) => auth.can(permission));
    assert.equal(await can("books.change_book"), false);
    await world.users.grantPermission(alice.id, "books.change_book");
    assert.equal(await can("books.change_book"), true);
    assert.equal(await can("books.delete_book"), false);
    await world.users.withdrawPermission(alice.id, "books.change_book");
    assert.equal(await can("books.change_book"), false);
    world.database.exec("update auth_user set is_superuser = 1");
    assert.equal(await can("anything.at_all"), true);
    assert.equal(await world.browser().run(({ auth }) => auth.can("anything.at_all")), false);
  });
});

/** The methods of an object as an object of their own. */
function bind(users: Users): Users {
  return {
    findById: (id) => users.findById(id),
    findByUsername: (name) => users.findByUsername(name),
    create: (user) => users.create(user),
    setPasswordHash: (...all) => users.setPasswordHash(...all),
    recordLogin: (...all) => users.recordLogin(...all),
    ...(users.permissionsOf === undefined ? {} : { permissionsOf: (user) => users.permissionsOf?.(user) ?? Promise.resolve(new Set<string>()) }),
  };
}

/** Accounts that do not say their epoch, so that it has to be asked for. */
function withoutEpoch(users: Users): Users {
  const strip = (account: Account | null): Account | null => (account === null ? null : { user: account.user, passwordHash: account.passwordHash });
  return { ...users, findById: async (id) => strip(await users.findById(id)), findByUsername: async (name) => strip(await users.findByUsername(name)) };
}
