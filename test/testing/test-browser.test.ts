import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, it } from "node:test";
import { createCoatcheck, type CoatcheckOptions } from "coatcheck";
import { coatcheck } from "coatcheck/fetch";
import { coatcheck as coatcheckNode } from "coatcheck/node";
import { memoryStore } from "coatcheck/memory";
import { sealedCookieStore } from "coatcheck/sealed-cookie";
import { cookieFor, FakeClock, TestBrowser } from "coatcheck/testing";
import { LoginWorld } from "../support/login-world.ts";

interface Shop {
  cart: string[];
}

function openShop(options: CoatcheckOptions = {}) {
  const clock = new FakeClock();
  const cloakroom = createCoatcheck<Shop>({ store: memoryStore(), clock, production: false, log: () => undefined, session: { idleTimeout: "30m" }, ...options });
  const shop = coatcheck(cloakroom, async (request, { session, cookies }) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/leave") return Response.redirect("https://localhost/", 303);
    if (pathname === "/theme") cookies.set("theme", "dark");
    if (request.method === "POST") {
      const title = new URLSearchParams(await request.text()).get("title") ?? "emma";
      session.change("cart", (cart = []) => [...cart, title]);
    }
    return Response.json(session.get("cart", []));
  });
  return { clock, cloakroom, shop };
}

describe("TestBrowser", () => {
  it("PAIN-36 keeps its cookies from request to request, apart from other browsers, until they expire", async () => {
    const { clock, shop } = openShop();
    const [ada, bob] = [new TestBrowser(shop, { clock }), new TestBrowser(shop, { clock })];
    assert.deepEqual(await (await ada.post("/")).json(), ["emma"]);
    assert.deepEqual(await (await ada.post("/add", { title: "persuasion" })).json(), ["emma", "persuasion"]);
    assert.deepEqual(await (await bob.get("/")).json(), []);
    clock.advance(30 * 60_000);
    assert.deepEqual(await (await ada.get("/")).json(), []);
    assert.deepEqual(ada.jar.list(), []);
  });

  it("speaks as a page of the site, unless it is told otherwise, and shows redirects", async () => {
    const { shop } = openShop();
    const ada = new TestBrowser(shop);
    assert.equal((await ada.post("/", undefined, { headers: { "sec-fetch-site": "cross-site" } })).status, 403);
    const gone = await ada.get("/leave");
    assert.deepEqual([gone.status, gone.headers.get("location")], [303, "https://localhost/"]);
  });

  it("refuses what a browser would drop, and does not repeat it", async () => {
    const ada = new TestBrowser(() => new Response(null, { headers: { "set-cookie": "__Host-sid=hidden; Path=/shop; Secure" } }));
    await assert.rejects(ada.get("/"), ({ message }: Error) => /would not keep the cookie __Host-sid of https:\/\/localhost\/: prefix-not-host-bound/.test(message) && !message.includes("hidden"));
  });

  it("goes to a server that listens", async (t) => {
    const { cloakroom } = openShop();
    const server = createServer(coatcheckNode(cloakroom, (_req, res, { session }) => void res.end(String(session.change("cart", (cart = []) => [...cart, "emma"]).length))));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as { port: number };
    const ada = new TestBrowser(`http://127.0.0.1:${port}/`);
    await ada.begin(cloakroom, { cart: ["persuasion"] });
    assert.equal(await (await ada.post("/")).text(), "2");
    assert.equal(await (await ada.post("/")).text(), "3");
  });
});

describe("cookieFor", () => {
  it("PAIN-36 makes a session that the application knows, in a store or in the cookie", async () => {
    for (const options of [{}, { store: sealedCookieStore(), secrets: ["a secret of this test alone: 77e1b09c"] }]) {
      const { cloakroom, shop } = openShop(options);
      const cookie = await cookieFor(cloakroom, { cart: ["emma"] });
      assert.deepEqual(await (await shop(new Request("https://localhost/", { headers: { cookie } }))).json(), ["emma"]);
    }
  });

  it("PAIN-36 logs in", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice");
    const site = coatcheck(world.cloakroom, async (_request, { auth }) => new Response((await auth.user())?.username ?? "nobody"));
    const cookie = await cookieFor(world.cloakroom, ({ auth }) => auth.login(alice));
    assert.equal(await (await site(new Request("https://localhost/", { headers: { cookie } }))).text(), "alice");
    const browser = new TestBrowser(site, { clock: world.clock });
    await browser.begin(world.cloakroom, ({ auth }) => auth.login(alice));
    assert.equal(await (await browser.get("/")).text(), "alice");
    await browser.begin(world.cloakroom, ({ auth }) => auth.logout());
    assert.equal(await (await browser.get("/")).text(), "nobody");
  });

  it("depends on https or http, and wants something in the session", async () => {
    const { cloakroom } = openShop();
    assert.match(await cookieFor(cloakroom, { cart: [] }), /^__Host-sessionid=/);
    assert.match(await cookieFor(cloakroom, { cart: [] }, { url: "http://127.0.0.1:3000/" }), /^sessionid=/);
    await assert.rejects(cookieFor(cloakroom, {}), /The session is empty/);
    await assert.rejects(cookieFor(cloakroom, { cart: [] }, { url: "http://shop.example/" }), /The session is empty|not sent/);
  });
});
