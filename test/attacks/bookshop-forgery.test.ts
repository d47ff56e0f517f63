import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { attackShop, SESSION_HOMES, type AttackedShop } from "../support/attacked-shop.ts";
import { countCart } from "../support/cart.ts";
import { ask, linesOf } from "../support/http.ts";
import { PASSWORD } from "../support/shop-reader.ts";

for (const sessions of SESSION_HOMES) describe(`with sessions in ${sessions}`, () => {
  let world: AttackedShop;
  before(async () => {
    world = await attackShop(sessions);
  });
  after(() => world[Symbol.asyncDispose]());

  describe("CS-03 a form with a missing or forged origin", () => {
    it("is refused when a browser says that another site sent it, though the token is right", async () => {
      const alma = await world.enter("CS-03 Alma");
      const token = await alma.formToken();
      const forged: readonly Record<string, string>[] = [
        { origin: "http://evil.example", "sec-fetch-site": "cross-site" },
        { origin: "http://evil.example" },
        { origin: "null" },
        { origin: "null", "sec-fetch-site": "cross-site" },
        { origin: world.server.url, "sec-fetch-site": "cross-site" },
        { origin: `${world.server.url}.evil.example` },
        { origin: world.server.url.replace("127.0.0.1", "127.0.0.1.evil.example") },
        { origin: world.server.url.replace("http:", "https:") },
        { origin: `${world.server.url}, http://evil.example` },
        { origin: "http://127.0.0.1:1", "sec-fetch-site": "same-site" },
      ];
      for (const headers of forged) {
        const site = headers["sec-fetch-site"] ?? "";
        const answer = await alma.postBare("/cart/the-ninth-tide", { csrfmiddlewaretoken: token }, { ...headers, "sec-fetch-site": site });
        assert.equal(answer.status, 403, JSON.stringify(headers));
      }
      assert.equal(await countCart(alma), 0);
      assert.equal((await alma.postBare("/cart/the-ninth-tide", { csrfmiddlewaretoken: token })).status, 303);
    });

    it("is refused without a token, whatever else is right, and passes without an origin only by its token", async () => {
      const alma = await world.enter("CS-03 Berta");
      const cookie = alma.cookie() ?? "";
      for (const fields of [{}, { csrfmiddlewaretoken: "" }, { csrfmiddlewaretoken: "x".repeat(64) }, { csrfmiddlewaretoken: "short" }]) {
        assert.equal((await alma.postBare("/cart/the-ninth-tide", fields)).status, 403, JSON.stringify(fields));
      }
      const bare = (token: string): ReturnType<typeof ask> =>
        ask(world.server.port, "/cart/fold-the-sea", { method: "POST", headers: { cookie, "content-type": "application/x-www-form-urlencoded" }, body: `csrfmiddlewaretoken=${token}` });
      assert.equal((await bare("")).status, 403);
      assert.equal(await countCart(alma), 0);
      assert.equal((await bare(await alma.formToken())).status, 303);
    });
  });

  describe("CS-12 a token from somebody else", () => {
    it("works for nobody but the visitor it was made for", async () => {
      const readers = [await world.enter("CS-12 Alma"), await world.enter("CS-12 Mallory"), world.open(), world.open()];
      const tokens: string[] = [];
      for (const reader of readers) tokens.push(await reader.formToken());
      for (const [mine, reader] of readers.entries()) {
        for (const [theirs, token] of tokens.entries()) {
          const { status } = await reader.postBare("/theme", { theme: "dark", csrfmiddlewaretoken: token });
          assert.equal(status, mine === theirs ? 303 : 403, `${mine} with the token of ${theirs}`);
        }
      }
    });

    it("does not work either when the cookie that belongs to it is planted beside it", async () => {
      const alma = await world.enter("CS-12 Berta");
      const mallory = world.open();
      const token = await mallory.formToken();
      const own = (alma.cookie() ?? "").split("; ").filter((pair) => !pair.startsWith("csrf"));
      for (const planted of [["csrftoken"], ["csrftoken", "csrfvisitor"]]) {
        const cookie = [...own, ...planted.map((name) => `${name}=${mallory.held(name)}`)].join("; ");
        const answer = await ask(world.server.port, "/cart/the-ninth-tide", {
          method: "POST", headers: { cookie, origin: world.server.url, "content-type": "application/x-www-form-urlencoded" }, body: `csrfmiddlewaretoken=${token}`,
        });
        assert.equal(answer.status, 403, planted.join());
      }
      assert.equal(await countCart(alma), 0);
    });
  });

  describe("CS-17 forms for strangers", () => {
    it("are protected: nobody is signed in or made a user by a foreign page", async () => {
      const mallory = await world.enter("CS-17 Mallory");
      const planted = await mallory.formToken();
      const victim = world.open();
      await victim.get("/");
      for (const token of [undefined, planted]) {
        for (const [path, username] of [["/login", "CS-17 Mallory"], ["/signup", "CS-17 Newcomer"]] as const) {
          const fields = { username, password: PASSWORD, ...(token === undefined ? {} : { csrfmiddlewaretoken: token }) };
          for (const headers of [{ origin: "http://evil.example", "sec-fetch-site": "cross-site" }, {}]) {
            const answer = await victim.postBare(path, fields, headers);
            assert.equal(answer.status, 403, path);
            assert.doesNotMatch(linesOf(answer, "set-cookie").join(), /sessionid/);
          }
        }
      }
      assert.equal(await victim.greeting(), "Guest");
      assert.equal(await world.shop.users.findByUsername("CS-17 Newcomer"), null);
    });
  });

  describe("LG-05 CS-22 the page of a refusal", () => {
    const hostile = "<svg/onload=alert(7)>";
    const fields = { note: hostile, [hostile]: "x", password: "my sentinel password", csrfmiddlewaretoken: "a".repeat(64) };

    it("has nothing of the request for a foreign form, and no token", async () => {
      const alma = await world.enter("LG-05 Alma");
      for (const accept of ["text/html", "application/json", "*/*"]) {
        const answer = await alma.postBare(`/session/note?x=${encodeURIComponent(hostile)}`, fields, { accept, origin: "http://evil.example", "sec-fetch-site": "cross-site", referer: `http://evil.example/${hostile}`, "user-agent": hostile });
        assert.equal(answer.status, 403);
        for (const part of ["onload", "sentinel", "csrfmiddlewaretoken", "evil.example", "LG-05"]) assert.ok(!answer.text.includes(part), `${accept}: ${part}`);
        assert.match(String(answer.headers["content-security-policy"]), /default-src 'none'/);
        assert.match(String(answer.headers["cache-control"]), /no-store/);
      }
    });

    it("keeps what was typed for the shop's own form only, escaped, and never a password", async () => {
      const alma = await world.enter("LG-05 Berta");
      const { status, text } = await alma.postBare("/session/note", fields, { accept: "text/html", referer: `http://127.0.0.1/${hostile}` });
      assert.equal(status, 403);
      assert.ok(text.includes('value="&#60;svg/onload=alert(7)&#62;"'), text);
      assert.ok(!text.includes("<svg/") && !text.includes("sentinel"));
      assert.equal(/<form[^>]*action/.test(text), false);
    });
  });
});
