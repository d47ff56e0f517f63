import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { attackShop, SESSION_HOMES, type AttackedShop } from "../support/attacked-shop.ts";
import { countCart } from "../support/cart.ts";
import { ask, askRaw, type Answer } from "../support/http.ts";
import type { ShopReader } from "../support/shop-reader.ts";

const BUY = "/cart/the-ninth-tide";
const FORM = "application/x-www-form-urlencoded";

for (const sessions of SESSION_HOMES) describe(`with sessions in ${sessions}`, () => {
  let world: AttackedShop;
  before(async () => {
    world = await attackShop(sessions);
  });
  after(() => world[Symbol.asyncDispose]());

  /** A request with the reader's cookies and nothing else that a browser would add. */
  const askBare = (reader: ShopReader, path: string, method: string, headers: Record<string, string> = {}, body?: string): Promise<Answer> =>
    ask(world.server.port, path, { method, headers: { cookie: reader.cookie() ?? "", ...headers }, ...(body === undefined ? {} : { body }) });

  const sendRaw = async (text: string): Promise<string> => (await askRaw(world.server.port, Buffer.from(text, "latin1"))).toString("latin1");

  describe("CS-01 every method but GET, HEAD and OPTIONS", () => {
    it("is refused without proof, whatever it is called, and no handler is entered", async () => {
      const alma = await world.enter("CS-01 Alma");
      for (const method of ["POST", "PUT", "PATCH", "DELETE", "QUERY", "PROPFIND", "MKCOL", "PURGE", "LOCK"]) {
        assert.equal((await askBare(alma, BUY, method, { origin: world.server.url })).status, 403, method);
      }
      // Methods that Node's parser does not know, and spellings of those that it does.
      for (const method of ["FOO", "post", "Post", "POST1"]) {
        assert.match(await sendRaw(`${method} ${BUY} HTTP/1.1\r\nHost: 127.0.0.1:${world.server.port}\r\nCookie: ${alma.cookie()}\r\nConnection: close\r\n\r\n`), /^HTTP\/1\.1 4\d\d /, method);
      }
      assert.equal(await countCart(alma), 0);
    });

    it("is refused on every address that a form of the shop leads to", async () => {
      const alma = await world.enter("CS-01 Berta");
      const pages = await Promise.all(["/", "/books/the-ninth-tide", "/account", "/session", "/cookies", "/visits"].map(async (path) => (await alma.get(path)).text));
      const actions = new Set(pages.flatMap((page) => [...page.matchAll(/(?:form)?action="(\/[^"]*)"/g)].map((match) => match[1] as string)));
      assert.ok(actions.size >= 15, [...actions].join(" "));
      for (const action of actions) assert.equal((await alma.postBare(action)).status, 403, action);
      assert.equal(await alma.greeting(), "CS-01 Berta");
    });
  });

  describe("CS-02 Sec-Fetch-Site", () => {
    it("lets the shop's own forms and typed addresses pass to the token, and nothing else", async () => {
      const alma = await world.enter("CS-02 Alma");
      const token = await alma.formToken();
      const send = async (site: string): Promise<number> => (await askBare(alma, BUY, "POST", { "content-type": FORM, "sec-fetch-site": site }, `csrfmiddlewaretoken=${token}`)).status;
      for (const site of ["cross-site", "same-site", "Same-Origin", "same-origin, cross-site", "same-origin same-origin", "none, none", "unknown", "0", " ", "same-origin;q=1"]) assert.equal(await send(site), 403, site);
      assert.equal(await countCart(alma), 0);
      for (const site of ["same-origin", "none"]) assert.equal(await send(site), 303, site);
      const doubled = await sendRaw([`POST ${BUY} HTTP/1.1`, `Host: 127.0.0.1:${world.server.port}`, `Cookie: ${alma.cookie()}`, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site", `Content-Type: ${FORM}`, `Content-Length: ${20 + token.length}`, "Connection: close", "", `csrfmiddlewaretoken=${token}`].join("\r\n"));
      assert.match(doubled, /^HTTP\/1\.1 403 /);
    });
  });

  describe("CS-04 a request that says neither where it is from nor what caused it", () => {
    it("passes with the right token only", async () => {
      const alma = await world.enter("CS-04 Alma");
      const token = await alma.formToken();
      for (const body of ["", "csrfmiddlewaretoken=", `csrfmiddlewaretoken=${"a".repeat(64)}`]) assert.equal((await askBare(alma, BUY, "POST", { "content-type": FORM }, body)).status, 403, body);
      assert.equal(await countCart(alma), 0);
      assert.equal((await askBare(alma, BUY, "POST", { "content-type": FORM }, `csrfmiddlewaretoken=${token}`)).status, 303);
    });
  });

  describe("CS-06 no spelling of an address is exempt", () => {
    it("also not those near the one address that the shop treats apart", async () => {
      const alma = await world.enter("CS-06 Alma");
      const targets = ["/session/left", "/session/left/", "/SESSION/LEFT", `/session/left/..${BUY}`, `/session/left/../..${BUY}`, `//session/left/..${BUY}`, `/session/left?x=${BUY}`, `/session/left;${BUY}`, `/%73ession/left/..%2f..${BUY}`, `/assets/..${BUY}`, `/assets/%2e%2e${BUY}`, `/${BUY}`, `/.${BUY}`, `${BUY}/`, BUY.toUpperCase(), `${BUY}%2f`, `${BUY};x`, `http://evil.example${BUY}`];
      for (const target of targets) {
        const answer = await sendRaw(`POST ${target} HTTP/1.1\r\nHost: 127.0.0.1:${world.server.port}\r\nCookie: ${alma.cookie()}\r\nOrigin: http://evil.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
        assert.match(answer, /^HTTP\/1\.1 4\d\d /, target);
      }
      assert.equal(await countCart(alma), 0);
    });
  });

  describe("CS-07 the type of a body", () => {
    it("is no way round, and a token is taken from a form only", async () => {
      const alma = await world.enter("CS-07 Alma");
      const token = await alma.formToken();
      const foreign = { origin: "http://evil.example", "sec-fetch-site": "cross-site" };
      const types = [undefined, "text/plain", "TEXT/PLAIN", `${FORM} ; x`, `${FORM}, text/plain`, "application/json", "multipart/form-data; boundary=x", "", "application/x-www-form-urlencodedx", "x/y"];
      for (const type of types) {
        for (const body of ["", `csrfmiddlewaretoken=${token}`, JSON.stringify({ csrfmiddlewaretoken: token })]) {
          const headers = { ...foreign, ...(type === undefined ? {} : { "content-type": type }) };
          assert.equal((await askBare(alma, BUY, "POST", headers, body)).status, 403, `${type}: ${body}`);
        }
      }
      // From the shop's own pages, but not as a form: the token is not looked for there.
      for (const type of ["text/plain", "application/json", "x/y"]) assert.equal((await alma.postBare(BUY, { csrfmiddlewaretoken: token }, { "content-type": type })).status, 403, type);
      assert.equal(await countCart(alma), 0);
      assert.equal((await alma.postBare(BUY, { csrfmiddlewaretoken: token }, { "content-type": `${FORM}; charset=utf-8` })).status, 303);
    });
  });

  describe("CS-08 the method that is judged", () => {
    it("is the method that runs: no header, field or query makes it another, and HEAD does what GET does", async () => {
      const alma = await world.enter("CS-08 Alma");
      const overrides = { "x-http-method-override": "POST", "x-http-method": "POST", "x-method-override": "POST" };
      assert.equal((await alma.get(`${BUY}?_method=POST`, overrides)).status, 405);
      assert.equal((await askBare(alma, `${BUY}?_method=POST`, "HEAD", overrides)).status, 405);
      for (const override of ["GET", "HEAD", "OPTIONS"]) {
        const headers = { "x-http-method-override": override, "x-http-method": override, "x-method-override": override };
        assert.equal((await alma.postBare(`${BUY}?_method=${override}`, { _method: override }, headers)).status, 403, override);
      }
      assert.equal((await askBare(alma, "/account", "HEAD")).status, 200);
      assert.equal((await askBare(world.open(), "/account", "HEAD")).status, 303);
      assert.equal(await countCart(alma), 0);
    });
  });

  describe("CS-09 a header that only scripts can set", () => {
    it("proves nothing by itself", async () => {
      const alma = await world.enter("CS-09 Alma");
      const headers = { "x-requested-with": "XMLHttpRequest", "x-csrf": "1", accept: "application/json" };
      for (const from of [{}, { origin: world.server.url, "sec-fetch-site": "same-origin" }, { origin: "http://evil.example", "sec-fetch-site": "cross-site" }]) {
        assert.equal((await askBare(alma, BUY, "POST", { ...headers, ...from, "content-type": FORM }, "a=b")).status, 403);
      }
      assert.equal(await countCart(alma), 0);
    });
  });

  describe("CS-20 a body that cannot be read", () => {
    it("is refused before anything happens, and the shop goes on", async () => {
      const alma = await world.enter("CS-20 Alma");
      const token = await alma.formToken();
      assert.equal((await alma.postBare(BUY, { csrfmiddlewaretoken: token, fill: "x".repeat(9000) })).status, 413);
      assert.equal((await askBare(alma, BUY, "POST", { "content-type": "multipart/form-data" }, `--\r\ncsrfmiddlewaretoken=${token}`)).status, 403);
      for (const encoding of ["gzip", "br", "x-unknown"]) {
        const { status } = await askBare(alma, BUY, "POST", { "content-type": FORM, "content-encoding": encoding }, `csrfmiddlewaretoken=${token}`);
        assert.ok(status >= 400 && status < 500, `${encoding}: ${status}`);
      }
      assert.ok((await askBare(alma, BUY, "POST", { "content-type": `${FORM}; charset=ebcdic-us` }, `csrfmiddlewaretoken=${token}`)).status >= 400);
      // Half a body, and then nobody is there any more.
      const socket = connect(world.server.port, "127.0.0.1");
      const body = `csrfmiddlewaretoken=${token}`;
      socket.write(`POST ${BUY} HTTP/1.1\r\nHost: 127.0.0.1:${world.server.port}\r\nCookie: ${alma.cookie()}\r\nContent-Type: ${FORM}\r\nContent-Length: ${body.length + 100}\r\n\r\n${body}`);
      await once(socket, "connect");
      const arrived = once(world.server.server, "request");
      await arrived;
      socket.destroy();
      await once(socket, "close");
      assert.equal(await countCart(alma), 0);
      assert.deepEqual(world.reported, []);
      assert.equal((await alma.post(BUY)).status, 303);
    });
  });

  describe("CS-22 a reader from another origin", () => {
    it("is given no permission and no token, on any page and with any refusal", async () => {
      const alma = await world.enter("CS-22 Alma");
      const foreign = { origin: "http://evil.example", "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" };
      const answers = [
        ...(await Promise.all(["/", "/cart", "/cookies", "/session", "/session/left", "/account", "/login", "/nowhere", "/logout", "/assets/shop.js"].map((path) => alma.get(path, foreign)))),
        await alma.postBare(BUY, {}, foreign), await askBare(alma, BUY, "OPTIONS", { ...foreign, "access-control-request-method": "POST" }),
      ];
      for (const { lines } of answers) {
        assert.deepEqual(lines.filter(([name, value]) => /^access-control-/i.test(name) || value.includes("evil.example")), []);
      }
      for (const { headers, text } of answers) if (text.includes("csrfmiddlewaretoken")) assert.match(String(headers["cross-origin-resource-policy"]), /^same-origin$/);
    });
  });
});
