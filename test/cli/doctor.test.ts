import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, describe, it } from "node:test";
import { createCoatcheck } from "coatcheck";
import { coatcheck } from "coatcheck/node";
import { memoryStore } from "coatcheck/memory";
import { Browser, type Fetch } from "../../src/cli/browse.ts";
import { diagnose, type Symptom } from "../../src/cli/diagnose.ts";
import { runCli } from "../support/cli.ts";

const clock = { now: Date.now, wait: async (): Promise<void> => undefined };

/** A site on loopback, and its address. */
async function serve(handler: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<string> {
  const server = createServer((request, response) => void handler(request, response));
  after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** A site that answers so, without a network. */
async function examine(url: string, answer: (request: { url: string; cookie: string | null; count: number }) => ResponseInit & { cookies?: readonly string[] }): Promise<{ symptoms: Symptom[]; urls: string[] }> {
  let count = 0;
  const urls: string[] = [];
  const fetch: Fetch = async (asked, init) => {
    urls.push(asked);
    const { cookies = [], headers: given, ...rest } = answer({ url: asked, cookie: new Headers(init.headers).get("cookie"), count: count++ });
    const headers = new Headers(given);
    for (const cookie of cookies) headers.append("set-cookie", cookie);
    return new Response(null, { ...rest, headers });
  };
  const browser = new Browser(fetch, Date.now);
  const [first, second] = [await browser.visit(url), await browser.visit(url)];
  return { symptoms: diagnose(browser, first, second), urls };
}

const calm = { "cache-control": "private, no-store", vary: "Cookie", "strict-transport-security": "max-age=1" };
const good = "sessionid=hidden-words; Path=/; Secure; HttpOnly; SameSite=Lax";

describe("coatcheck doctor", () => {
  it("says why a site does not answer", async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const closed = await runCli(["doctor", `http://127.0.0.1:${port}/`], { clock });
    assert.deepEqual([closed.code, /\(ECONNREFUSED\)/.test(closed.err)], [3, true]);
    const blocked = await runCli(["doctor", "http://127.0.0.1:9/"], { clock });
    assert.deepEqual([blocked.code, /No browser visits this port/.test(blocked.err)], [2, true]);
  });

  it("finds an application with Coatcheck in good health", async () => {
    const cloakroom = createCoatcheck<{ visits?: number }>({ store: memoryStore(), production: false });
    const url = await serve(
      coatcheck(cloakroom, (_request, response, coat) => {
        coat.session.set("visits", (coat.session.get("visits") ?? 0) + 1);
        response.end("hello");
      }),
    );
    const { code, out, err } = await runCli(["doctor", url.replace("127.0.0.1", "localhost")], { clock });
    assert.equal(code, 0, out + err);
    assert.match(out, /cookie sessionid: kept, HttpOnly, SameSite lax/);
    assert.equal((await cloakroom.sessions.list()).length, 1);
  });

  it("says that the server did not know its own cookie, and shows no value", async () => {
    let visits = 0;
    const url = await serve((_request, response) => response.writeHead(200, { ...calm, "set-cookie": `sessionid=hidden-words-${visits++}; Path=/; HttpOnly; SameSite=Lax` }).end());
    for (const format of [[], ["--json"]]) {
      const { code, out, err } = await runCli(["doctor", `${url}cart?token=hidden-words`, ...format], { clock });
      assert.equal(code, 1);
      assert.match(out, /did not know what it had sent/);
      assert.ok(!(out + err).includes("hidden-words"));
    }
  });

  const sick: readonly [name: string, url: string, answer: ResponseInit & { cookies?: readonly string[] }, expected: RegExp][] = [
    ["Secure over http", "http://shop.example/", { headers: calm, cookies: [good] }, /drops it: it is Secure and the page came over http.*trustProxy/],
    ["a foreign Domain", "https://shop.example/", { headers: calm, cookies: [`${good}; Domain=other.example`] }, /drops it: its Domain/],
    ["SameSite=None without Secure", "https://shop.example/", { headers: calm, cookies: ["sid=hidden-words; SameSite=None; HttpOnly"] }, /SameSite=None needs Secure/],
    ["__Host- with a Path", "https://shop.example/", { headers: calm, cookies: ["__Host-sid=hidden-words; Path=/a; Secure; HttpOnly; SameSite=Lax"] }, /__Host- needs Path/],
    ["a cookie that is too large", "https://shop.example/", { headers: calm, cookies: [`sid=hidden-words${"x".repeat(5000)}; Path=/; Secure; HttpOnly`] }, /drops it: .*4096 bytes/],
    ["no Secure over https", "https://shop.example/", { headers: calm, cookies: ["sid=hidden-words; Path=/; HttpOnly; SameSite=Lax"] }, /not Secure/],
    ["no HttpOnly", "https://shop.example/", { headers: calm, cookies: ["sid=hidden-words; Path=/; Secure; SameSite=Lax"] }, /Scripts in the page/],
    ["a Path that the next visit does not match", "https://shop.example/", { headers: calm, cookies: ["sid=hidden-words; Path=/admin; Secure; HttpOnly; SameSite=Lax"] }, /does not come back/],
    ["no Cache-Control", "https://shop.example/", { headers: { vary: "Cookie" }, cookies: [good] }, /shared caches/],
    ["no Vary", "https://shop.example/", { headers: { "cache-control": "max-age=60" }, cookies: [good] }, /Vary: Cookie/],
    ["an application that explains itself", "https://shop.example/", { headers: { ...calm, "coatcheck-reason": "store-down" } }, /itself says: store-down/],
    ["a store that is down", "https://shop.example/", { status: 503, headers: calm, cookies: [good] }, /503.*store --probe/],
    ["no cookie at all", "https://shop.example/", { headers: calm }, /No cookie was set/],
  ];
  for (const [name, url, answer, expected] of sick) {
    it(`recognizes ${name}, names the cure and shows no value`, async () => {
      const { symptoms } = await examine(url, () => answer);
      const text = symptoms.map((symptom) => `${symptom.reason} ${symptom.cure}`).join("\n");
      assert.match(text, expected);
      assert.ok(!JSON.stringify(symptoms).includes("hidden-words"));
      const healthy = await examine("https://shop.example/", ({ count }) => ({ headers: calm, cookies: count === 0 ? [good] : [] }));
      assert.deepEqual(healthy.symptoms, []);
    });
  }

  it("RT-06 follows redirects within the site, and sends no request anywhere else", async () => {
    const { symptoms, urls } = await examine("https://shop.example/", ({ url }) => {
      if (url === "https://shop.example/") return { status: 302, headers: { ...calm, location: "/home" }, cookies: [good] };
      return { status: 302, headers: { ...calm, location: "https://other.example/" }, cookies: [] };
    });
    assert.deepEqual(urls, ["https://shop.example/", "https://shop.example/home", "https://shop.example/", "https://shop.example/home"]);
    assert.deepEqual(symptoms, []);
  });

  it("gives up a circle of redirects", async () => {
    const { urls } = await examine("https://shop.example/", () => ({ status: 302, headers: { ...calm, location: "/" }, cookies: [] }));
    assert.equal(urls.length, 12);
  });
});
