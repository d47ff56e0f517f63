import express from "express";
import session from "express-session";
import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { ConfigurationError } from "../../../src/errors.ts";
import { toExpressStore } from "../../../src/stores/bridges/express-store.ts";
import { memoryStore, type MemoryStore } from "../../../src/stores/memory.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { makeRecord } from "../../support/records.ts";

/** The application's own type: `Request.session` belongs to Coatcheck's types in this program. */
type ShopSession = session.Session & { count?: number; user?: string };
const sessionOf = (request: express.Request): ShopSession => (request as unknown as { session: ShopSession }).session;

interface Browser {
  get(path: string): Promise<string>;
  cookie: string;
}

interface Shop {
  readonly store: MemoryStore;
  readonly browser: () => Browser;
  /** Lets `/slow` go on; resolves when it has loaded its session. */
  readonly slow: { readonly loaded: Promise<void>; readonly go: () => void };
}

/** An ordinary express-session application over one of our stores. */
async function open(t: TestContext): Promise<Shop> {
  const store = memoryStore();
  const app = express();
  const loaded = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  app.use(
    session({
      store: toExpressStore(store, session, { ownerOf: (data) => (typeof data["user"] === "string" ? data["user"] : null) }),
      secret: "a secret for tests",
      resave: false,
      saveUninitialized: false,
      rolling: true,
      cookie: { maxAge: 3_600_000 },
    }),
  );
  app.get("/count", (request, response) => {
    sessionOf(request).count = (sessionOf(request).count ?? 0) + 1;
    response.send(String(sessionOf(request).count));
  });
  app.get("/login/:user", (request, response, next) => {
    sessionOf(request).regenerate((error: unknown) => {
      if (error) return next(error);
      sessionOf(request).user = request.params.user;
      response.send("in");
    });
  });
  app.get("/who", (request, response) => {
    response.send(sessionOf(request).user ?? "nobody");
  });
  app.get("/logout", (request, response, next) => {
    sessionOf(request).destroy((error: unknown) => (error ? next(error) : response.send("out")));
  });
  app.get("/slow", async (request, response) => {
    loaded.resolve();
    await gate.promise;
    sessionOf(request).count = 99;
    response.send("slow");
  });
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = (): Browser => ({
    cookie: "",
    async get(path) {
      const response = await fetch(`${origin}${path}`, { headers: { cookie: this.cookie } });
      const [set] = response.headers.getSetCookie();
      if (set !== undefined) this.cookie = set.split(";")[0] as string;
      return response.text();
    },
  });
  return { store, browser, slow: { loaded: loaded.promise, go: gate.resolve } };
}

describe("toExpressStore", () => {
  it("carries an express-session application: sessions, regenerate, destroy", async (t) => {
    const { browser, store } = await open(t);
    const ann = browser();
    assert.equal(await ann.get("/count"), "1");
    assert.equal(await ann.get("/count"), "2");
    assert.equal(await browser().get("/count"), "1");
    const before = ann.cookie;
    assert.equal(await ann.get("/login/ann"), "in");
    assert.notEqual(ann.cookie, before);
    assert.equal(await ann.get("/who"), "ann");
    assert.equal((await store.listByOwner("ann")).length, 1);
    assert.equal(await ann.get("/logout"), "out");
    assert.equal(await ann.get("/who"), "nobody");
    assert.equal((await store.listByOwner("ann")).length, 0);
  });

  it("CC-01 PAIN-02 a slow request does not bring back what was logged out, as it does with express-session's own stores", async (t) => {
    const { browser, store, slow } = await open(t);
    const ann = browser();
    await ann.get("/login/ann");
    const { cookie } = ann;
    const late = ann.get("/slow");
    await slow.loaded;
    const other = browser();
    other.cookie = cookie;
    await other.get("/logout");
    slow.go();
    assert.equal(await late, "slow");
    other.cookie = cookie;
    assert.equal(await other.get("/who"), "nobody");
    assert.equal(store.size, 0);
  });

  it("PAIN-04 an administrator ends a user's sessions", async (t) => {
    const { browser, store } = await open(t);
    const [phone, desk] = [browser(), browser()];
    for (const one of [phone, desk]) await one.get("/login/ann");
    assert.equal(await store.deleteByOwner("ann"), 2);
    for (const one of [phone, desk]) assert.equal(await one.get("/who"), "nobody");
  });

  it("ST-01 PAIN-06 the store never sees the id that the browser holds", async (t) => {
    const { browser, store } = await open(t);
    const ann = browser();
    await ann.get("/count");
    const sid = decodeURIComponent(ann.cookie).replace(/^connect\.sid=s:/, "").split(".")[0] as string;
    assert.ok(sid.length > 20);
    const { records } = await store.scan(null, 10);
    assert.equal(records.length, 1);
    assert.equal(JSON.stringify(records).includes(sid), false);
  });

  it("touches without writing, and keeps the end of the cookie", async () => {
    const clock = new FakeClock();
    const store = memoryStore({ clock });
    const bridge = toExpressStore(store, session, { clock });
    const ask = <T>(start: (done: (error?: unknown, value?: T) => void) => void): Promise<T | undefined> =>
      new Promise((resolve, reject) => start((error, value) => (error ? reject(error as Error) : resolve(value))));
    const data = { cookie: { originalMaxAge: 60_000, expires: new Date(clock.now() + 60_000) }, count: 1 } as unknown as session.SessionData;
    await ask((done) => bridge.set("one", data, done));
    assert.equal(((await ask<session.SessionData | null>((done) => bridge.get("one", done as never))) as unknown as { count: number }).count, 1);
    clock.advance(59_999);
    data.cookie.expires = new Date(clock.now() + 60_000);
    await ask((done) => bridge.touch?.("one", data, done as never));
    clock.advance(59_999);
    assert.ok(await ask((done) => bridge.get("one", done as never)));
    clock.advance(1);
    assert.equal(await ask((done) => bridge.get("one", done as never)), null);
    assert.equal(await ask((done) => bridge.touch?.("one", data, done as never)), undefined);
    assert.equal(await ask((done) => bridge.get("one", done as never)), null, "a touch made it live again");
  });

  it("a session whose cookie ends with the browser lives for defaultSeconds", async () => {
    const clock = new FakeClock();
    const bridge = toExpressStore(memoryStore({ clock }), session, { clock, defaultSeconds: 10 });
    const get = (): Promise<unknown> => new Promise((resolve) => bridge.get("one", (_error, value) => resolve(value)));
    await new Promise<void>((resolve) => bridge.set("one", { cookie: { originalMaxAge: null } }, () => resolve()));
    clock.advance(9_999);
    assert.ok(await get());
    clock.advance(1);
    assert.equal(await get(), null);
  });

  it("hands errors to the callback, and lists only express-session's own records", async () => {
    const store = memoryStore();
    const bridge = toExpressStore(store, session);
    await new Promise<void>((resolve) => bridge.set("one", { cookie: { originalMaxAge: null } }, () => resolve()));
    await store.create(makeRecord());
    const all = await new Promise<unknown>((resolve) => bridge.all?.((_error, value) => resolve(value)));
    assert.equal((all as unknown[]).length, 1);
    store.read = async () => Promise.reject(new Error("down"));
    const error = await new Promise<unknown>((resolve) => bridge.get("one", resolve));
    assert.ok(error instanceof Error && error.message === "down");
  });

  it("refuses what is not express-session", () => {
    assert.throws(() => toExpressStore(memoryStore(), {} as typeof session), ConfigurationError);
    assert.throws(() => toExpressStore(memoryStore(), session, { defaultSeconds: 0 }), /defaultSeconds/);
  });
});
