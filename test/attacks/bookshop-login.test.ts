import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { attackShop, SESSION_HOMES, type AttackedShop } from "../support/attacked-shop.ts";
import { ask } from "../support/http.ts";
import { PASSWORD } from "../support/shop-reader.ts";

for (const sessions of SESSION_HOMES) describe(`with sessions in ${sessions}`, () => {
  let world: AttackedShop;
  before(async () => {
    world = await attackShop(sessions);
  });
  after(() => world[Symbol.asyncDispose]());

  /** Who the dashboard greets for these cookies. */
  async function greetingFor(cookie: string): Promise<string> {
    const { text } = await ask(world.server.port, "/dashboard", { headers: { cookie } });
    return /<h1>Hello, ([^<]*)<\/h1>/.exec(text)?.[1] ?? "";
  }

  describe("LC-03 fixation", () => {
    it("a ticket that an attacker knew before the login opens nothing after it, and its book comes along", async () => {
      (await world.enter("LC-03 Alma")).cookie();
      const attacker = world.open();
      await attacker.post("/cart/the-ninth-tide");
      const victim = world.open();
      // The attacker's whole jar is planted in the victim's browser.
      victim.jar.receive((attacker.cookie() ?? "").split("; ").map((pair) => `${pair}; Path=/`), world.server.url, world.clock.now());
      const planted = victim.token();
      assert.equal(planted, attacker.token());
      assert.equal((await victim.signIn("LC-03 Alma")).status, 303);
      assert.notEqual(victim.token(), planted);
      assert.equal(await victim.greeting(), "LC-03 Alma");
      assert.equal(await attacker.greeting(), "Guest");
      assert.equal(await greetingFor(`sessionid=${planted}`), "Guest");
      // Nor does the CSRF pair that the attacker planted belong to the new session.
      const own = `sessionid=${victim.token()}`;
      const answer = await ask(world.server.port, "/cart/fold-the-sea", {
        method: "POST",
        headers: { cookie: `${own}; csrftoken=${attacker.held("csrftoken")}; csrfvisitor=${attacker.held("csrfvisitor")}`, origin: world.server.url, "content-type": "application/x-www-form-urlencoded" },
        body: `csrfmiddlewaretoken=${attacker.held("csrftoken")}`,
      });
      assert.equal(answer.status, 403);
    });

    it("a made-up ticket is never adopted", async () => {
      const made = "A".repeat(43);
      const victim = world.open();
      victim.jar.receive([`sessionid=${made}; Path=/`], world.server.url, world.clock.now());
      await victim.signUp("LC-03 Berta");
      assert.notEqual(victim.token(), made);
      assert.equal(await greetingFor(`sessionid=${made}`), "Guest");
    });
  });

  describe("LC-07 a logout", () => {
    it("is final: the old cookie, sent again, is a stranger's, also while the logout is repeated", async () => {
      const alma = await world.enter("LC-07 Alma");
      const kept = alma.cookie() ?? "";
      const token = await alma.formToken();
      assert.equal(await greetingFor(kept), "LC-07 Alma");
      const replay = (): ReturnType<typeof ask> => ask(world.server.port, "/logout", {
        method: "POST", headers: { cookie: kept, origin: world.server.url, "content-type": "application/x-www-form-urlencoded" }, body: `csrfmiddlewaretoken=${token}`,
      });
      assert.equal((await alma.post("/logout")).status, 303);
      assert.equal(await greetingFor(kept), "Guest");
      const again = await Promise.all([replay(), replay(), replay()]);
      assert.deepEqual(again.map(({ status }) => status), [403, 403, 403]);
      assert.equal(await greetingFor(kept), "Guest");
      const owner = (await world.shop.users.findByUsername("LC-07 Alma"))?.user.id;
      // Sessions in cookies have no record that could be left.
      if (sessions === "sqlite") assert.ok((await world.shop.cloakroom.sessions.list()).every((session) => session.owner !== owner));
    });
  });

  describe("LC-08 logging out by a link", () => {
    it("is 405 for GET and HEAD, 403 from a foreign page, and nobody is logged out", async () => {
      const alma = await world.enter("LC-08 Alma");
      for (const headers of [{}, { "sec-fetch-site": "cross-site", referer: "http://evil.example/" }]) {
        const answer = await alma.get("/logout", headers);
        assert.equal(answer.status, 405);
        assert.equal(answer.headers.allow, "POST");
      }
      assert.equal((await ask(world.server.port, "/logout", { method: "HEAD", headers: { cookie: alma.cookie() ?? "" } })).status, 405);
      assert.equal((await alma.postBare("/logout", {}, { origin: "http://evil.example", "sec-fetch-site": "cross-site" })).status, 403);
      assert.equal(await alma.greeting(), "LC-08 Alma");
    });
  });

  describe("LC-17 a password change", () => {
    it("ends a second browser that is open, whose forms are worth nothing, and every copy of the old cookie", async () => {
      const alma = await world.enter("LC-17 Alma");
      const second = world.open();
      await second.signIn("LC-17 Alma", undefined, { remember: "yes" });
      const copies = [alma.cookie() ?? "", second.cookie() ?? ""];
      const token = await second.formToken();
      assert.equal((await alma.post("/account/password", { current_password: PASSWORD, new_password: "nine wooden pegs" })).status, 303);
      assert.equal(await alma.greeting(), "LC-17 Alma");
      const late = await second.postBare("/account/password", { csrfmiddlewaretoken: token, current_password: "nine wooden pegs", new_password: "mine, all mine" });
      assert.equal(late.status, 403, "the session is gone, and its tokens with it");
      assert.deepEqual(await Promise.all(copies.map(greetingFor)), ["Guest", "Guest"]);
      assert.equal((await world.open().signIn("LC-17 Alma", "nine wooden pegs")).status, 303);
    });
  });

  describe("AU-07 brute force", () => {
    it("50 tries at once look at five passwords, the right one is wrong then, and counting begins again when the lock ends", async () => {
      await world.enter("AU-07 Alma");
      const readers = Array.from({ length: 50 }, () => world.open());
      for (const reader of readers) await reader.get("/login");
      world.hasher.reset();
      const tries = await Promise.all(readers.map((reader, at) => reader.signIn("AU-07 Alma", `guess number ${at}`)));
      assert.ok(tries.every(({ status }) => status === 400 || status === 429));
      const real = world.hasher.compared.filter((encoded, _at, all) => all.filter((other) => other === encoded).length <= 5);
      assert.equal(real.length, 5, "only five were compared with the user's own hash");
      world.clock.advance(300_000);
      const after = world.open();
      for (let count = 0; count < 5; count++) assert.equal((await after.signIn("AU-07 Alma", "wrong again")).status, 400);
      assert.equal((await after.signIn("AU-07 Alma")).status, 400, "the sixth is refused though it is right");
      world.clock.advance(300_000);
      assert.equal((await after.signIn("AU-07 Alma")).status, 303);
    });

    it("a restart of the shop gives no new tries", async () => {
      world.clock.advance(300_000);
      await world.enter("AU-07 Berta");
      const guesser = world.open();
      for (let count = 0; count < 4; count++) assert.equal((await guesser.signIn("AU-07 Berta", `guess ${count}`)).status, 400);
      await world.restart();
      assert.equal((await guesser.signIn("AU-07 Berta", "the fifth guess")).status, 400);
      await world.restart();
      world.hasher.reset();
      assert.equal((await guesser.signIn("AU-07 Berta")).status, 400, "the sixth is refused though it is right");
      assert.equal(world.hasher.compared.includes((await world.shop.users.findByUsername("AU-07 Berta"))?.passwordHash ?? ""), false, "and is not compared with hers");
      world.clock.advance(300_000);
      assert.equal((await guesser.signIn("AU-07 Berta")).status, 303);
    });

    it("an address that tries many names is told to wait, and strangers to the shop are counted like users", async () => {
      world.clock.advance(300_000);
      const sprayer = world.open();
      const statuses: number[] = [];
      for (let count = 0; count < 52; count++) statuses.push((await sprayer.signIn(`AU-07 nobody ${count}`, "summer holidays")).status);
      assert.deepEqual([statuses.slice(0, 50).every((status) => status === 400), statuses.slice(50)], [true, [429, 429]]);
      const answer = await sprayer.signIn("AU-07 Alma");
      assert.equal(answer.status, 429);
      assert.match(answer.text, /Too many tries/);
      assert.ok(Number(answer.headers["retry-after"]) > 0);
      world.clock.advance(300_000);
    });
  });

  const FOREIGN = [
    "//evil.example", "///evil.example", "////evil.example/", "http://evil.example", "https:evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "\t//evil.example",
    "javascript:alert(1)", "data:text/html,x", "//evil.example@127.0.0.1", "http:///evil.example", "/%09/evil.example/..//evil.example", "\u0000//evil.example", " //evil.example", "//evil。example", "",
  "/.//evil.example", "/%2e%2e//evil.example", "/..//evil.example", "/x\r\nLocation: https://evil.example", "//evil.example\u00a0", "https://127.0.0.1.evil.example/", "http://127.0.0.1@evil.example/", "?//evil.example", "#//evil.example", "cart",
  ];

  describe("AU-08 AU-09 next=//evil", () => {
    it("never leads a login or a confirmation to another site", async () => {
      const alma = await world.enter("AU-08 Alma");
      await alma.post("/logout");
      for (const next of FOREIGN) {
        for (const act of [() => alma.signIn("AU-08 Alma", undefined, { next }), () => alma.post("/confirm", { password: PASSWORD, next })]) {
          const answer = await act();
          assert.equal(answer.status, 303, next);
          const target = new URL(answer.headers.location ?? "", world.server.url);
          assert.equal(target.origin, world.server.url, `${JSON.stringify(next)} leads to ${target.href}`);
          assert.match(answer.headers.location ?? "", /^\/(?![/\\])/);
        }
        await alma.post("/logout");
      }
      assert.equal((await alma.signIn("AU-08 Alma", undefined, { next: "/cart?from=login" })).headers.location, "/cart?from=login");
    });
  });

  describe("AU-10 Referer, Host and X-Forwarded-Host", () => {
    it("are in no redirect", async () => {
      const alma = await world.enter("AU-10 Alma");
      const referer = { referer: "http://evil.example/back" };
      const forged = { ...referer, "x-forwarded-host": "evil.example", forwarded: "host=evil.example" };
      const stranger = world.open();
      const answers = [
        await stranger.get("/account", forged), await stranger.get("/staff", forged), await stranger.get("/account", { ...forged, host: "evil.example" }),
        await alma.post("/theme", { theme: "dark", back: "http://evil.example" }, referer), await alma.post("/logout", {}, referer), await alma.post("/login", { username: "AU-10 Alma", password: PASSWORD }, referer),
      ];
      for (const answer of answers) {
        assert.equal(answer.status, 303);
        assert.match(answer.headers.location ?? "", /^\/(?![/\\])/);
        assert.doesNotMatch(JSON.stringify(answer.headers), /evil/);
      }
      // A request that says it came through a proxy is not this machine's own any more, so its plain http carries no session and no token.
      const proxied = await alma.post("/logout", {}, forged);
      assert.equal(proxied.status, 403);
      assert.doesNotMatch(JSON.stringify(proxied.headers) + proxied.text, /evil/);
    });
  });

  describe("AU-17 headers that claim to be somebody", () => {
    it("are read by nobody: strangers stay strangers, users stay themselves, and no check is left out", async () => {
      const alma = await world.enter("AU-17 Alma");
      const stranger = world.open();
      const names = ["x-user", "remote-user", "x-remote-user", "x-forwarded-user", "x-auth-user", "x-middleware-subrequest", "x-original-url", "x-rewrite-url", "x-coatcheck", "coatcheck-reason", "x-http-method-override", "authorization", "x_csrftoken", "x-django-user"];
      for (const name of names) {
        for (const value of ["AU-17 Alma", "staff", "1", "/cart"]) {
          assert.equal((await stranger.get("/account", { [name]: value })).headers.location, "/login?next=%2Faccount", `${name}: ${value}`);
          assert.equal((await alma.get("/staff", { [name]: value })).status, 403, `${name}: ${value}`);
        }
        assert.equal((await alma.postBare("/cart/the-ninth-tide", {}, { [name]: "1" })).status, 403, name);
      }
      assert.equal(await alma.greeting(), "AU-17 Alma");
    });
  });
});

for (const sessions of SESSION_HOMES) describe(`AU-16 ST-11 a database that fails, with sessions in ${sessions}`, () => {
  it("lets nobody in, logs nobody out, and is forgotten once it is back", async () => {
    await using world = await attackShop(sessions);
    const alma = await world.enter("AU-16 Alma");
    const stranger = world.open();
    const [token, herToken] = [await stranger.formToken("/login"), await alma.formToken("/account/password")];
    await world.losesDatabase();
    for (const path of ["/dashboard", "/account", "/staff", "/cart"]) {
      const answer = await alma.get(path);
      assert.equal(answer.status, 503, path);
      assert.doesNotMatch(answer.text, /AU-16 Alma|Hello/);
      assert.doesNotMatch(String(answer.headers["set-cookie"]), /sessionid/);
    }
    assert.equal((await stranger.postBare("/login", { csrfmiddlewaretoken: token, username: "AU-16 Alma", password: PASSWORD })).status, 503);
    assert.equal((await alma.postBare("/account/password", { csrfmiddlewaretoken: herToken, current_password: PASSWORD, new_password: "nine wooden pegs" })).status, 503);
    assert.equal(stranger.token(), undefined);
    await world.restart();
    assert.equal(await alma.greeting(), "AU-16 Alma");
    assert.equal((await world.open().signIn("AU-16 Alma")).status, 303);
  });
});
