import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { attackShop, SESSION_HOMES, type AttackedShop } from "../support/attacked-shop.ts";
import { countCart } from "../support/cart.ts";
import { ask, type Answer } from "../support/http.ts";
import { tokensIn, type ShopReader } from "../support/shop-reader.ts";

const BUY = "/cart/the-ninth-tide";
const FORM = "application/x-www-form-urlencoded";
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** Django's form of a token, made without the product: 32 letters of mask, then the secret with the mask added. */
function maskSecret(secret: string, mask: string): string {
  return mask + [...secret].map((letter, at) => LETTERS[(LETTERS.indexOf(letter) + LETTERS.indexOf(mask[at] as string)) % LETTERS.length]).join("");
}

function unmask(token: string): string {
  return [...token.slice(32)].map((letter, at) => LETTERS[(LETTERS.indexOf(letter) - LETTERS.indexOf(token[at] as string) + LETTERS.length) % LETTERS.length]).join("");
}

for (const sessions of SESSION_HOMES) describe(`with sessions in ${sessions}`, () => {
  let world: AttackedShop;
  before(async () => {
    world = await attackShop(sessions);
  });
  after(() => world[Symbol.asyncDispose]());

  /** A form from the shop's own page, with these cookies and this body. */
  const send = (cookie: string, body: string, headers: Record<string, string> = {}, path = BUY): Promise<Answer> =>
    ask(world.server.port, path, { method: "POST", headers: { cookie, origin: world.server.url, "sec-fetch-site": "same-origin", "content-type": FORM, ...headers }, body });

  /** The reader's cookies, some of them replaced; null leaves one out. */
  const cookiesOf = (reader: ShopReader, changes: Record<string, string | null> = {}): string => {
    const kept = (reader.cookie() ?? "").split("; ").filter((pair) => !Object.hasOwn(changes, pair.slice(0, pair.indexOf("="))));
    return [...kept, ...Object.entries(changes).flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]))].join("; ");
  };

  describe("CS-10 tokens of two pages", () => {
    it("differ in every form, hide one secret, all work, and share no run of letters", async () => {
      const alma = await world.enter("CS-10 Alma");
      const tokens: string[] = [];
      for (let count = 0; count < 20; count++) tokens.push(...tokensIn((await alma.get("/cookies")).text));
      const pages = [...new Set(tokens)];
      assert.ok(pages.length >= 20, `${pages.length} different tokens in 20 pages`);
      assert.equal(new Set(pages.map(unmask)).size, 1);
      assert.ok(pages.every((token) => /^[a-zA-Z0-9]{64}$/.test(token)));
      const windows = pages.flatMap((token) => Array.from({ length: 57 }, (_, at) => token.slice(at, at + 8)));
      assert.equal(new Set(windows).size, windows.length);
      for (const token of pages.slice(0, 3)) assert.equal((await alma.postBare("/theme", { theme: "dark", csrfmiddlewaretoken: token })).status, 303);
    });
  });

  describe("CS-11 a token from before", () => {
    it("a login, a logout, another user or a password change is dead after it", async () => {
      await world.enter("CS-11 Alma");
      await world.enter("CS-11 Berta");
      const reader = world.open();
      const old: string[] = [];
      const note = async (): Promise<number> => old.push(await reader.formToken());
      await note();
      assert.equal((await reader.signIn("CS-11 Alma")).status, 303);
      await note();
      assert.equal((await reader.post("/account/password", { current_password: "seven brass tickets", new_password: "nine wooden pegs" })).status, 303);
      await note();
      assert.equal((await reader.post("/logout")).status, 303);
      await note();
      assert.equal((await reader.signIn("CS-11 Berta")).status, 303);
      for (const token of old) assert.equal((await reader.postBare(BUY, { csrfmiddlewaretoken: token })).status, 403);
      assert.equal(await countCart(reader), 0);
      assert.equal((await reader.post(BUY)).status, 303);
    });
  });

  describe("CS-13 a forged pair of cookie and field", () => {
    it("of 64 letters is refused, whichever way the two belong together", async () => {
      const alma = await world.enter("CS-13 Alma");
      const secret = "K".repeat(32);
      const [one, other] = [maskSecret(secret, "mallorysOwnMaskOfThirtyTwoLetter"), maskSecret(secret, "x".repeat(32))];
      assert.equal(unmask(one), secret);
      const stranger = world.open();
      await stranger.get("/");
      for (const reader of [alma, stranger]) {
        for (const cookie of [one, secret, secret + secret]) {
          for (const field of [one, other, cookie]) {
            const { status } = await send(cookiesOf(reader, { csrftoken: cookie }), `csrfmiddlewaretoken=${field}`);
            assert.equal(status, 403, `cookie ${cookie}, field ${field}`);
          }
        }
      }
      assert.equal(await countCart(alma), 0);
    });

    it("that was made for another session is refused, with the other's visitor cookie beside it as well", async () => {
      const alma = await world.enter("CS-13 Berta");
      const mallory = await world.enter("CS-13 Mallory");
      const stranger = world.open();
      for (const maker of [mallory, stranger]) {
        const field = await maker.formToken();
        const pair = { csrftoken: maker.held("csrftoken") ?? "", csrfvisitor: maker.held("csrfvisitor") ?? null };
        assert.equal((await send(cookiesOf(alma, pair), `csrfmiddlewaretoken=${field}`)).status, 403);
        assert.equal((await send(cookiesOf(alma, { csrftoken: pair.csrftoken }), `csrfmiddlewaretoken=${field}`)).status, 403);
      }
      assert.equal(await countCart(alma), 0);
    });

    it("cannot be smuggled in through the value of another cookie", async () => {
      const alma = await world.enter("CS-13 Carla");
      const forged = "a".repeat(64);
      for (const smuggle of [`x="; csrftoken=${forged}; y="`, `wish_list=a%3B%20csrftoken%3D${forged}`, `x=a, csrftoken=${forged}`]) {
        assert.equal((await send(`${cookiesOf(alma, { csrftoken: null })}; ${smuggle}`, `csrfmiddlewaretoken=${forged}`)).status, 403, smuggle);
      }
      assert.equal(await countCart(alma), 0);
    });
  });

  describe("CS-14 values that are none", () => {
    const values = ["", "null", "undefined", "true", "[object Object]", "a", "a".repeat(32), "a".repeat(63), "a".repeat(65), "-".repeat(64), "é".repeat(64), `${"a".repeat(63)}\0`, " ".repeat(64), "a".repeat(7000)];

    it("never match, in the field, in the header, or in a cookie that is as empty as they", async () => {
      const alma = await world.enter("CS-14 Alma");
      for (const value of values) {
        const field = `csrfmiddlewaretoken=${encodeURIComponent(value)}`;
        assert.equal((await send(alma.cookie() ?? "", field)).status, 403, value.slice(0, 70));
        const inCookie = value.replaceAll(/[^\x20-\x7e]/g, "");
        for (const cookie of [null, "", inCookie]) assert.equal((await send(cookiesOf(alma, { csrftoken: cookie }), field)).status, 403, `${value.slice(0, 70)} beside ${cookie?.slice(0, 70)}`);
        if (inCookie === value) assert.equal((await send(alma.cookie() ?? "", "", { "x-csrftoken": value })).status, 403, value.slice(0, 70));
      }
      assert.equal(await countCart(alma), 0);
    });

    it("nor do lists and objects of right tokens", async () => {
      const alma = await world.enter("CS-14 Berta");
      const token = await alma.formToken();
      for (const body of [`csrfmiddlewaretoken[]=${token}`, `csrfmiddlewaretoken[0]=${token}`, `csrfmiddlewaretoken[a]=${token}`, `CSRFMIDDLEWARETOKEN=${token}`, `csrfmiddlewaretoken%00=${token}`, `x=1&%20csrfmiddlewaretoken=${token}`, JSON.stringify({ csrfmiddlewaretoken: token })]) {
        assert.equal((await send(alma.cookie() ?? "", body)).status, 403, body);
      }
      assert.equal(await countCart(alma), 0);
      assert.deepEqual(world.reported, []);
    });
  });

  describe("CS-15 where a token is looked for", () => {
    it("is one field and one header: not the address, a cookie, another header or another field", async () => {
      const alma = await world.enter("CS-15 Alma");
      const token = await alma.formToken();
      for (const name of ["csrfmiddlewaretoken", "csrf", "_csrf", "csrftoken", "x-csrftoken"]) {
        assert.equal((await send(alma.cookie() ?? "", "", {}, `${BUY}?${name}=${token}`)).status, 403, name);
        assert.equal((await send(cookiesOf(alma, name === "csrftoken" ? {} : { [name]: token }), "")).status, 403, name);
        if (name !== "csrfmiddlewaretoken") assert.equal((await send(alma.cookie() ?? "", `${name}=${token}`)).status, 403, name);
      }
      for (const name of ["x-csrf-token", "x-xsrf-token", "csrf-token", "x_csrftoken", "authorization"]) assert.equal((await send(alma.cookie() ?? "", "", { [name]: token })).status, 403, name);
      assert.equal(await countCart(alma), 0);
      assert.equal((await send(alma.cookie() ?? "", "", { "x-csrftoken": token })).status, 303);
    });
  });

  describe("CS-16 two tokens that disagree", () => {
    it("are refused in every order, and so is one that is sent twice", async () => {
      const alma = await world.enter("CS-16 Alma");
      const good = await alma.formToken();
      const bad = maskSecret("Z".repeat(32), good.slice(0, 32));
      const cookie = alma.cookie() ?? "";
      for (const body of [`csrfmiddlewaretoken=${good}&csrfmiddlewaretoken=${bad}`, `csrfmiddlewaretoken=${bad}&csrfmiddlewaretoken=${good}`, `csrfmiddlewaretoken=${good}&csrfmiddlewaretoken=${good}`, `csrfmiddlewaretoken=${good}&csrfmiddlewaretoken=`]) {
        assert.equal((await send(cookie, body)).status, 403, body);
      }
      assert.equal((await send(cookie, `csrfmiddlewaretoken=${good}`, { "x-csrftoken": bad })).status, 403);
      assert.equal((await send(cookie, `csrfmiddlewaretoken=${bad}`, { "x-csrftoken": good })).status, 403);
      assert.equal((await send(cookie, `csrfmiddlewaretoken=${good}`, { "x-csrftoken": "" })).status, 403);
      assert.equal(await countCart(alma), 0);
      assert.equal((await send(cookie, `csrfmiddlewaretoken=${good}`, { "x-csrftoken": good })).status, 303);
    });
  });

  describe("CS-17 login CSRF", () => {
    it("nobody is signed in as the attacker by a form of the attacker's, with the attacker's whole jar planted beside it", async () => {
      await world.enter("CS-17 Mallory");
      const mallory = world.open();
      const token = await mallory.formToken("/login");
      const victim = world.open();
      await victim.get("/login");
      const body = new URLSearchParams({ username: "CS-17 Mallory", password: "seven brass tickets", csrfmiddlewaretoken: token }).toString();
      // The victim's own visitor cookie is HttpOnly and HostOnly; what another host can plant is the token's cookie.
      for (const cookie of [victim.cookie() ?? "", cookiesOf(victim, { csrftoken: mallory.held("csrftoken") ?? "" })]) {
        assert.equal((await send(cookie, body, {}, "/login")).status, 403);
      }
      // Even with both planted, the browser says where the form stood.
      const planted = cookiesOf(victim, { csrftoken: mallory.held("csrftoken") ?? "", csrfvisitor: mallory.held("csrfvisitor") ?? "" });
      const answer = await send(planted, body, { origin: "http://evil.example", "sec-fetch-site": "cross-site" }, "/login");
      assert.equal(answer.status, 403);
      assert.doesNotMatch(String(answer.headers["set-cookie"]), /sessionid/);
    });
  });
});
