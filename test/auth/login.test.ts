import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MethodNotAllowed, NotAuthenticated, type Coat } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { listen, LoginWorld, PASSWORD, type Browser } from "../support/login-world.ts";
import type { AnyData } from "../support/view.ts";

describe("login", () => {
  it("lets in whoever shows the right password, and nobody else", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = world.browser();
    assert.equal(await browser.me(), null);
    assert.equal(await browser.logIn("alice", "wrong"), false);
    assert.equal(await browser.logIn("bob"), false);
    assert.equal(await browser.me(), null);
    assert.equal(await browser.logIn("alice"), true);
    assert.equal(await browser.me(), "alice");
    assert.equal(await world.browser().me(), null);
  });

  it("shows the user as they are, without anything secret", async () => {
    const world = new LoginWorld();
    await world.signUp("alice", { email: "alice@shop.example", isStaff: true });
    const browser = await world.loggedIn("alice");
    const user = await browser.run(({ auth }) => auth.user());
    assert.deepEqual(user, { id: "1", username: "alice", email: "alice@shop.example", isActive: true, isStaff: true, isSuperuser: false, lastLoginAt: world.clock.now() });
    assert.doesNotMatch(JSON.stringify(user), /counting/);
  });

  it("PAIN-08 LC-03 gives a new token, and the old one is dead at once", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const victim = world.browser();
    await victim.run(({ session }) => void session.set("cart", ["a book"]));
    const attacker = victim.copy();
    const [before, id] = [victim.token, await victim.sessionId()];
    await victim.logIn("alice");
    assert.notEqual(victim.token, before);
    assert.equal(await attacker.me(), null);
    assert.equal(await attacker.run(({ session }) => session.get("cart")), undefined);
    assert.equal(await world.memory.read(id ?? "", { now: world.clock.now() }), null);
  });

  it("LC-03 on every way in: again as the same user, by sign-up, remembered, by another backend", async () => {
    const token = { kind: "link" };
    const world = new LoginWorld({ backends: [{ name: "link", authenticate: async (credentials) => (credentials["kind"] === "link" ? ((await world.users.findByUsername("alice"))?.user ?? null) : null) }] });
    const alice = await world.signUp("alice");
    const ways: ((browser: ReturnType<LoginWorld["browser"]>) => Promise<unknown>)[] = [
      (browser) => browser.logIn("alice"),
      (browser) => browser.logIn("alice", PASSWORD, { remember: true }),
      (browser) => browser.run(({ auth }) => auth.login(alice), { method: "POST" }),
      (browser) => browser.run(async ({ auth }) => auth.login((await auth.authenticate(token)) ?? assert.fail()), { method: "POST" }),
    ];
    const browser = world.browser();
    await browser.run(({ session }) => void session.set("seen", true));
    for (const way of ways) {
      const thief = browser.copy();
      const before = browser.token;
      await way(browser);
      assert.equal(await browser.me(), "alice");
      assert.notEqual(browser.token, before);
      assert.equal(await thief.me(), null);
      assert.equal(await thief.run(({ session }) => session.get("seen")), undefined);
    }
    assert.equal(await browser.run(async ({ auth }) => (await auth.lastProof())?.method), "link");
  });

  it("PAIN-09 LC-04 keeps what a stranger collected, and drops what another user left", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    await world.signUp("bob");
    const browser = world.browser();
    await browser.run(({ session }) => void session.set("cart", ["a book"]));
    await browser.logIn("alice");
    assert.deepEqual(await browser.run(({ session }) => session.get("cart")), ["a book"]);
    await browser.run(({ session }) => void session.set("diary", "private"));
    await browser.logIn("bob");
    assert.equal(await browser.me(), "bob");
    assert.deepEqual(await browser.run(({ session }) => session.keys()), []);
    assert.doesNotMatch(await world.raw(), /private/);
  });

  it("LC-04 drops everything when the same user's password was changed elsewhere", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    await browser.run(({ session }) => void session.set("diary", "private"));
    await world.cloakroom.auth.setPassword(alice.id, "another long walk");
    assert.equal(await browser.logIn("alice", "another long walk"), true);
    assert.equal(await browser.run(({ session }) => session.get("diary")), undefined);
  });

  it("keeps the data of a user who logs in again", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    await browser.run(({ session }) => void session.set("draft", "kept"));
    await browser.logIn("alice");
    assert.equal(await browser.run(({ session }) => session.get("draft")), "kept");
  });

  it("PAIN-03 has the login in the store when it returns, whatever the handler does next", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = world.browser();
    const visit = await browser.post(async ({ auth, session }) => {
      await auth.login((await auth.authenticate({ username: "alice", password: PASSWORD })) ?? assert.fail());
      assert.ok(await world.memory.read(session.id ?? "", { now: world.clock.now() }));
      throw new Error("the page failed");
    });
    assert.match(String(visit.error), /the page failed/);
    assert.equal(await browser.me(), "alice");
  });

  it("remembers as long as it is told", async () => {
    const world = new LoginWorld({}, { session: { idleTimeout: "2d", expireAtBrowserClose: true } });
    await world.signUp("alice");
    const lines = async (remember: boolean | string | undefined): Promise<string> => {
      const visit = await world.browser().post(async ({ auth }) => auth.login((await auth.authenticate({ username: "alice", password: PASSWORD })) ?? assert.fail(), remember === undefined ? {} : { remember }));
      assert.equal(visit.error, undefined);
      return visit.setCookies.find((line) => line.startsWith("__Host-sessionid=")) ?? "";
    };
    assert.doesNotMatch(await lines(undefined), /Max-Age/);
    assert.doesNotMatch(await lines(false), /Max-Age/);
    assert.match(await lines(true), /Max-Age=172800/);
    assert.match(await lines("30d"), /Max-Age=2592000/);
    const visit = await world.browser().post(async ({ auth }) => auth.login((await auth.authenticate({ username: "alice", password: PASSWORD })) ?? assert.fail(), { remember: "soon" }));
    assert.match(String(visit.error), /is not a duration/);
  });

  it("refuses users who are off or gone, also when the application vouches for them", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice");
    await world.cloakroom.auth.setActive(alice.id, false);
    for (const user of [alice, { ...alice, id: "999" }]) {
      const { error } = await world.browser().post(({ auth }) => auth.login(user));
      assert.ok(error instanceof NotAuthenticated);
    }
  });

  it("tells of each login and failure once, without anything secret (LG-03)", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice");
    const browser = world.browser();
    const heard = await listen(["auth.login", "auth.login-failed", "auth.logout"], async () => {
      await browser.logIn("alice", "sentinel-password");
      await browser.logIn("nobody", "sentinel-password");
      await browser.logIn("alice");
      await browser.logOut();
    });
    assert.deepEqual(
      heard.map(({ event, payload }) => [event, payload["reason"] ?? payload["user"]]),
      [["auth.login-failed", "wrong-password"], ["auth.login-failed", "unknown-user"], ["auth.login", alice.id], ["auth.logout", alice.id]],
    );
    assert.doesNotMatch(JSON.stringify(heard), /sentinel|nobody|counting/);
    assert.ok(!JSON.stringify(heard).includes(browser.token ?? "no token"));
  });

  it("ST-16 keeps no password, no role and no permission in the session", async () => {
    const world = new LoginWorld();
    await world.signUp("alice", { password: "sentinel passphrase", isStaff: true, isSuperuser: true, email: "alice@sentinel.example" });
    const browser = world.browser();
    await browser.logIn("alice", "sentinel passphrase");
    await browser.run(({ auth }) => auth.can("books.change_book"));
    const raw = await world.raw();
    assert.match(raw, /_auth/);
    assert.doesNotMatch(raw, /sentinel|counting|staff|superuser|books\./i);
  });

  it("LC-21 a remembered login dies with a logout and with a change of password, and every login has a token of its own", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const remembered = async (): Promise<Browser> => {
      const browser = world.browser();
      await browser.logIn("alice", PASSWORD, { remember: "60d" });
      return browser;
    };
    const [phone, laptop] = [await remembered(), await remembered()];
    assert.notEqual(phone.token, laptop.token);
    world.clock.advance(59 * 86_400_000);
    assert.equal(await phone.me(), "alice");
    const copy = phone.copy();
    await phone.logOut();
    assert.equal(await copy.me(), null);
    const other = await remembered();
    await laptop.run(({ auth }) => auth.changePassword({ current: PASSWORD, next: "another long walk home" }), { method: "POST" });
    assert.equal(await other.me(), null);
    assert.equal(await laptop.me(), "alice");
  });
});

describe("logout", () => {
  it("PAIN-02 LC-07 removes the record; a copy of the cookie is a stranger, also after the next login", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    const thief = browser.copy();
    await browser.logOut();
    assert.equal(browser.token, undefined);
    assert.equal(await thief.me(), null);
    assert.equal(world.memory.size, 0);
    await browser.logIn("alice");
    assert.equal(await thief.me(), null);
  });

  it("LC-02 writes nothing for a thousand strangers", async () => {
    const world = new LoginWorld();
    for (let n = 0; n < 1000; n++) {
      const { setCookies, error } = await world.browser().post(({ auth }) => auth.logout());
      assert.equal(error, undefined);
      assert.deepEqual(setCookies, []);
    }
    assert.equal(world.memory.size, 0);
  });

  it("LC-08 takes a POST: a link logs nobody out", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    for (const method of ["GET", "HEAD", "OPTIONS", "TRACE"]) {
      const { error } = await browser.visit(({ auth }) => auth.logout(), { method });
      assert.ok(error instanceof MethodNotAllowed);
      assert.equal(error.status, 405);
      assert.deepEqual(error.allowed, ["POST"]);
    }
    assert.equal(await browser.me(), "alice");
  });

  const acts: Readonly<Record<string, (auth: Coat<AnyData>["auth"], own: string) => Promise<unknown>>> = {
    "sessions.revoke": ({ sessions }, own) => sessions.revoke(own),
    "sessions.revokeOthers": ({ sessions }) => sessions.revokeOthers(),
    "sessions.revokeAll": ({ sessions }) => sessions.revokeAll(),
    changePassword: (auth) => auth.changePassword({ current: PASSWORD, next: "another long walk home" }),
    confirmPassword: (auth) => auth.confirmPassword(PASSWORD),
    elevate: (auth) => auth.elevate("totp"),
  };
  for (const [name, act] of Object.entries(acts)) {
    it(`LC-08 takes a POST: a link cannot cause ${name}`, async () => {
      const world = new LoginWorld();
      await world.signUp("alice");
      const [browser, other] = [await world.loggedIn("alice"), await world.loggedIn("alice")];
      const { token } = browser;
      const own = (await browser.sessionId()) ?? "";
      for (const method of ["GET", "HEAD", "OPTIONS", "TRACE"]) {
        const { error } = await browser.visit(({ auth }) => act(auth, own), { method });
        assert.ok(error instanceof MethodNotAllowed, method);
      }
      assert.deepEqual([await browser.me(), await other.me(), browser.token], ["alice", "alice", token]);
      assert.equal((await browser.visit(({ auth }) => act(auth, own), { method: "POST" })).error, undefined);
    });
  }

  it("CA-09 has the browser forget more where it is told to, exactly", async () => {
    const headersOf = async (clearSiteData: readonly ("cache" | "cookies" | "storage")[] | undefined): Promise<unknown> => {
      const world = new LoginWorld(clearSiteData === undefined ? {} : { clearSiteData }, { production: true, store: memoryStore({ unsafeInProduction: true }) });
      await world.signUp("alice");
      const browser = await world.loggedIn("alice");
      const { ending } = await browser.post(({ auth }) => auth.logout());
      assert.equal(ending?.noStore, true);
      return ending?.headers;
    };
    assert.deepEqual(await headersOf(["cache", "storage"]), [["Clear-Site-Data", '"cache", "storage"']]);
    assert.deepEqual(await headersOf([]), []);
    assert.deepEqual(await headersOf(undefined), []);
  });

  it("LC-09 what is set afterwards begins a stranger's session", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    const thief = browser.copy();
    await browser.run(
      async ({ auth, session }) => {
        await auth.logout();
        assert.equal(await auth.user(), null);
        session.set("goodbye", true);
      },
      { method: "POST" },
    );
    assert.equal(await browser.me(), null);
    assert.equal(await browser.run(({ session }) => session.get("goodbye")), true);
    assert.equal(await thief.run(({ session }) => session.get("goodbye")), undefined);
  });
});
