import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigurationError, HashingBusy, LoginThrottled, type AuthBackend } from "coatcheck";
import { sqlUsers } from "coatcheck/auth";
import { listen, LoginWorld, PASSWORD } from "../support/login-world.ts";

/** The five who are not let in: nobody, a wrong password, switched off, locked, without a password. */
async function fiveRefusals(): Promise<{ world: LoginWorld; tries: readonly (readonly [name: string, password: string])[] }> {
  const world = new LoginWorld();
  for (const name of ["alice", "olga", "locky"]) await world.signUp(name);
  await world.signUp("none", { password: null });
  const olga = await world.users.findByUsername("olga");
  await world.cloakroom.auth.setActive(olga?.user.id ?? "", false);
  for (let n = 0; n < 5; n++) await world.browser().logIn("locky", "wrong");
  return { world, tries: [["nobody", PASSWORD], ["alice", "wrong"], ["olga", PASSWORD], ["locky", PASSWORD], ["none", PASSWORD]] };
}

describe("authenticate", () => {
  it("AU-02 gives unknown, wrong, switched off, locked and passwordless the same answer, and the same cookies: none", async () => {
    const { world, tries } = await fiveRefusals();
    for (const [username, password] of tries) {
      const visit = await world.browser().post(({ auth }) => auth.authenticate({ username, password }));
      assert.deepEqual([visit.result, visit.error, visit.setCookies], [null, undefined, []], username);
    }
    assert.equal(world.memory.size, 0);
  });

  it("AU-03 does one unit of work at today's cost for each of them, and for a right password", async () => {
    const { world, tries } = await fiveRefusals();
    for (const [username, password] of [...tries, ["alice", PASSWORD] as const]) {
      world.hasher.reset();
      await world.browser().run(({ auth }) => auth.authenticate({ username, password }));
      assert.equal(world.hasher.work, 1, username);
    }
  });

  it("AU-03 an old cost costs a wrong password no less than today's", async () => {
    const { world } = await fiveRefusals();
    world.hasher.cost = 2;
    world.hasher.reset();
    await world.browser().run(({ auth }) => auth.authenticate({ username: "alice", password: "wrong" }));
    assert.equal(world.hasher.verified, 1);
    assert.equal(world.hasher.hashed, 1, "today's cost beside the old one");
  });

  it("AU-03 a right password of somebody who is switched off, with an old hash, costs what a wrong one costs", async () => {
    const { world } = await fiveRefusals();
    world.hasher.cost = 2;
    for (const username of ["alice", "olga"]) {
      world.hasher.reset();
      await world.browser().run(({ auth }) => auth.authenticate({ username, password: username === "olga" ? PASSWORD : "wrong" }));
      assert.deepEqual([world.hasher.verified, world.hasher.hashed], [1, 1], username);
    }
  });

  it("AU-03 kinds of hashes that the table holds are named by algorithm, and only those that a hasher knows", () => {
    new LoginWorld({ storedHashes: ["counting"] });
    for (const storedHashes of [["bcrypt"], ["counting$1"], "counting"]) {
      assert.throws(() => new LoginWorld({ storedHashes: storedHashes as string[] }), (error: unknown) => error instanceof ConfigurationError && error.setting.startsWith("auth.storedHashes"));
    }
  });

  it("AU-04 tells passwords apart by their last character, and refuses a megabyte without hashing", async () => {
    const world = new LoginWorld();
    for (const length of [64, 73, 1000]) {
      const password = "x7Kq".repeat(length).slice(0, length - 1);
      await world.signUp(`user${length}`, { password: `${password}a` });
      assert.equal(await world.browser().logIn(`user${length}`, `${password}b`), false);
      assert.equal(await world.browser().logIn(`user${length}`, `${password}a`), true);
    }
    world.hasher.reset();
    assert.equal(await world.browser().logIn("user64", "x".repeat(1024 * 1024)), false);
    assert.equal(world.hasher.work, 0);
  });

  it("AU-06 hashes a password anew at login when another cost is due; a wrong one replaces nothing", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice");
    const hashOf = async (): Promise<string | undefined> => (await world.users.findById(alice.id))?.passwordHash;
    const before = await hashOf();
    world.hasher.cost = 2;
    await world.browser().logIn("alice", "wrong");
    assert.equal(await hashOf(), before);
    const browser = await world.loggedIn("alice");
    assert.match((await hashOf()) ?? "", /^counting\$2\$/);
    assert.equal(await browser.me(), "alice");
    const after = await hashOf();
    await world.loggedIn("alice");
    assert.equal(await hashOf(), after);
  });

  it("AU-06 an upgrade never overwrites a password that was changed in the same moment", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice");
    world.hasher.cost = 2;
    const { hash } = world.hasher;
    world.hasher.hash = async (password) => {
      if (password === PASSWORD) world.database.exec("update auth_user set password = 'counting$2$changed$meanwhile'");
      return hash.call(world.hasher, password);
    };
    const browser = world.browser();
    assert.equal(await browser.logIn("alice"), false, "it is not the password any more");
    assert.equal((await world.users.findById(alice.id))?.passwordHash, "counting$2$changed$meanwhile");
    assert.equal(await browser.me(), null);
  });

  it("AU-06 CC-07 of parallel logins that all upgrade the hash every one is logged in, and can go on", async () => {
    const world = new LoginWorld({ throttle: false });
    await world.signUp("alice");
    world.hasher.cost = 2;
    const browsers = Array.from({ length: 10 }, () => world.browser());
    const heard = await listen(["auth.password-upgraded"], async () => {
      assert.deepEqual(await Promise.all(browsers.map((browser) => browser.logIn("alice"))), browsers.map(() => true));
    });
    assert.equal(heard.length, 1);
    assert.deepEqual(await Promise.all(browsers.map((browser) => browser.me())), browsers.map(() => "alice"));
    await browsers[9]?.run(({ auth }) => auth.changePassword({ current: PASSWORD, next: "another long walk home" }), { method: "POST" });
    assert.equal(await browsers[9]?.me(), "alice");
  });

  it("AU-06 a user who is switched off while the hash is upgraded is not let in", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    world.hasher.cost = 2;
    const { hash } = world.hasher;
    world.hasher.hash = async (password) => {
      if (password === PASSWORD) world.database.exec("update auth_user set is_active = 0, password = 'counting$2$changed$meanwhile'");
      return hash.call(world.hasher, password);
    };
    assert.equal(await world.browser().logIn("alice"), false);
  });

  it("AU-06 who checks a password while being logged in stays so when the hash is upgraded by it, whatever becomes of the request", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    await world.signUp("bob");
    const [alice, bob] = [await world.loggedIn("alice"), await world.loggedIn("bob")];
    await alice.run(({ session }) => void session.set("cart", ["a book"]));
    world.hasher.cost = 2;
    const { error } = await alice.post(async ({ auth }) => {
      assert.equal((await auth.authenticate({ username: "alice", password: PASSWORD }))?.username, "alice");
      assert.equal((await auth.user())?.username, "alice");
      throw new Error("later");
    });
    assert.match(String(error), /later/);
    assert.equal(await alice.me(), "alice");
    assert.deepEqual(await alice.run(({ session }) => session.get("cart")), ["a book"]);
    // Nobody else's session is touched, and none that is over comes back.
    world.hasher.cost = 3;
    const before = bob.token;
    await bob.post(({ auth }) => auth.authenticate({ username: "alice", password: PASSWORD }));
    assert.deepEqual([await bob.me(), bob.token], ["bob", before]);
    assert.equal(await alice.me(), null, "of another browser, as any upgrade");
    const again = await world.loggedIn("alice");
    await world.users.epochs.raise((await world.users.findByUsername("alice"))?.user.id ?? "");
    world.hasher.cost = 4;
    await again.post(({ auth }) => auth.authenticate({ username: "alice", password: PASSWORD }));
    assert.equal(await again.me(), null);
  });

  it("AU-14 takes look-alike spellings of a name for the name, before anything is decided", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    for (const spelling of ["alice", "ａｌｉｃｅ", "ⓐlice", "𝐚lice"]) assert.equal(await world.browser().logIn(spelling), true, spelling);
    for (const other of ["Alice", "alıce", "аlice", " alice", "alice\u0000", "alice\n"]) assert.equal(await world.browser().logIn(other), false, other);
  });

  it("AU-14 makes no second user of a name that only looks different", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    await assert.rejects(world.signUp("ａｌｉｃｅ"), /taken/);
    await assert.rejects(world.signUp("ALICE"), /taken/);
  });

  it("DS-02 keeps nothing of a name of a megabyte, and does the usual work", async () => {
    const world = new LoginWorld();
    assert.equal(await world.browser().logIn("n".repeat(1024 * 1024), "wrong"), false);
    assert.equal(world.hasher.work, 1);
    assert.equal(world.memory.size, 0);
    assert.equal((world.database.prepare("select max(length(key)) as longest from coatcheck_login_attempt").get() as { longest: number }).longest, 43);
  });

  it("takes credentials of any type from a form without failing", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    for (const [username, password] of [[["alice"], PASSWORD], ["alice", [PASSWORD]], [undefined, undefined], [null, {}], [{ $ne: 1 }, { $ne: 1 }], ["alice", ""], ["", PASSWORD], ["alice", "\ud800"]]) {
      assert.equal(await world.browser().logIn(username, password), false);
    }
  });

  it("asks further backends in turn, and takes only users who are there and on", async () => {
    const asked: string[] = [];
    const backend = (name: string, username: string | null): AuthBackend => ({
      name,
      authenticate: async () => {
        asked.push(name);
        return username === null ? null : { id: (await world.users.findByUsername(username))?.user.id ?? "999", username, isActive: true };
      },
    });
    const world = new LoginWorld({ backends: [backend("first", null), backend("second", "alice"), backend("third", "bob")] });
    await world.signUp("alice");
    const login = (): Promise<string | null> => world.browser().run(async ({ auth }) => (await auth.authenticate({ token: "x" }))?.username ?? null);
    assert.equal(await login(), "alice");
    assert.deepEqual(asked, ["first", "second"]);
    assert.equal(world.hasher.verified, 0);
    world.database.exec("update auth_user set is_active = 0");
    assert.equal(await login(), null);
    world.database.exec("delete from auth_user");
    assert.equal(await login(), null);
  });

  it("AU-17 believes no header", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const headers = { "remote-user": "alice", "x-remote-user": "alice", "x-forwarded-user": "alice", remote_user: "alice", authorization: `Basic ${Buffer.from(`alice:${PASSWORD}`).toString("base64")}`, "x-user": "1" };
    assert.equal(await world.browser().run(async ({ auth }) => (await auth.user()) ?? null, { headers }), null);
  });

  it("DS-12 turns away what would wait too long, and counts no attempt for it", async () => {
    const world = new LoginWorld({ maxWaiting: 1 });
    await world.signUp("alice");
    const release: (() => void)[] = [];
    world.hasher.verify = () => new Promise((resolve) => release.push(() => resolve(false)));
    const tries = Array.from({ length: 5 }, () => world.browser().logIn("alice", "wrong"));
    const settled = Promise.allSettled(tries);
    // Two are hashed, one waits, the others are refused at once.
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    for (let n = 0; n < 3; n++) {
      release.shift()?.();
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    const refused = (await settled).filter((one) => one.status === "rejected");
    assert.equal(refused.length, 2);
    assert.ok(refused.every((one) => one.reason instanceof HashingBusy));
    assert.equal((world.database.prepare("select sum(attempts) as n from coatcheck_login_attempt where attempts > 0").get() as { n: number }).n, 6, "three for the name, three for the address");
  });
});

describe("throttling", () => {
  it("AU-07 of fifty parallel wrong tries at most five passwords are compared", async () => {
    const world = new LoginWorld({ throttle: { perAddress: 1000 } });
    await world.signUp("alice");
    world.hasher.reset();
    const results = await Promise.all(Array.from({ length: 50 }, (_, n) => world.browser().logIn("alice", `wrong${n}`)));
    assert.ok(results.every((ok) => !ok));
    assert.equal(world.hasher.verified, 5);
    assert.equal(world.hasher.work, 50, "the others cost the same");
  });

  it("AU-07 locks out the right password too, until the window ends, and then counts anew", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    for (let n = 0; n < 5; n++) await world.browser().logIn("alice", "wrong");
    const heard = await listen(["auth.throttled", "auth.login-failed"], async () => assert.equal(await world.browser().logIn("alice"), false));
    assert.deepEqual(heard.map(({ event, payload }) => [event, payload["scope"] ?? payload["reason"]]), [["auth.throttled", "user"], ["auth.login-failed", "locked"]]);
    world.clock.advance(5 * 60_000 - 1);
    assert.equal(await world.browser().logIn("alice"), false);
    world.clock.advance(1);
    for (let n = 0; n < 4; n++) await world.browser().logIn("alice", "wrong");
    assert.equal(await world.browser().logIn("alice"), true);
    for (let n = 0; n < 5; n++) await world.browser().logIn("alice", "wrong");
    assert.equal(await world.browser().logIn("alice"), false, "armed again");
  });

  it("AU-07 counts every spelling of a name as one", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    for (const spelling of ["alice", "ALICE", " alice", "ａlice", "Alice "]) await world.browser().logIn(spelling, "wrong");
    assert.equal(await world.browser().logIn("alice"), false);
  });

  it("AU-07 a restart forgives nobody", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    for (let n = 0; n < 5; n++) await world.browser().logIn("alice", "wrong");
    const restarted = world.another({ auth: { users: sqlUsers(world.database) } });
    assert.equal(await world.browser(restarted).logIn("alice"), false);
  });

  it("limits an address whoever it tries to be, openly, and forgives right passwords", async () => {
    const world = new LoginWorld({ throttle: { perAddress: 10 } });
    await world.signUp("alice");
    for (let n = 0; n < 30; n++) assert.equal(await world.browser().logIn("alice"), true);
    for (let n = 0; n < 10; n++) await world.browser().logIn(`nobody${n}`, "wrong");
    world.hasher.reset();
    await assert.rejects(world.browser().logIn("alice"), (error: unknown) => error instanceof LoginThrottled && error.status === 429 && error.retryAfterSeconds === 300);
    assert.equal(world.hasher.work, 0);
    const elsewhere = Object.assign(world.browser(), { address: "192.0.2.2" });
    assert.equal(await elsewhere.logIn("alice"), true);
    world.clock.advance(300_000);
    assert.equal(await world.browser().logIn("alice"), true);
  });

  it("PX-05 takes the spellings of one address, and a whole IPv6 network, for one", async () => {
    const world = new LoginWorld({ throttle: { perAddress: 2 } });
    const from = (address: string): Promise<boolean> => Object.assign(world.browser(), { address }).logIn("nobody", "wrong");
    await from("192.0.2.9");
    await from("::ffff:192.0.2.9");
    await assert.rejects(from("192.0.2.9"), LoginThrottled);
    await from("2001:db8:0:1::1");
    await from("2001:db8:0:1:ffff::2");
    await assert.rejects(from("2001:db8:0:1:1:1:1:1"), LoginThrottled);
    assert.equal(await from("2001:db8:0:2::1"), false);
  });

  it("counts nothing for a proxy that nobody told it to trust, since that would lock everybody out", async () => {
    const world = new LoginWorld({ throttle: { perAddress: 2 } });
    const from = (address: string, headers: Record<string, string>, cloakroom = world.cloakroom): Promise<unknown> =>
      world.browser(cloakroom).run(({ auth }) => auth.authenticate({ username: "nobody", password: "wrong" }), { peerAddress: address, headers });
    for (let n = 0; n < 4; n++) await from("10.0.0.7", { "x-forwarded-for": `203.0.113.${n}` });
    // A header that comes from outside frees nobody.
    for (let n = 0; n < 2; n++) await from("203.0.113.9", { "x-forwarded-for": `10.0.0.${n}` });
    await assert.rejects(from("203.0.113.9", { "x-forwarded-for": "10.0.0.9" }), LoginThrottled);
    // With trust, the client behind the proxy is counted.
    const trusting = world.another({ trustProxy: ["10.0.0.0/8"] });
    for (let n = 0; n < 2; n++) await from("10.0.0.7", { "x-forwarded-for": "203.0.113.77" }, trusting);
    await assert.rejects(from("10.0.0.7", { "x-forwarded-for": "203.0.113.77" }, trusting), LoginThrottled);
    await from("10.0.0.7", { "x-forwarded-for": "203.0.113.78" }, trusting);
  });

  it("stores neither names nor addresses", async () => {
    const world = new LoginWorld();
    await world.browser().logIn("sentinel-name", "wrong");
    const rows = JSON.stringify(world.database.prepare("select * from coatcheck_login_attempt").all());
    assert.doesNotMatch(rows, /sentinel|192\.0\.2/);
  });

  it("can be switched off", async () => {
    const world = new LoginWorld({ throttle: false });
    await world.signUp("alice");
    for (let n = 0; n < 60; n++) await world.browser().logIn("alice", "wrong");
    assert.equal(await world.browser().logIn("alice"), true);
  });
});
