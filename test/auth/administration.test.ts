import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { HasherUnavailable, PasswordRejected, UsernameRejected } from "coatcheck";
import { changePassword, createUser, DEFAULT_PASSWORD_POLICY, makeHashers, sqlUsers } from "coatcheck/auth";
import { memoryStore } from "coatcheck/memory";
import { CountingHasher } from "../support/counting-hasher.ts";
import { LoginWorld, PASSWORD } from "../support/login-world.ts";

const NEXT = "another long walk home";
const DAYS = 86_400_000;

describe("making users", () => {
  it("refuses names that are none, or taken", async () => {
    const world = new LoginWorld();
    await world.signUp("alice");
    const reasonOf = async (username: unknown, email?: string): Promise<string> => {
      try {
        await world.cloakroom.auth.createUser({ username: username as string, password: PASSWORD, ...(email === undefined ? {} : { email }) });
        return "none";
      } catch (error) {
        assert.ok(error instanceof UsernameRejected);
        return error.reason;
      }
    };
    for (const name of ["", " ", "a\u0000b", "a\nb", "n".repeat(151), "\ud800", null, 1, ["alice"]]) assert.equal(await reasonOf(name), "malformed", String(name));
    for (const name of ["alice", "ALICE", " alice ", "ａlice"]) assert.equal(await reasonOf(name), "taken", name);
    for (const email of ["a b@shop.example", "a\r\nBcc: x@shop.example", `${"e".repeat(250)}@shop.example`]) assert.equal(await reasonOf("bob", email), "email");
    assert.equal(await reasonOf("bob", "bob@shop.example"), "none");
    assert.equal(await reasonOf("n".repeat(150)), "none");
  });

  it("refuses passwords that do not do, and makes nobody then", async () => {
    const world = new LoginWorld();
    await assert.rejects(world.signUp("alice", { password: "alice-1!" }), PasswordRejected);
    assert.equal(await world.users.findByUsername("alice"), null);
  });

  it("of parallel sign-ups under one name one wins", async () => {
    const world = new LoginWorld();
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => world.signUp("alice")));
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
  });

  it("is open to a command line without a cloakroom", async () => {
    const users = sqlUsers(":memory:");
    const tools = { users, hashers: makeHashers({ hashers: [new CountingHasher()] }), passwords: DEFAULT_PASSWORD_POLICY };
    const made = await createUser(tools, { username: "ada", password: PASSWORD, isSuperuser: true });
    assert.equal(made.isSuperuser, true);
    assert.equal((await changePassword(tools, "ada", NEXT))?.id, made.id);
    assert.equal(await changePassword(tools, "nobody", NEXT), null);
    await assert.rejects(changePassword(tools, "ada", "short"), PasswordRejected);
    assert.equal((await users.findById(made.id))?.epoch, 1);
  });
});

describe("ending all of a user's sessions from outside a request", () => {
  it("LC-15 ends a login that is just being made, which no list shows yet, and nobody else's", async () => {
    let hold: Promise<void> | null = null;
    const store = memoryStore();
    const create = store.create.bind(store);
    store.create = async (...call) => {
      await hold;
      return create(...call);
    };
    const world = new LoginWorld({}, { store });
    const [alice, bob] = [await world.signUp("alice"), await world.signUp("bob")];
    const [first, second, other] = [await world.loggedIn("alice"), world.browser(), await world.loggedIn("bob")];
    let go = (): void => {};
    hold = new Promise((resolve) => (go = resolve));
    const loggingIn = second.logIn("alice");
    for (let count = 0; count < 20; count++) await turn();
    assert.equal(await world.cloakroom.sessions.revokeAll(alice.id), 1);
    go();
    assert.equal(await loggingIn, true);
    const nameOf = (browser: typeof first) => browser.run(async ({ auth }) => (await auth.user())?.username ?? null);
    assert.deepEqual([await nameOf(first), await nameOf(second), await nameOf(other)], [null, null, "bob"]);
    hold = null;
    const stays = await world.loggedIn("bob");
    const exceptId = await stays.run(({ session }) => session.id ?? "");
    assert.equal(await world.cloakroom.sessions.revokeAll(bob.id, { exceptId }), 1);
    assert.equal(await nameOf(stays), "bob");
  });
});

describe("AU-05 a platform that cannot hash", () => {
  it("says so at start, with the cure", async () => {
    const hasher = Object.assign(new CountingHasher(), { prepare: () => Promise.reject(new HasherUnavailable("counting", "Use another.")) });
    const world = new LoginWorld({ hashers: [hasher] });
    await assert.rejects(world.cloakroom.auth.prepare(), (error: unknown) => error instanceof HasherUnavailable && /Use another/.test(error.message));
    await new LoginWorld().cloakroom.auth.prepare();
  });
});

describe("AU-11 tokens by mail", () => {
  it("set a new password once, and end every session", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice", { email: "alice@shop.example" });
    const browser = await world.loggedIn("alice");
    const token = (await world.cloakroom.auth.makeToken("reset", alice.id)) ?? assert.fail();
    assert.equal((await world.cloakroom.auth.checkToken("reset", alice.id, token))?.id, alice.id);
    assert.equal((await world.cloakroom.auth.resetPassword(alice.id, token, NEXT))?.id, alice.id);
    assert.equal(await world.cloakroom.auth.resetPassword(alice.id, token, `${NEXT} again`), null);
    assert.equal(await browser.me(), null);
    assert.equal(world.memory.size, 0);
    assert.equal(await world.browser().logIn("alice", NEXT), true);
  });

  it("of parallel uses of one token one sets a password", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice");
    const token = (await world.cloakroom.auth.makeToken("reset", alice.id)) ?? assert.fail();
    const used = await Promise.all(Array.from({ length: 10 }, (_, n) => world.cloakroom.auth.resetPassword(alice.id, token, `${NEXT} ${n}`)));
    assert.equal(used.filter((user) => user !== null).length, 1);
  });

  it("stay good when the new password does not do", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice");
    const token = (await world.cloakroom.auth.makeToken("reset", alice.id)) ?? assert.fail();
    await assert.rejects(world.cloakroom.auth.resetPassword(alice.id, token, "short"), PasswordRejected);
    assert.ok(await world.cloakroom.auth.resetPassword(alice.id, token, NEXT));
  });

  it("are worth nothing after a login, a change of password or of address, for another user, or a second too late", async () => {
    const spoil: Readonly<Record<string, (world: LoginWorld, id: string) => Promise<unknown> | void>> = {
      "a login": async (world) => world.loggedIn("alice"),
      "a change of password": async (world, id) => world.cloakroom.auth.setPassword(id, NEXT),
      "a change of address": (world) => world.database.exec("update auth_user set email = 'mallory@evil.example'"),
      "three days and a second": (world) => world.clock.advance(3 * DAYS + 1000),
    };
    for (const [what, happen] of Object.entries(spoil)) {
      const world = new LoginWorld();
      const alice = await world.signUp("alice", { email: "alice@shop.example" });
      const token = (await world.cloakroom.auth.makeToken("reset", alice.id)) ?? assert.fail();
      world.clock.advance(what.startsWith("three") ? 0 : 1000);
      await happen(world, alice.id);
      assert.equal(await world.cloakroom.auth.checkToken("reset", alice.id, token), null, what);
    }
    const world = new LoginWorld();
    const [alice, bob] = [await world.signUp("alice"), await world.signUp("bob")];
    const token = (await world.cloakroom.auth.makeToken("reset", alice.id)) ?? assert.fail();
    assert.equal(await world.cloakroom.auth.checkToken("reset", bob.id, token), null);
    world.clock.advance(3 * DAYS);
    assert.ok(await world.cloakroom.auth.checkToken("reset", alice.id, token), "at the limit");
    for (const altered of ["", "x", `${token}x`, token.slice(0, -1), token.toUpperCase(), null, [token]]) assert.equal(await world.cloakroom.auth.checkToken("reset", alice.id, altered as string), null);
  });

  it("serve their purpose only, and activate once", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice", { isActive: false });
    assert.equal(await world.browser().logIn("alice"), false);
    const reset = (await world.cloakroom.auth.makeToken("reset", alice.id)) ?? assert.fail();
    const activate = (await world.cloakroom.auth.makeToken("activate", alice.id)) ?? assert.fail();
    assert.equal(await world.cloakroom.auth.activate(alice.id, reset), null);
    assert.equal(await world.cloakroom.auth.resetPassword(alice.id, activate, NEXT), null);
    assert.equal(await world.cloakroom.auth.resetPassword(alice.id, reset, NEXT), null, "whoever is off stays off");
    assert.equal((await world.cloakroom.auth.activate(alice.id, activate))?.isActive, true);
    assert.equal(await world.browser().logIn("alice"), true);
    await world.cloakroom.auth.setActive(alice.id, false);
    assert.equal(await world.cloakroom.auth.activate(alice.id, activate), null);
    assert.equal(await world.cloakroom.auth.makeToken("reset", "999"), null);
  });

  it("AU-11 go to the address that is stored: nothing that a request says is looked at", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice", { email: "alice@shop.example" });
    assert.equal((await world.users.findById(alice.id))?.user.email, "alice@shop.example");
    assert.equal(world.cloakroom.auth.makeToken.length, 2, "a purpose and a user's id, no host and no address");
  });
});
