import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LoginThrottled, NotAuthenticated, PasswordRejected, ReauthenticationNeeded } from "coatcheck";
import { listen, LoginWorld, PASSWORD, type Browser } from "../support/login-world.ts";

const NEXT = "another long walk home";

const change = (browser: Browser, current: unknown = PASSWORD, next: unknown = NEXT): Promise<void> => browser.run(({ auth }) => auth.changePassword({ current, next }), { method: "POST", peerAddress: browser.address });

const reasonsOf = async (task: Promise<unknown>): Promise<string[]> => {
  try {
    await task;
  } catch (error) {
    assert.ok(error instanceof PasswordRejected, String(error));
    return error.problems.map(({ reason }) => reason);
  }
  return [];
};

describe("changing one's password", () => {
  it("PAIN-05 LC-17 ends every other session; this one goes on under a new token, with what it holds", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice");
    const [here, there, elsewhere] = [await world.loggedIn("alice"), await world.loggedIn("alice"), await world.loggedIn("alice", world.another())];
    await here.run(({ session }) => void session.set("cart", ["a book"]));
    const [before, thief] = [here.token, here.copy()];
    const heard = await listen(["auth.password-changed"], () => change(here));
    assert.deepEqual(heard.map(({ payload }) => payload), [{ user: alice.id }]);
    assert.notEqual(here.token, before);
    assert.equal(await here.me(), "alice");
    assert.deepEqual(await here.run(({ session }) => session.get("cart")), ["a book"]);
    assert.equal(world.memory.size, 1);
    for (const other of [there, elsewhere, thief]) assert.equal(await other.me(), null);
    assert.equal(await world.browser().logIn("alice", PASSWORD), false);
    assert.equal(await world.browser().logIn("alice", NEXT), true);
  });

  it("LC-17 ends sessions that no list shows: the digest of the old password opens nothing", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const [here, there] = [await world.loggedIn("alice"), await world.loggedIn("alice")];
    world.memory.deleteByOwner = async () => 0;
    await change(here);
    assert.equal(await there.me(), null);
  });

  it("wants the current password, and says which of the two is wrong", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    assert.deepEqual(await reasonsOf(change(browser, "not it")), ["wrong-password"]);
    assert.deepEqual(await reasonsOf(change(browser, null)), ["wrong-password"]);
    assert.deepEqual(await reasonsOf(change(browser, PASSWORD, "short")), ["too-short"]);
    assert.deepEqual(await reasonsOf(change(browser, PASSWORD, "alicealice")), ["too-common"]);
    assert.deepEqual(await reasonsOf(change(browser, PASSWORD, null)), ["malformed"]);
    assert.equal(await browser.me(), "alice");
    assert.equal(await world.browser().logIn("alice"), true);
  });

  it("is counted like a login, so that a stolen session cannot guess", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    for (let n = 0; n < 5; n++) await reasonsOf(change(browser, `guess ${n}`));
    assert.deepEqual(await reasonsOf(change(browser)), ["wrong-password"]);
    const strict = new LoginWorld({ throttle: { perAddress: 1 } });
    await strict.signUp("alice");
    const other = await strict.loggedIn("alice");
    await reasonsOf(change(other, "guess"));
    await assert.rejects(change(other), LoginThrottled);
  });

  it("is for those who are logged in", async () => {
    const world = new LoginWorld();
    await assert.rejects(change(world.browser()), NotAuthenticated);
  });

  it("works when the old hash is upgraded on the way", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    world.hasher.cost = 2;
    await change(browser);
    assert.equal(await browser.me(), "alice");
    assert.equal(await world.browser().logIn("alice", NEXT), true);
  });

  it("AU-06 a new password that does not do logs nobody out, also when the old hash was due", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    world.hasher.cost = 2;
    world.hasher.reset();
    assert.deepEqual(await reasonsOf(change(browser, PASSWORD, "short")), ["too-short"]);
    assert.equal(world.hasher.work, 0, "looked at before anything is hashed");
    assert.equal(await browser.me(), "alice");
    // The hash is upgraded on the way, and then the change fails.
    const { hash } = world.hasher;
    world.hasher.hash = (password) => (password === NEXT ? Promise.reject(new Error("no memory")) : hash.call(world.hasher, password));
    await assert.rejects(change(browser), /no memory/);
    assert.match((await world.users.findByUsername("alice"))?.passwordHash ?? "", /^counting\$2/);
    assert.equal(await browser.me(), "alice");
  });

  it("of two changes in the same moment one wins, and the loser is told", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const [one, other] = [await world.loggedIn("alice"), await world.loggedIn("alice")];
    const outcomes = await Promise.allSettled([change(one, PASSWORD, `${NEXT} one`), change(other, PASSWORD, `${NEXT} two`)]);
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
    const winners = await Promise.all([world.browser().logIn("alice", `${NEXT} one`), world.browser().logIn("alice", `${NEXT} two`)]);
    assert.deepEqual(winners, outcomes.map(({ status }) => status === "fulfilled"));
    assert.deepEqual([await one.me(), await other.me()], winners.map((won) => (won ? "alice" : null)));
  });

  it("by an administrator ends every session", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice");
    const browsers = [await world.loggedIn("alice"), await world.loggedIn("alice")];
    assert.equal(await world.cloakroom.auth.setPassword(alice.id, NEXT), true);
    assert.equal(world.memory.size, 0);
    for (const browser of browsers) assert.equal(await browser.me(), null);
    assert.equal(await world.cloakroom.auth.setPassword("999", NEXT), false);
  });
});

describe("proving it once more", () => {
  it("LC-05 LC-22 a login is recent for so long; the password makes it recent again, under a new token", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    const sensitive = (within?: string): Promise<unknown> => browser.run(({ auth }) => auth.requireRecentLogin(within), { url: "https://shop.example/danger?x=1" });
    await sensitive();
    world.clock.advance(5 * 60_000 - 1);
    await sensitive();
    world.clock.advance(1);
    await assert.rejects(sensitive(), (error: unknown) => error instanceof ReauthenticationNeeded && error.status === 401 && error.withinSeconds === 300 && error.loginUrl === "/login?next=%2Fdanger%3Fx%3D1");
    await sensitive("10m");
    const [before, thief] = [browser.token, browser.copy()];
    assert.equal(await browser.run(({ auth }) => auth.confirmPassword("wrong"), { method: "POST" }), false);
    await assert.rejects(sensitive(), ReauthenticationNeeded);
    assert.equal(browser.token, before);
    assert.equal(await browser.run(({ auth }) => auth.confirmPassword(PASSWORD), { method: "POST" }), true);
    await sensitive();
    assert.notEqual(browser.token, before);
    assert.equal(await thief.me(), null);
  });

  it("LC-05 a second factor gives a new token and says how", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    const before = browser.token;
    world.clock.advance(60_000);
    await browser.run(({ auth }) => auth.elevate("totp"), { method: "POST" });
    assert.notEqual(browser.token, before);
    assert.deepEqual(await browser.run(({ auth }) => auth.lastProof()), { at: world.clock.now(), method: "totp" });
  });

  it("LC-22 a proof from the future is none", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    world.clock.advance(-10 * 60_000);
    await assert.rejects(browser.run(({ auth }) => auth.requireRecentLogin()), ReauthenticationNeeded);
  });

  it("LC-22 the application cannot move the time through its own keys", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    world.clock.advance(10 * 60_000);
    await assert.rejects(browser.run(({ session }) => void session.set("_auth", { at: world.clock.now() })), /begin with "_"/);
    await browser.run(({ session }) => void session.assign({ at: world.clock.now(), auth: { at: world.clock.now() } }));
    await assert.rejects(browser.run(({ auth }) => auth.requireRecentLogin()), ReauthenticationNeeded);
  });

  it("stays logged in when the hash is upgraded by the proof", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    world.hasher.cost = 2;
    assert.equal(await browser.run(({ auth }) => auth.confirmPassword(PASSWORD), { method: "POST" }), true);
    assert.equal(await browser.me(), "alice");
  });

  it("CC-07 of twenty parallel proofs one token lives at the end", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    const tabs = Array.from({ length: 20 }, () => browser.copy());
    await Promise.all(tabs.map((tab) => tab.post(({ auth }) => auth.elevate("totp"))));
    const alive = (await Promise.all(tabs.map((tab) => tab.me()))).filter((me) => me === "alice");
    assert.equal(world.memory.size, 1);
    assert.equal(alive.length, 1);
  });
});
