import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request, type Server } from "node:https";
import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { CookieJar } from "../../src/testing/cookie-jar.ts";
import { attackShop, SESSION_HOMES, type AttackedShop } from "../support/attacked-shop.ts";
import { ask } from "../support/http.ts";
import { PASSWORD, tokensIn } from "../support/shop-reader.ts";
import { makeTlsCertificate } from "../support/tls-certificate.ts";

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly setCookies: readonly string[];
  readonly text: string;
}

for (const sessions of SESSION_HOMES) describe(`over https, with sessions in ${sessions}`, () => {
  let world: AttackedShop;
  let server: Server;
  let port: number;
  let url: string;
  before(async () => {
    world = await attackShop(sessions);
    server = createServer(makeTlsCertificate(), (req, res) => void world.shop.app(req, res));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
    url = `https://127.0.0.1:${port}`;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
    await world[Symbol.asyncDispose]();
  });

  function askSecure(path: string, headers: Record<string, string> = {}, body?: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const method = body === undefined ? "GET" : "POST";
      const form = body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
      // Nobody signed the certificate; what is tested is what the shop does over TLS.
      const req = request({ host: "127.0.0.1", port, path, method, headers: { ...form, ...headers }, agent: false, rejectUnauthorized: false }, (res) => {
        const chunks: Buffer[] = [];
        res.on("data", (chunk: Buffer) => chunks.push(chunk));
        res.on("end", () => resolve({ status: res.statusCode ?? 0, headers: res.headers, setCookies: res.headers["set-cookie"] ?? [], text: Buffer.concat(chunks).toString() }));
      });
      req.on("error", reject);
      req.end(body);
    });
  }

  /** A browser that signs up over https. */
  async function enter(username: string): Promise<{ readonly jar: CookieJar; readonly lines: readonly string[]; readonly cookie: () => string; readonly token: () => Promise<string> }> {
    const jar = new CookieJar();
    const lines: string[] = [];
    const cookie = (): string => jar.header(url, world.clock.now()) ?? "";
    const keep = (answer: Answer): Answer => {
      lines.push(...answer.setCookies);
      jar.receive(answer.setCookies, url, world.clock.now());
      return answer;
    };
    const token = async (): Promise<string> => tokensIn(keep(await askSecure("/cookies", { cookie: cookie() })).text)[0] ?? "";
    const body = new URLSearchParams({ csrfmiddlewaretoken: await token(), username, password: PASSWORD }).toString();
    const answer = keep(await askSecure("/signup", { cookie: cookie(), origin: url }, body));
    assert.equal(answer.status, 303);
    return { jar, lines, cookie, token };
  }

  const greetingOf = (text: string): string => /<h1>Hello, ([^<]*)</.exec(text)?.[1] ?? "";

  it("CK-01 CK-25 the session's cookie has the prefix and every flag, and so have the token's and the visitor's", async () => {
    const { jar, lines, cookie } = await enter("CK-01 Alma");
    assert.deepEqual(jar.rejected, []);
    const session = lines.find((line) => line.startsWith("__Host-sessionid="));
    assert.match(session ?? "", /^__Host-sessionid=[\w.-]+; Path=\/(?:; Max-Age=\d+; Expires=[^;]+)?; Secure; HttpOnly; SameSite=Lax$/);
    for (const line of lines) assert.match(line, /; Secure/, line.slice(0, 40));
    const names = new Set(lines.map((line) => line.slice(0, line.indexOf("="))));
    for (const name of ["__Host-sessionid", "__Host-csrftoken", "__Host-csrfvisitor"]) assert.ok(names.has(name), [...names].join());
    assert.equal(greetingOf((await askSecure("/dashboard", { cookie: cookie() })).text), "CK-01 Alma");
  });

  it("CK-16 PX-07 a cookie of http counts for nothing here, nor one of here over http, under whichever name", async () => {
    const secure = await enter("PX-07 Alma");
    const open = await world.enter("PX-07 Berta");
    const ours = /__Host-sessionid=([^;]+)/.exec(secure.cookie())?.[1] ?? "";
    const theirs = open.token() ?? "";
    for (const cookie of [`sessionid=${ours}`, `__host-sessionid=${ours}`, `__HOST-sessionid=${ours}`, `__Host-sessionid=${theirs}`, `sessionid=${theirs}`]) {
      assert.equal(greetingOf((await askSecure("/dashboard", { cookie })).text), "Guest", cookie.slice(0, 20));
    }
    for (const cookie of [`sessionid=${ours}`, `__Host-sessionid=${ours}`, `__Host-sessionid=${theirs}`]) assert.equal(await open.greetingWith(cookie), "Guest", cookie.slice(0, 20));
  });

  it("CS-18 a token that was given out over http serves nobody here, and the other way round", async () => {
    const secure = await enter("CS-18 Alma");
    const open = await world.enter("CS-18 Berta");
    const [here, there] = [await secure.token(), await open.formToken()];
    const post = (token: string, extra = ""): Promise<Answer> => askSecure("/cart/the-ninth-tide", { cookie: secure.cookie() + extra, origin: url }, `csrfmiddlewaretoken=${token}`);
    assert.equal((await post(there)).status, 403);
    assert.equal((await post(there, `; csrftoken=${open.held("csrftoken")}; csrfvisitor=${open.held("csrfvisitor")}`)).status, 403);
    assert.equal((await open.postBare("/cart/the-ninth-tide", { csrfmiddlewaretoken: here })).status, 403);
    const stranger = world.open();
    const strange = await stranger.formToken();
    const moved = `__Host-csrftoken=${stranger.held("csrftoken")}; __Host-csrfvisitor=${stranger.held("csrfvisitor")}`;
    assert.equal((await askSecure("/theme", { cookie: moved, origin: url }, `theme=dark&csrfmiddlewaretoken=${strange}`)).status, 403);
    assert.equal((await post(here)).status, 303);
  });

  it("CS-04 CS-03 without Origin the Referer has to be the shop's own, and no other scheme, host or port is", async () => {
    const alma = await enter("CS-04 Alma");
    const token = await alma.token();
    const send = async (headers: Record<string, string>): Promise<number> => (await askSecure("/cart/fold-the-sea", { cookie: alma.cookie(), ...headers }, `csrfmiddlewaretoken=${token}`)).status;
    const wrong = ["http://evil.example/", `http://127.0.0.1:${port}/`, "https://127.0.0.1:1/", `https://127.0.0.1.evil.example:${port}/`, `https://evil.example/${url}`, `https://127.0.0.1:${port}@evil.example/`, "null", "about:blank", "", "/cart", "https://", "https://[", `${url}.evil.example/`];
    for (const referer of wrong) assert.equal(await send({ referer }), 403, referer);
    assert.equal(await send({}), 403, "none at all");
    for (const origin of ["null", "", `http://127.0.0.1:${port}`, "https://127.0.0.1:1", `${url}.`, `https://alma@127.0.0.1:${port}`, `${url}/`, `${url}, ${url}`, "https://localhost"]) assert.equal(await send({ origin, referer: `${url}/cart` }), 403, origin);
    assert.equal(await send({ referer: `${url}/books/fold-the-sea` }), 303);
    assert.equal(await send({ origin: url }), 303);
  });

  it("CK-21 a logout over https leaves no cookie of the session's in the browser", async () => {
    const { jar, cookie, token } = await enter("CK-21 Alma");
    const answer = await askSecure("/logout", { cookie: cookie(), origin: url }, `csrfmiddlewaretoken=${await token()}`);
    assert.equal(answer.status, 303);
    jar.receive(answer.setCookies, url, world.clock.now());
    assert.deepEqual(jar.list().map(({ name }) => name).filter((name) => name.includes("session")), []);
    assert.deepEqual(jar.rejected, []);
  });

  it("PX-01 a forwarding header makes plain http neither https nor this machine's own", async () => {
    for (const headers of [{ "x-forwarded-proto": "https" }, { forwarded: "proto=https" }, { "x-forwarded-ssl": "on", "x-forwarded-proto": "https" }, { "x-forwarded-host": "shop.example" }, { x_forwarded_proto: "https" }] as Record<string, string>[]) {
      const { headers: answered } = await ask(world.server.port, "/cookies", { headers });
      for (const line of answered["set-cookie"] ?? []) assert.doesNotMatch(line, /__Host-|Secure/);
    }
  });
});
