import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigurationError, createCoatcheck, type Account, type Users } from "coatcheck";
import { sqlUsers, type Epochs, type SqlUsers } from "coatcheck/auth";
import { sealedCookieStore } from "coatcheck/sealed-cookie";
import { signedCookieStore } from "coatcheck/signed-cookie";
import { LoginWorld, PASSWORD } from "../support/login-world.ts";

const NEXT = "another long walk home";

for (const [name, makeStore] of [["sealed", sealedCookieStore], ["signed", signedCookieStore]] as const) {
  const makeWorld = (): LoginWorld => new LoginWorld({}, { store: makeStore() });

  describe(`logins in ${name} cookies`, () => {
    it("PAIN-05 LC-23 logging out ends every copy of the cookie", async () => {
      const world = makeWorld();
      await world.signUp("alice");
      const browser = await world.loggedIn("alice");
      const thief = browser.copy();
      assert.equal(await thief.me(), "alice");
      await browser.logOut();
      assert.equal(await browser.me(), null);
      assert.equal(await thief.me(), null);
      assert.equal(await browser.logIn("alice"), true);
      assert.equal(await browser.me(), "alice");
      assert.equal(await thief.me(), null);
    });

    it("LC-17 a change of password ends the others and keeps this one", async () => {
      const world = makeWorld();
      await world.signUp("alice");
      const [here, there] = [await world.loggedIn("alice"), await world.loggedIn("alice")];
      const thief = here.copy();
      await here.run(({ auth }) => auth.changePassword({ current: PASSWORD, next: NEXT }), { method: "POST" });
      for (const other of [there, thief]) assert.equal(await other.me(), null);
      assert.equal(await here.me(), "alice", "also after outdated copies were shown");
    });

    it("LC-15 signs out everywhere else", async () => {
      const world = makeWorld();
      await world.signUp("alice");
      const [here, there] = [await world.loggedIn("alice"), await world.loggedIn("alice")];
      await here.run(({ auth }) => auth.sessions.revokeOthers(), { method: "POST" });
      assert.equal(await there.me(), null);
      assert.equal(await here.me(), "alice");
      await here.run(({ auth }) => auth.sessions.revokeAll(), { method: "POST" });
      assert.equal(await here.me(), null);
    });

    it("LC-16 a user who is switched off is out, and stays out", async () => {
      const world = makeWorld();
      const alice = await world.signUp("alice");
      const browser = await world.loggedIn("alice");
      const copy = browser.copy();
      await world.cloakroom.auth.setActive(alice.id, false);
      assert.equal(await browser.me(), null);
      await world.cloakroom.auth.setActive(alice.id, true);
      assert.equal(await copy.me(), null);
    });

    it("LC-04 keeps a stranger's cart through the login, and shows nothing of it to the next user", async () => {
      const world = makeWorld();
      await world.signUp("alice");
      await world.signUp("bob");
      const browser = world.browser();
      await browser.run(({ session }) => void session.set("cart", ["a book"]));
      await browser.logIn("alice");
      assert.deepEqual(await browser.run(({ session }) => session.get("cart")), ["a book"]);
      await browser.logIn("bob");
      assert.equal(await browser.me(), "bob");
      assert.equal(await browser.run(({ session }) => session.get("cart")), undefined);
    });

    it("cannot be listed, and say so", async () => {
      const world = makeWorld();
      await world.signUp("alice");
      const browser = await world.loggedIn("alice");
      await assert.rejects(browser.run(({ auth }) => auth.sessions.list()), ConfigurationError);
      assert.throws(() => new LoginWorld({ maxSessionsPerUser: 3 }, { store: makeStore() }), /maxSessionsPerUser/);
    });
  });
}

/** The same people, of whom only the account says an epoch, which is never raised there. */
function withoutEpochs(users: SqlUsers): Users {
  const forget = (account: Account | null): Account | null => account === null ? null : { ...account, epoch: 0 };
  return {
    findById: async (id) => forget(await users.findById(id)),
    findByUsername: async (username) => forget(await users.findByUsername(username)),
    create: (user) => users.create(user),
    setPasswordHash: (...replacement) => users.setPasswordHash(...replacement),
    recordLogin: (id, at) => users.recordLogin(id, at),
    setActive: (id, isActive) => users.setActive(id, isActive),
  };
}

describe("LC-23 logins in cookies that nothing can end", () => {
  const users = withoutEpochs(sqlUsers(":memory:"));
  const make = (options: { unsafeWithoutEpochs?: boolean }): unknown => createCoatcheck({ store: sealedCookieStore(options), production: false, secrets: ["a secret for tests of cookies: 4471be"], auth: { users } });

  it("are refused at start", () => {
    assert.throws(() => make({}), (error: unknown) => error instanceof ConfigurationError && error.setting === "auth.users" && /outlives its logout/.test(error.message));
  });

  it("LC-15 LC-23 are ended through the epochs of the cookie store, where the users have none", async () => {
    const world = new LoginWorld();
    const cloakroom = world.another({ store: sealedCookieStore({ epochs: world.users.epochs }), auth: { users: withoutEpochs(world.users) } });
    const alice = await world.signUp("alice");
    const [here, there] = [await world.loggedIn("alice", cloakroom), await world.loggedIn("alice", cloakroom)];
    await here.run(({ auth }) => auth.sessions.revokeOthers(), { method: "POST" });
    assert.deepEqual([await here.me(), await there.me()], ["alice", null]);
    const other = await world.loggedIn("alice", cloakroom);
    await cloakroom.auth.endSessions(alice.id);
    assert.deepEqual([await here.me(), await other.me()], [null, null]);
    const copy = (await world.loggedIn("alice", cloakroom)).copy();
    await cloakroom.auth.setActive(alice.id, false);
    await cloakroom.auth.setActive(alice.id, true);
    assert.equal(await copy.me(), null);
  });

  it("LC-23 are refused at start with epochs that differ from those of the users", () => {
    const [one, other] = [sqlUsers(":memory:"), sqlUsers(":memory:")];
    const start = (epochs: Epochs): unknown => createCoatcheck({ store: sealedCookieStore({ epochs }), production: false, secrets: ["a secret for tests of cookies: 4471be"], auth: { users: one } });
    assert.throws(() => start(other.epochs), (error: unknown) => error instanceof ConfigurationError && error.setting === "epochs" && /pass it users\.epochs/.test(error.message));
    start(one.epochs);
  });

  it("are allowed with an option that says how unsafe it is", () => {
    make({ unsafeWithoutEpochs: true });
  });
});
