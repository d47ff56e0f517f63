import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigurationError, createCoatcheck, NotAuthenticated, TooManySessions, type DeviceSession } from "coatcheck";
import { sqlUsers } from "coatcheck/auth";
import { memoryStore } from "coatcheck/memory";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { listen, LoginWorld, PASSWORD, type Browser } from "../support/login-world.ts";

const listOf = (browser: Browser): Promise<DeviceSession[]> => browser.run(({ auth }) => auth.sessions.list());

describe("one's own sessions", () => {
  it("PAIN-04 LC-18 lists all, marks the current one, and says when and how", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    await world.signUp("bob");
    const phone = await world.loggedIn("alice");
    world.clock.advance(60_000);
    const laptop = await world.loggedIn("alice");
    await world.loggedIn("bob");
    const list = await listOf(laptop);
    assert.equal(list.length, 2);
    assert.deepEqual(list.map(({ isCurrent }) => isCurrent), [true, false]);
    assert.deepEqual(list[1], {
      id: await phone.sessionId(),
      isCurrent: false,
      name: null,
      agent: "Test/1.0",
      method: "password",
      provedAt: world.clock.now() - 60_000,
      createdAt: world.clock.now() - 60_000,
      lastSeenAt: world.clock.now() - 60_000,
      expiresAt: world.clock.now() - 60_000 + 14 * 86_400_000,
      persistent: true,
    });
  });

  it("SID-08 shows handles that open nothing, and no token", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const [phone, laptop] = [await world.loggedIn("alice"), await world.loggedIn("alice")];
    const list = await listOf(laptop);
    for (const token of [phone.token, laptop.token]) assert.ok(!JSON.stringify(list).includes(token ?? ""));
    for (const { id } of list) assert.equal(await world.browser().run(async ({ auth }) => (await auth.user()) ?? null, { headers: { cookie: `__Host-sessionid=${id}` } }), null);
  });

  it("LC-18 ends one of them; its own is a logout", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice");
    const [phone, laptop] = [await world.loggedIn("alice"), await world.loggedIn("alice")];
    const id = (await phone.sessionId()) ?? "";
    const heard = await listen(["session.revoked"], async () => assert.equal(await laptop.run(({ auth }) => auth.sessions.revoke(id), { method: "POST" }), true));
    assert.deepEqual(heard.map(({ payload }) => payload), [{ id, owner: alice.id }]);
    assert.equal(await phone.me(), null);
    assert.equal(await laptop.me(), "alice");
    assert.equal(await laptop.run(({ auth }) => auth.sessions.revoke(id), { method: "POST" }), false);
    const own = (await laptop.sessionId()) ?? "";
    assert.equal(await laptop.run(({ auth }) => auth.sessions.revoke(own), { method: "POST" }), true);
    assert.equal(laptop.token, undefined);
    assert.equal(world.memory.size, 0);
  });

  it("LC-18 another user's handle, a stranger's session and a made-up one are not found", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    await world.signUp("bob");
    const [alice, bob, stranger] = [await world.loggedIn("alice"), await world.loggedIn("bob"), world.browser()];
    await stranger.run(({ session }) => void session.set("cart", []));
    for (const id of [(await alice.sessionId()) ?? "", (await stranger.sessionId()) ?? "", "", "x", "../x", "A".repeat(43)]) {
      assert.equal(await bob.run(({ auth }) => auth.sessions.revoke(id), { method: "POST" }), false);
      assert.equal(await bob.run(({ auth }) => auth.sessions.name(id, "mine"), { method: "POST" }), false);
    }
    assert.equal(await alice.me(), "alice");
    assert.ok(await stranger.run(({ session }) => session.get("cart")));
    await assert.rejects(stranger.run(({ auth }) => auth.sessions.list()), NotAuthenticated);
  });

  it("LC-18 a session is one's own only when its record and what it says both are", async () => {
    const world = new LoginWorld();
    const users = { alice: (await world.signUp("alice")).id, bob: (await world.signUp("bob")).id };
    const laptop = await world.loggedIn("alice");
    for (const [says, belongs] of [["alice", "bob"], ["bob", "alice"]] as const) {
      const id = (await (await world.loggedIn(says)).sessionId()) ?? "";
      const now = world.clock.now();
      const record = await world.memory.read(id, { now });
      assert.ok(record);
      await world.memory.update({ ...record, owner: users[belongs], version: "another" }, record.version, { now });
      assert.equal(await laptop.run(({ auth }) => auth.sessions.revoke(id), { method: "POST" }), false);
      assert.equal(await laptop.run(({ auth }) => auth.sessions.name(id, "mine"), { method: "POST" }), false);
      assert.equal((await listOf(laptop)).length, 1);
      assert.ok(await world.memory.read(id, { now }), `${says} in a record of ${belongs}`);
    }
  });

  it("gives a device a name, this one or another, and keeps what the other holds", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const [phone, laptop] = [await world.loggedIn("alice"), await world.loggedIn("alice")];
    await phone.run(({ session }) => void session.set("cart", ["a book"]));
    const [phoneId, laptopId] = [(await phone.sessionId()) ?? "", (await laptop.sessionId()) ?? ""];
    assert.equal(await laptop.run(({ auth }) => auth.sessions.name(phoneId, "  My\nphone\u0000 "), { method: "POST" }), true);
    assert.equal(await laptop.run(({ auth }) => auth.sessions.name(laptopId, "n".repeat(500)), { method: "POST" }), true);
    const names = new Map((await listOf(laptop)).map(({ id, name }) => [id, name]));
    assert.equal(names.get(phoneId), "My phone");
    assert.equal(names.get(laptopId), "n".repeat(100));
    assert.deepEqual(await phone.run(({ session }) => session.get("cart")), ["a book"]);
    assert.equal(await phone.me(), "alice");
    await phone.logIn("alice");
    assert.equal((await listOf(phone)).find(({ isCurrent }) => isCurrent)?.name, "My phone", "the name stays through a login");
    await laptop.run(({ auth }) => auth.sessions.name(laptopId, ""), { method: "POST" });
    assert.equal((await listOf(laptop)).find(({ isCurrent }) => isCurrent)?.name, null);
  });

  it("names another device that is being written to in the same moment, and loses nothing", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const [phone, laptop] = [await world.loggedIn("alice"), await world.loggedIn("alice")];
    const id = (await phone.sessionId()) ?? "";
    const copies = Array.from({ length: 5 }, () => phone.copy());
    await Promise.all([
      ...copies.map((copy, n) => copy.run(({ session }) => void session.set(`key${n}`, n))),
      laptop.run(({ auth }) => auth.sessions.name(id, "phone"), { method: "POST" }),
    ]);
    assert.equal(await phone.run(({ session }) => session.size), 5);
    assert.equal((await listOf(phone)).find(({ isCurrent }) => isCurrent)?.name, "phone");
  });

  it("LC-15 signs out everywhere else, or everywhere, on every process, with the next request", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice");
    const [first, second] = [world.cloakroom, world.another()];
    const browsers = [await world.loggedIn("alice", first), await world.loggedIn("alice", second), await world.loggedIn("alice", first), await world.loggedIn("alice", second), await world.loggedIn("alice", first)];
    const [own, ...others] = browsers as [Browser, ...Browser[]];
    assert.equal(await own.run(({ auth }) => auth.sessions.revokeOthers(), { method: "POST" }), 4);
    for (const other of others) assert.equal(await other.me(), null);
    assert.equal(await own.me(), "alice");
    await others[0]?.logIn("alice");
    assert.equal(await own.run(({ auth }) => auth.sessions.revokeAll(), { method: "POST" }), 2);
    for (const browser of browsers) assert.equal(await browser.me(), null);
    await own.logIn("alice");
    assert.equal(await world.cloakroom.auth.endSessions(alice.id), 1);
    assert.equal(await own.me(), null);
  });

  it("LC-15 ends sessions that the store's list has lost", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const [here, there] = [await world.loggedIn("alice"), await world.loggedIn("alice")];
    world.memory.deleteByOwner = async () => 0;
    await here.run(({ auth }) => auth.sessions.revokeOthers(), { method: "POST" });
    assert.equal(await there.me(), null);
    assert.equal(await here.me(), "alice");
    await here.run(({ auth }) => auth.sessions.revokeOthers(), { method: "POST" });
    assert.equal(await here.me(), "alice", "and again");
  });

  it("lists nothing that a changed password has ended already", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const here = await world.loggedIn("alice");
    await world.loggedIn("alice");
    const { deleteByOwner } = world.memory;
    world.memory.deleteByOwner = async () => 0;
    await here.run(({ auth }) => auth.changePassword({ current: PASSWORD, next: "another long walk home" }), { method: "POST" });
    world.memory.deleteByOwner = deleteByOwner;
    assert.equal((await listOf(here)).length, 1);
  });
});

describe("as many sessions as allowed", () => {
  it("PAIN-35 LC-19 of twenty parallel logins three are alive", async () => {
    const world = new LoginWorld({ maxSessionsPerUser: 3, throttle: false });
    await world.signUp("alice");
    await world.signUp("bob");
    const bob = await world.loggedIn("bob");
    const browsers = Array.from({ length: 20 }, () => world.browser());
    assert.ok((await Promise.all(browsers.map((browser) => browser.logIn("alice")))).every(Boolean));
    const alive = (await Promise.all(browsers.map((browser) => browser.me()))).filter((me) => me === "alice");
    assert.equal(alive.length, 3);
    assert.equal(world.memory.size, 4);
    assert.equal(await bob.me(), "bob");
  });

  it("LC-19 holds over two processes", async () => {
    const world = new LoginWorld({ maxSessionsPerUser: 3, throttle: false });
    await world.signUp("alice");
    const other = world.another();
    const browsers = Array.from({ length: 20 }, (_, n) => world.browser(n % 2 === 0 ? world.cloakroom : other));
    await Promise.all(
      browsers.map(async (browser, n) => {
        world.clock.advance(n);
        assert.equal(await browser.logIn("alice"), true);
      }),
    );
    const alive = (await Promise.all(browsers.map((browser) => browser.me()))).filter((me) => me === "alice");
    assert.equal(alive.length, 3);
  });

  it("ends the oldest, never the newcomer, and does not count a login in the same browser twice", async () => {
    const world = new LoginWorld({ maxSessionsPerUser: 2 });
    await world.signUp("alice");
    const browsers: Browser[] = [];
    for (let n = 0; n < 4; n++) {
      browsers.push(await world.loggedIn("alice"));
      world.clock.advance(1000);
    }
    assert.deepEqual(await Promise.all(browsers.map((browser) => browser.me())), [null, null, "alice", "alice"]);
    for (let n = 0; n < 5; n++) await browsers[3]?.logIn("alice");
    assert.equal(await browsers[2]?.me(), "alice");
  });

  it("refuses the newcomer where it is told to, also in parallel, and lets the same browser log in again", async () => {
    const world = new LoginWorld({ maxSessionsPerUser: 2, onTooManySessions: "refuse", throttle: false });
    await world.signUp("alice");
    const browsers = Array.from({ length: 10 }, () => world.browser());
    const outcomes = await Promise.allSettled(browsers.map((browser) => browser.logIn("alice")));
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 2);
    assert.ok(outcomes.every((one) => one.status === "fulfilled" || one.reason instanceof TooManySessions));
    const inside = browsers.filter((_, n) => outcomes[n]?.status === "fulfilled");
    for (const browser of inside) assert.equal(await browser.logIn("alice"), true);
    assert.equal(world.memory.size, 2);
    await inside[0]?.logOut();
    assert.equal(await world.browser().logIn("alice"), true);
  });

  it("refuses at start what the store cannot count", () => {
    const { read, create, update, touch, delete: remove, capabilities, name } = memoryStore();
    const store = { read, create, update, touch, delete: remove, capabilities, name };
    assert.throws(() => createCoatcheck({ store, production: false, clock: new FakeClock(), auth: { users: sqlUsers(":memory:"), maxSessionsPerUser: 3 } }), (error: unknown) => error instanceof ConfigurationError && error.setting === "auth.maxSessionsPerUser");
  });
});
