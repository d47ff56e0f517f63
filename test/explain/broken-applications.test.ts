import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import express from "express";
import { createCoatcheck, type CoatcheckOptions, type Session } from "coatcheck";
import { coatcheck, coatOf } from "coatcheck/express";
import { memoryStore } from "coatcheck/memory";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

interface Running {
  readonly url: string;
  readonly log: string[];
  readonly clock: FakeClock;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, headers?: Record<string, string>, body?: string): Promise<Response>;
}

/** A little application as its developer would write it, with everything it logs. */
async function run(build: (app: express.Express, session: (req: express.Request) => Session<AnyData>) => void, use: (running: Running) => Promise<void>, options: CoatcheckOptions = {}, mounts = true): Promise<void> {
  const log: string[] = [];
  const clock = new FakeClock();
  const app = express();
  if (mounts) app.use(coatcheck(createCoatcheck<AnyData>({ store: memoryStore(), production: false, clock, log: (sentence) => void log.push(sentence), ...options })));
  build(app, (req) => coatOf<AnyData>(req).session);
  app.use((error: Error, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
    log.push(error.message);
    res.status(500).end();
  });
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call =
    (method: string) =>
    (path: string, headers: Record<string, string> = {}, body: string | null = null): Promise<Response> =>
      fetch(url + path, { method, body, headers: { "sec-fetch-site": "same-origin", ...headers } });
  try {
    await use({ url, log, clock, get: call("GET"), post: call("POST") });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const reasons = (response: Response): string[] => (response.headers.get("coatcheck-reason") ?? "").split(", ").filter(Boolean);
const cookieOf = (response: Response): string => response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
const logged = (log: readonly string[], about: RegExp, cure: RegExp): void => {
  const sentence = log.find((line) => about.test(line));
  assert.ok(sentence !== undefined, `nothing about ${about} in:\n${log.join("\n")}`);
  assert.match(sentence, cure);
};

describe("PAIN-38 six broken applications, and what the log says", () => {
  it("L1 the middleware is missing: the line to add", () =>
    run(
      (app, session) => app.get("/", (req, res) => void res.send(String(session(req).get("a")))),
      async ({ get, log }) => {
        assert.equal((await get("/")).status, 500);
        logged(log, /the middleware has not run/, /app\.use\(coatcheck\(\)\)/);
      },
      {},
      false,
    ));

  it("L2 the browser does not keep the cookie: what to look at", () =>
    run(
      (app, session) =>
        app.post("/visit", (req, res) => {
          session(req).change("visits", (visits) => ((visits as number | undefined) ?? 0) + 1);
          res.end();
        }),
      async ({ post, log }) => {
        assert.deepEqual(reasons(await post("/visit")), []);
        assert.deepEqual(reasons(await post("/visit")), ["cookie-not-returned"]);
        logged(log, /without the cookie sessionid/, /credentials|Domain and Path|localhost/);
      },
    ));

  it("L3 PAIN-10 PX-03 Secure over http, behind a proxy that nobody trusts: the setting to change, and no record", () =>
    run(
      (app, session) =>
        app.post("/", (req, res) => {
          session(req).set("a", 1);
          res.end();
        }),
      async ({ post, log }) => {
        const response = await post("/", { "x-forwarded-proto": "https", "x-forwarded-for": "198.51.100.7" });
        assert.deepEqual(response.headers.getSetCookie(), []);
        assert.deepEqual(reasons(response), ["secure-over-http"]);
        logged(log, /session cookie was not sent/, /set trustProxy/);
      },
    ));

  it("L3 PAIN-10 http into a container, by localhost: the address that speaks against it, and what to set", async () => {
    const log: string[] = [];
    const options: CoatcheckOptions = { store: memoryStore(), production: false, clock: new FakeClock(), log: (sentence) => void log.push(sentence) };
    const begin = async (given: CoatcheckOptions): Promise<readonly string[]> =>
      (await new Visitor(createCoatcheck<AnyData>(given), "http://localhost:3000/").visit(({ session }) => void session.set("a", 1), { method: "POST", peerAddress: "172.17.0.1" })).setCookies;
    assert.deepEqual(await begin(options), []);
    logged(log, /http to localhost:3000, and from 172\.17\.0\.1, which is not this machine/, /set session\.cookie\.secure: process\.env\.NODE_ENV === "production"/);
    assert.doesNotMatch(log.join("\n"), /open it as http:\/\/localhost/);
    assert.equal((await begin({ ...options, session: { cookie: { secure: false } } })).length, 1);
  });

  it("L4 a nested value is changed where it cannot be noticed: after the response has left", () =>
    run(
      (app, session) => {
        app.post("/begin", (req, res) => {
          session(req).set("cart", []);
          res.end();
        });
        app.post("/add", (req, res) => {
          const cart = session(req).get("cart") as string[];
          res.end("added");
          cart.push("book");
        });
      },
      async ({ post, log }) => {
        const cookie = cookieOf(await post("/begin"));
        await post("/add", { cookie });
        await post("/add", { cookie });
        logged(log, /value under cart was changed after the response had left/, /before answering|coat\.detach/);
      },
    ));

  it("L4 a nested value is changed where it cannot be noticed: in a copy", () =>
    run(
      (app, session) => {
        app.post("/begin", (req, res) => {
          session(req).assign({ cart: [], visits: 1 });
          res.end();
        });
        app.post("/add", (req, res) => {
          const cart = structuredClone(session(req).get("cart")) as string[];
          cart.push("book");
          res.end("added");
        });
        app.post("/spread", (req, res) => {
          const data = { ...session(req).data };
          data["visits"] = 2;
          res.end();
        });
        app.post("/real", (req, res) => {
          (session(req).get("cart") as string[]).push("book");
          res.end();
        });
        app.post("/count", (req, res) => void res.send(String(session(req).get("visits"))));
        app.get("/cart", (req, res) => void res.json(session(req).get("cart")));
        app.post("/refused", (req, res) => void res.status(422).json(session(req).get("cart")));
      },
      async ({ get, post, log }) => {
        const cookie = cookieOf(await post("/begin"));
        assert.deepEqual(reasons(await post("/add", { cookie })), ["nothing-changed"]);
        logged(log, /This POST read what the session holds under cart and changed nothing/, /session\.set\(\) or session\.change\(\)/);
        assert.deepEqual(reasons(await post("/spread", { cookie })), ["nothing-changed"]);
        // What is no sign of a mistake: a change, a number, a GET, a refusal.
        for (const path of ["/real", "/count", "/refused"]) assert.deepEqual(reasons(await post(path, { cookie })), [], path);
        assert.deepEqual(reasons(await get("/cart", { cookie })), []);
      },
    ));

  it("L5 the session ends earlier than expected: which limit cuts it short, and afterwards which one ended it", () =>
    run(
      (app, session) => {
        app.post("/begin", (req, res) => {
          session(req).set("a", 1).setExpiry("365d");
          res.end();
        });
        app.get("/", (req, res) => void res.send(String(session(req).get("a"))));
      },
      async ({ post, get, log, clock }) => {
        const begun = await post("/begin");
        assert.deepEqual(reasons(begun), ["expiry-capped"]);
        logged(log, /setExpiry asked for more/, /Lengthen session\.absoluteTimeout/);
        clock.advance(31 * 86_400_000);
        assert.deepEqual(reasons(await get("/", { cookie: cookieOf(begun) })), ["expired-token"]);
        logged(log, /ended 86400 s ago/, /session\.absoluteTimeout/);
      },
      { session: { absoluteTimeout: "30d" } },
    ));

  it("L6 no record is created: a copy was changed, or the handler failed", () =>
    run(
      (app, session) => {
        app.post("/copy", (req, res) => {
          const data = { ...session(req).data };
          data["cart"] = ["book"];
          res.end();
        });
        app.post("/fail", (req, res) => {
          session(req).set("cart", ["book"]);
          res.status(500).end();
        });
      },
      async ({ post, log }) => {
        assert.deepEqual(reasons(await post("/copy")), ["nothing-written"]);
        logged(log, /no record, no cookie/, /session\.set\(\) or session\.change\(\)/);
        assert.deepEqual(reasons(await post("/fail")), ["changes-dropped"]);
        logged(log, /changes were dropped/, /keepChangesOnError/);
      },
    ));
});

describe("other things that are said", () => {
  const begin = (app: express.Express, session: (req: express.Request) => Session<AnyData>): void => {
    app.post("/set/:key", express.text(), (req, res) => {
      session(req).set(req.params["key"] as string, req.body as string);
      res.end();
    });
    app.get("/", (req, res) => void res.send(String(session(req).get("a"))));
  };
  const say = (log: readonly string[]): string => log.join("\n");

  it("a cookie that leads nowhere, and one that is no token", () =>
    run(begin, async ({ get, log }) => {
      assert.deepEqual(reasons(await get("/", { cookie: `sessionid=${"A".repeat(43)}` })), ["unknown-token"]);
      assert.deepEqual(reasons(await get("/", { cookie: "sessionid=rubbish" })), ["malformed-token"]);
      assert.equal(say(log).includes("rubbish"), false);
    }));

  it("a key or value that looks like a secret, never the value itself", () =>
    run(begin, async ({ post, log }) => {
      const secrets: Record<string, string> = { password: "hunter2-hunter2", card: "4111 1111 1111 1111", note: "sk_live_4242424242424242", jwt: `eyJ${"a".repeat(12)}.eyJ${"b".repeat(12)}.${"c".repeat(12)}` };
      for (const [key, body] of Object.entries(secrets)) {
        const response = await post(`/set/${key}`, { "content-type": "text/plain" }, body);
        assert.deepEqual(reasons(response).filter((reason) => reason === "looks-secret"), ["looks-secret"], key);
      }
      for (const value of Object.values(secrets)) assert.equal(say(log).includes(value), false);
      const harmless = await post("/set/title", { "content-type": "text/plain" }, "The Password Keeper's Daughter 1234");
      assert.equal(reasons(harmless).includes("looks-secret"), false);
    }));

  it("nothing in production: no header, no log", () =>
    run(
      begin,
      async ({ get, log }) => {
        const response = await get("/", { cookie: "sessionid=rubbish" });
        assert.equal(response.headers.get("coatcheck-reason"), null);
        assert.deepEqual(log, []);
      },
      { production: true, store: memoryStore({ unsafeInProduction: true }) },
    ));
});
