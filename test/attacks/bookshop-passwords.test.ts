import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createShop } from "../../examples/bookshop/app.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { attackShop, NEW_SECRET, OLD_SECRET, SESSION_HOMES, type AttackedShop } from "../support/attacked-shop.ts";
import { serve } from "../support/http.ts";
import { PASSWORD, ShopReader } from "../support/shop-reader.ts";

for (const sessions of SESSION_HOMES) describe(`with sessions in ${sessions}`, () => {
  let world: AttackedShop;
  before(async () => {
    world = await attackShop(sessions);
  });
  after(() => world[Symbol.asyncDispose]());

  /** The text under which a user's password is kept. */
  const hashOf = async (username: string): Promise<string> => {
    const account = await world.shop.users.findByUsername(username);
    assert.ok(account !== null, username);
    return account.passwordHash;
  };

  describe("AU-01 a session and the password that it was begun with", () => {
    it("end together, also when the hash is changed behind the shop's back", async () => {
      const alma = await world.enter("AU-01 Alma");
      const kept = alma.cookie() ?? "";
      const account = await world.shop.users.findByUsername("AU-01 Alma");
      assert.ok(account !== null);
      assert.equal(await world.shop.users.setPasswordHash(account.user.id, world.hasher.encode("another one", "salt", 1), account.passwordHash), true);
      assert.equal(await alma.greeting(), "Guest");
      assert.equal(await alma.greetingWith(kept), "Guest");
    });

    it("outlive a change of secrets, as long as the old one is listed, and are measured by the new one from then on", async () => {
      await world.restart([OLD_SECRET]);
      const alma = await world.enter("AU-01 Berta");
      const before = alma.cookie() ?? "";
      await world.restart([NEW_SECRET, OLD_SECRET]);
      assert.equal(await alma.greeting(), "AU-01 Berta");
      await alma.post("/cart/the-ninth-tide");
      await world.restart([NEW_SECRET]);
      assert.equal(await alma.greeting(), "AU-01 Berta");
      // Where the session is the cookie, the one that the old secret sealed is worth nothing now.
      if (sessions === "sealed-cookie") assert.equal(await alma.greetingWith(before), "Guest");
    });
  });

  describe("AU-04 long passwords", () => {
    it("are told apart by their last letter, and nothing is cut off or trimmed", async () => {
      for (const length of [64, 73, 1000]) {
        const base = `a long walk ${length} `.padEnd(length - 1, "home again, ");
        const username = `AU-04 Alma ${length}`;
        assert.equal((await world.open().signUp(username, `${base}x`)).status, 303);
        for (const wrong of [`${base}y`, base, `${base}xx`, ` ${base}x`]) assert.equal((await world.open().signIn(username, wrong)).status, 400, `${length}: ${wrong.length}`);
        assert.equal((await world.open().signIn(username, `${base}x`)).status, 303);
      }
    });

    it("beyond every reason cost the shop no hashing at all", async () => {
      await world.enter("AU-04 Berta");
      const reader = world.open();
      await reader.get("/login");
      world.hasher.reset();
      assert.equal((await reader.signIn("AU-04 Berta", "x".repeat(1_000_000))).status, 413);
      assert.equal((await reader.signUp("AU-04 Carla", "x".repeat(1_000_000))).status, 413);
      assert.equal((await reader.signUp("AU-04 Carla", "y z".repeat(1500))).status, 400);
      assert.equal(world.hasher.work, 0);
    });
  });

  describe("AU-06 a hash of an older cost", () => {
    it("lets its user in and is made anew then; a wrong password replaces nothing", async () => {
      await world.enter("AU-06 Alma");
      const old = await hashOf("AU-06 Alma");
      world.hasher.cost = 2;
      try {
        assert.equal((await world.open().signIn("AU-06 Alma", "not this one")).status, 400);
        assert.equal(await hashOf("AU-06 Alma"), old);
        const reader = world.open();
        assert.equal((await reader.signIn("AU-06 Alma")).status, 303);
        const upgraded = await hashOf("AU-06 Alma");
        assert.match(upgraded, /^counting\$2\$/);
        // The session that began with it goes on.
        assert.equal(await reader.greeting(), "AU-06 Alma");
        assert.equal((await world.open().signIn("AU-06 Alma")).status, 303);
        assert.equal(await hashOf("AU-06 Alma"), upgraded);
      } finally {
        world.hasher.cost = 1;
      }
    });
  });

  describe("AU-14 spellings of one name", () => {
    it("are one name: nobody takes it again in other letters, and its user gets in with them", async () => {
      await world.enter("AU-14 Alma Kelvin");
      for (const spelling of ["ＡＵ-14 Ａｌｍａ Ｋｅｌｖｉｎ", "AU-14 Alma \u212aelvin", "AU-14 𝐀𝐥𝐦𝐚 Kelvin", "AU-14\u00a0Alma\u00a0Kelvin", " AU-14  Alma   Kelvin "]) {
        const taken = await world.open().signUp(spelling);
        assert.equal(taken.status, 400, spelling);
        assert.match(taken.text, /Somebody else has that name/, spelling);
      }
      const reader = world.open();
      assert.equal((await reader.signIn("ＡＵ-14 Ａlma Kelvin")).status, 303);
      assert.equal(await reader.greeting(), "AU-14 Alma Kelvin");
    });

    it("that are not one stay two, and no letter is folded into another on the way in", async () => {
      await world.enter("AU-14 Mira");
      for (const other of ["AU-14 M\u0131ra", "AU-14 M\u00edra", "AU-14 \u041cira"]) assert.equal((await world.open().signIn(other)).status, 400, other);
      assert.equal((await world.open().signUp("AU-14 M\u0131ra", "nine wooden pegs")).status, 303);
      assert.equal((await world.open().signIn("AU-14 Mira")).status, 303);
      assert.equal((await world.open().signIn("AU-14 Mira", "nine wooden pegs")).status, 400);
    });
  });

  describe("AU-20 passwords that everybody would try", () => {
    const COMMON = [
      "password", "12345678", "123456789", "qwertyuiop", "iloveyou", "sunshine", "princess", "football", "Passw0rd", "P@ssw0rd", "password1", "PASSWORD!", "letmein1", "baseball1", "dragon123", "monkey12", "superman",
      "trustno1", "welcome1", "michael1", "jennifer", "11111111", "00000000", "abcdefgh", "abc12345", "1q2w3e4r", "qazwsxedc", "asdfghjk", "87654321", "passwordpassword", "Summer2024", "liverpool1",
    ];

    it("are refused at sign-up and at a change, and so is what is short or is the name", async () => {
      const reader = world.open();
      world.hasher.reset();
      for (const password of COMMON) assert.equal((await reader.signUp("AU-20 Alma", password)).status, 400, password);
      for (const password of ["", "x", "k7!pQz2", "AU-20 Alma", "amlA 02-UA", "au-20 alma1"]) assert.equal((await reader.signUp("AU-20 Alma", password)).status, 400, password);
      assert.equal(world.hasher.hashed, 0);
      assert.equal(await world.shop.users.findByUsername("AU-20 Alma"), null);
      assert.equal((await reader.signUp("AU-20 Alma", "k7!pQz2v")).status, 303);
      for (const password of COMMON.slice(0, 5)) assert.equal((await reader.post("/account/password", { current_password: "k7!pQz2v", new_password: password })).status, 400, password);
      assert.equal((await world.open().signIn("AU-20 Alma", "k7!pQz2v")).status, 303);
    });
  });

  describe("AU-05 the hashes that the shop keeps when nothing is said", () => {
    it("are argon2id with the memory and the passes of today's guidance, each with a salt of its own", async () => {
      const folder = await mkdtemp(join(tmpdir(), "bookshop-argon-"));
      const shop = createShop({ databasePath: join(folder, "shop.db"), sessions, secrets: [NEW_SECRET] });
      const server = await serve(shop.app);
      try {
        const hashes: string[] = [];
        for (const username of ["AU-05 Alma", "AU-05 Berta"]) {
          assert.equal((await new ShopReader(server, new FakeClock()).signUp(username)).status, 303);
          hashes.push((await shop.users.findByUsername(username))?.passwordHash ?? "");
        }
        for (const hash of hashes) {
          const [, memory, passes] = /^argon2\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$/.exec(hash) ?? [];
          // OWASP's password storage cheat sheet: at least 19 MiB with two passes.
          assert.ok(Number(memory) >= 19 * 1024 && Number(passes) >= 2, hash.slice(0, 60));
          assert.ok(!hash.includes(PASSWORD));
        }
        assert.notEqual(hashes[0], hashes[1]);
      } finally {
        await server.close();
        await shop.close();
        await rm(folder, { recursive: true });
      }
    });
  });
});

describe("AU-15 the user's id in a session", () => {
  it("counts with its type only: what looks like it opens nothing, and the record ends", async () => {
    await using world = await attackShop("sqlite");
    const victim = await world.enter("AU-15 Alma");
    const id = (await world.shop.users.findByUsername("AU-15 Alma"))?.user.id ?? "";
    const store = world.shop.cloakroom.store;
    assert.ok(store !== null && /^\d+$/.test(id));
    const now = world.clock.now();
    const forms = [Number(id), [id], { id }, ` ${id}`, `0${id}`, `${id}.0`, true, null, ""];
    for (const form of forms) {
      const reader = world.open();
      assert.equal((await reader.signIn("AU-15 Alma")).status, 303);
      // The session that was just begun: the only one that its browser's page names.
      const own = /<dt>id<\/dt><dd><code>([^<]+)<\/code>/.exec((await reader.get("/dashboard")).text)?.[1] ?? "";
      const found = await store.read(own, { now });
      assert.ok(found !== null, own);
      const data: string = found.data.replaceAll(`"user":"${id}"`, `"user":${JSON.stringify(form)}`);
      assert.notEqual(data, found.data, "the mark was found");
      assert.equal((await store.update({ ...found, data, version: `AU-15-${forms.indexOf(form)}` }, found.version, { now })).outcome, "updated");
      assert.equal(await reader.greeting(), "Guest", JSON.stringify(form));
      assert.equal(await store.read(own, { now }), null);
    }
    assert.equal(await victim.greeting(), "AU-15 Alma");
  });
});
