import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { coatcheck } from "../../src/adapters/fetch.ts";
import type { Ending } from "../../src/coat/exchange.ts";
import { SessionEnded, StoreUnavailable, UnsupportedValue } from "../../src/errors.ts";
import { FakeCloakroom, ending } from "../support/fake-cloakroom.ts";

const COOKIES = ending({ setCookies: ["sid=1; Path=/", "csrf=2; Expires=Wed, 01 Jan 2031 00:00:00 GMT"], vary: ["Cookie"], noStore: true });
const VARY = ending({ vary: ["Cookie"] });
const down = new StoreUnavailable("update the session", "not-sent");

type Plan = ConstructorParameters<typeof FakeCloakroom>[0];

const get = (url = "http://shop.test/a?b=1", init: RequestInit = {}): Request => new Request(url, init);

/** One request through a handler, and the fake that saw it. */
async function run(plan: Plan, handler: (request: Request) => Response | Promise<Response>, request: Request = get()): Promise<{ response: Response; room: FakeCloakroom }> {
  const room = new FakeCloakroom(plan);
  return { response: await coatcheck(room.asCloakroom(), handler)(request), room };
}

describe("the handler's Response", () => {
  it("is returned itself when there is nothing to add, and the handler is entered at once", async () => {
    const made = new Response("x");
    let entered = false;
    const handle = coatcheck(new FakeCloakroom().asCloakroom(), () => {
      entered = true;
      return made;
    });
    const answer = handle(get());
    assert.equal(entered, true);
    assert.equal(await answer, made);
  });

  it("gets Vary merged (CA-04)", async () => {
    for (const [before, after] of [
      [undefined, "Cookie"],
      ["Accept-Encoding", "Accept-Encoding, Cookie"],
      ["cookie", "cookie"],
      ["*", "*"],
      ["Accept, *", "Accept, *"],
    ] as const) {
      const { response } = await run(() => VARY, () => new Response("x", before === undefined ? {} : { headers: { Vary: before } }));
      assert.equal(response.headers.get("vary"), after);
      assert.equal(await response.text(), "x");
    }
  });

  it("CK-11, CK-12: every cookie stays a header of its own, the application's unchanged", async () => {
    const own = ["a=1; Path=/", "b=2; Expires=Wed, 01 Jan 2031 00:00:00 GMT"];
    const { response } = await run(
      () => Promise.resolve(COOKIES),
      () => new Response("x", { status: 201, statusText: "Made", headers: [["Set-Cookie", own[0] as string], ["Set-Cookie", own[1] as string], ["X-App", "1"]] }),
    );
    assert.deepEqual(response.headers.getSetCookie(), [...own, ...COOKIES.setCookies]);
    assert.equal(response.headers.get("x-app"), "1");
    assert.equal(response.status, 201);
    assert.equal(response.statusText, "Made");
    assert.equal(await response.text(), "x");
  });

  it("CA-03: is not kept by shared caches when it sets a cookie", async () => {
    const headers = { "Cache-Control": "public, max-age=600", "CDN-Cache-Control": "max-age=600", "Surrogate-Control": "max-age=600" };
    const { response } = await run(() => COOKIES, () => new Response("x", { headers }));
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(response.headers.get("cdn-cache-control"), null);
    assert.equal(response.headers.get("surrogate-control"), null);
  });

  it("RT-02: an immutable redirect gets cookies and Vary", async () => {
    for (const added of [COOKIES, VARY]) {
      const { response } = await run(() => added, () => Response.redirect("http://shop.test/b", 303));
      assert.equal(response.status, 303);
      assert.equal(response.headers.get("location"), "http://shop.test/b");
      assert.equal(response.headers.get("vary"), "Cookie");
      assert.deepEqual(response.headers.getSetCookie(), added.setCookies);
    }
  });

  it("RT-02: Response.error() counts as a 500, and becomes one when it has to carry cookies", async () => {
    const { response, room } = await run(() => COOKIES, () => Response.error());
    assert.deepEqual(room.last.outcomes, [{ status: 500, threw: false }]);
    assert.equal(response.status, 500);
    assert.deepEqual(response.headers.getSetCookie(), COOKIES.setCookies);
    const bare = await run(() => null, () => Response.error());
    assert.equal(bare.response.type, "error");
  });

  it("RT-02: a response that is used for everybody gives nobody another visitor's cookie", async () => {
    const shared = new Response(null, { status: 404, headers: { "X-App": "1" } });
    const endings: (Ending | null)[] = [COOKIES, ending({ setCookies: ["sid=other"], vary: ["Cookie"], noStore: true }), VARY, null];
    const room = new FakeCloakroom(() => endings[room.coats.length - 1] ?? null);
    const handle = coatcheck(room.asCloakroom(), () => shared);
    const seen: string[][] = [];
    for (const _ of endings) seen.push((await handle(get())).headers.getSetCookie());
    assert.deepEqual(seen, [COOKIES.setCookies, ["sid=other"], [], []]);
    assert.equal(shared.headers.get("cache-control"), null);
  });

  it("RT-02: a clone gets its cookies and its body", async () => {
    const original = new Response("body");
    const { response } = await run(() => COOKIES, () => original.clone());
    assert.deepEqual(response.headers.getSetCookie(), COOKIES.setCookies);
    assert.equal(await response.text(), "body");
  });

  for (const status of [204, 304]) {
    it(`${status} keeps its cookies and stays empty`, async () => {
      const { response } = await run(() => COOKIES, () => new Response(null, { status }));
      assert.equal(response.status, status);
      assert.equal(response.body, null);
      assert.deepEqual(response.headers.getSetCookie(), COOKIES.setCookies);
    });
  }

  it("PAIN-3: waits for the commit, also when its body is a stream", async () => {
    const commit = Promise.withResolvers<Ending | null>();
    const room = new FakeCloakroom(() => commit.promise);
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled++;
          controller.enqueue(new TextEncoder().encode("part "));
          if (pulled === 3) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    let settled = false;
    const answer = coatcheck(room.asCloakroom(), () => new Response(body))(get());
    void answer.then(() => (settled = true));
    await new Promise(setImmediate);
    assert.equal(settled, false);
    assert.equal(pulled, 0);
    commit.resolve(COOKIES);
    assert.equal(await (await answer).text(), "part part part ");
  });

  it("anything else is the handler's mistake, and says so", async () => {
    const room = new FakeCloakroom();
    const handle = coatcheck(room.asCloakroom(), () => undefined as unknown as Response);
    await assert.rejects(handle(get()), /has to return a Response/);
    assert.deepEqual(room.last.outcomes, [{ status: 500, threw: true }]);
  });
});

describe("a handler that throws", () => {
  it("its error goes on after the coat was told", async () => {
    for (const plan of [() => null, () => COOKIES, () => Promise.resolve(COOKIES), () => Promise.reject(down)]) {
      const room = new FakeCloakroom(plan);
      const failure = new Error("mine");
      const handle = coatcheck(room.asCloakroom(), () => {
        throw failure;
      });
      await assert.rejects(handle(get()), failure);
      assert.deepEqual(room.last.outcomes, [{ status: 500, threw: true }]);
    }
  });

  it("I11: the kept failure of the store is a 503", async () => {
    const { response, room } = await run(() => ending({ vary: ["Cookie"] }), () => {
      throw down;
    });
    assert.equal(response.status, 503);
    assert.equal(response.headers.get("retry-after"), "1");
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(response.headers.get("vary"), "Cookie");
    assert.equal(await response.text(), "503 Service Unavailable\n");
    assert.deepEqual(room.last.outcomes, [{ status: 503, threw: true }]);
  });

  it("I11: stays a 503 when the commit fails too", async () => {
    const { response } = await run(() => Promise.reject(down), () => Promise.reject(down));
    assert.equal(response.status, 503);
  });
});

describe("a commit that fails", () => {
  for (const [name, plan] of [
    ["later", (error: Error) => () => Promise.reject(error)],
    [
      "at once",
      (error: Error) => () => {
        throw error;
      },
    ],
  ] as const) {
    it(`${name}: 503 and 409 are answered, without the handler's headers and body`, async () => {
      for (const [error, status] of [
        [down, 503],
        [new SessionEnded(), 409],
      ] as const) {
        let cancelled = false;
        const body = new ReadableStream({
          cancel() {
            cancelled = true;
          },
        });
        const { response } = await run(plan(error), () => new Response(body, { headers: { "Set-Cookie": "app=1", "X-App": "1" } }));
        assert.equal(response.status, status);
        assert.deepEqual(response.headers.getSetCookie(), []);
        assert.equal(response.headers.get("x-app"), null);
        assert.ok((await response.text()).startsWith(`${status} `));
        assert.equal(cancelled, true);
      }
    });

    it(`${name}: what has to leave all the same leaves with the error page, whether the handler failed too or not`, async () => {
      for (const handler of [() => new Response("x"), () => Promise.reject(down)]) {
        const room = new FakeCloakroom(plan(down));
        room.prepare = (coat) => {
          coat.remains = ending({ setCookies: ["flow=; Max-Age=0"], vary: ["Cookie"], noStore: true });
        };
        const response = await coatcheck(room.asCloakroom(), handler)(new Request("https://shop.example/"));
        assert.equal(response.status, 503);
        assert.deepEqual(response.headers.getSetCookie(), ["flow=; Max-Age=0"]);
        assert.equal(response.headers.get("vary"), "Cookie");
      }
    });

    it(`${name}: what only the developer can mend rejects`, async () => {
      const error = new UnsupportedValue("cart.print", "a function cannot be kept");
      await assert.rejects(run(plan(error), () => new Response("x")), error);
    });
  }
});

describe("before the handler", () => {
  it("`ready` is awaited", async () => {
    const room = new FakeCloakroom();
    const ready = Promise.withResolvers<void>();
    room.prepare = (coat) => (coat.ready = ready.promise);
    let entered = false;
    const answer = coatcheck(room.asCloakroom(), () => {
      entered = true;
      return new Response("x");
    })(get());
    await new Promise(setImmediate);
    assert.equal(entered, false);
    ready.resolve();
    await answer;
    assert.equal(entered, true);
  });

  for (const later of [false, true]) {
    it(`a refusal ${later ? "decided later" : "decided at once"} replaces the handler`, async () => {
      const room = new FakeCloakroom(() => COOKIES);
      const refusal = { status: 403, headers: [["Content-Type", "text/plain"]] as const, body: "no" };
      room.prepare = (coat) => (coat.refusal = later ? Promise.resolve(refusal) : refusal);
      const response = await coatcheck(room.asCloakroom(), () => assert.fail("entered"))(get());
      assert.equal(response.status, 403);
      assert.equal(await response.text(), "no");
      assert.deepEqual(response.headers.getSetCookie(), COOKIES.setCookies);
      assert.deepEqual(room.last.outcomes, [{ status: 403, threw: false }]);
    });
  }

  it("whatever else the server hands over reaches the handler, the route and the peer's address", async () => {
    const room = new FakeCloakroom();
    const handle = coatcheck(room.asCloakroom(), (_request, _coat, env: { ip: string }, more: number) => new Response(`${env.ip} ${more}`), {
      route: (request) => ({ lazy: request.method === "GET" }),
      peerAddress: (_request, env) => env.ip,
    });
    assert.equal(await (await handle(get(), { ip: "10.0.0.1" }, 7)).text(), "10.0.0.1 7");
    assert.equal(room.last.view.peerAddress(), "10.0.0.1");
    assert.deepEqual(room.last.route, { lazy: true });
  });
});

describe("what the coat sees of a request", () => {
  const viewOf = async (request: Request): Promise<FakeCloakroom["last"]["view"]> => (await run(() => null, () => new Response("x"), request)).room.last.view;

  it("method, headers, scheme, host and target", async () => {
    const view = await viewOf(get("https://shop.test:8443/a%20b?c=1#d", { method: "PUT", headers: [["Cookie", "a=1"], ["X-Two", "1"], ["X-Two", "2"]] }));
    assert.equal(view.method, "PUT");
    assert.equal(view.header("cookie"), "a=1");
    assert.equal(view.header("x-two"), "1, 2");
    assert.equal(view.header("absent"), undefined);
    assert.equal(view.isEncrypted(), true);
    assert.equal(view.host(), "shop.test:8443");
    assert.equal(view.target(), "/a%20b?c=1");
    assert.equal(view.peerAddress(), undefined);
  });

  it("the Host header comes before the URL's", async () => {
    const view = await viewOf(get("http://127.0.0.1:3000", { headers: { Host: "shop.test" } }));
    assert.equal(view.host(), "shop.test");
    assert.equal(view.target(), "/");
    assert.equal(view.isEncrypted(), false);
  });

  describe("body fields come from a copy with a limit", () => {
    const form = new FormData();
    form.append("one", "1");
    form.append("many", "a");
    form.append("many", "b");
    form.append("file", new Blob(["content"]), "name.txt");
    const text = (type: string, body: string): RequestInit => ({ method: "POST", headers: { "Content-Type": type }, body });
    const stream = (size: number): RequestInit => ({
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: new Blob(["one=1&rest=", "x".repeat(size)]).stream(),
      duplex: "half",
    });
    const cases: [string, RequestInit, string, number, unknown][] = [
      ["a form", text("application/x-www-form-urlencoded", "one=1&many=a&many=b"), "one", 1000, "1"],
      ["a repeated field", text("application/x-www-form-urlencoded; charset=utf-8", "many=a&many=b"), "many", 1000, ["a", "b"]],
      ["an absent field", text("application/x-www-form-urlencoded", "one=1"), "two", 1000, undefined],
      ["a multipart form", { method: "POST", body: form }, "one", 10_000, "1"],
      ["a repeated field of a multipart form", { method: "POST", body: form }, "many", 10_000, ["a", "b"]],
      ["a file", { method: "POST", body: form }, "file", 10_000, null],
      ["JSON", text("application/json", '{"one":"1","deep":{}}'), "one", 1000, "1"],
      ["something else in JSON", text("application/json", '{"one":{}}'), "one", 1000, null],
      ["an inherited name in JSON", text("application/json", "{}"), "toString", 1000, undefined],
      ["broken JSON", text("application/json", "{"), "one", 1000, undefined],
      ["another type", text("text/plain", "one=1"), "one", 1000, undefined],
      ["no body", {}, "one", 1000, undefined],
      ["a body whose length is declared too long", { ...text("application/x-www-form-urlencoded", "one=1"), headers: { "Content-Type": "application/x-www-form-urlencoded", "Content-Length": "5000" } }, "one", 1000, undefined],
      ["a stream that fits", stream(100), "one", 1000, "1"],
      ["a stream that is too long", stream(5000), "one", 1000, undefined],
    ];
    for (const [name, init, field, maxBytes, expected] of cases) {
      it(name, async () => {
        const request = get("http://shop.test/", init);
        const room = new FakeCloakroom();
        const response = await coatcheck(room.asCloakroom(), async (given) => {
          const value = await room.last.view.bodyField?.(field, maxBytes);
          assert.deepEqual(value, expected);
          return new Response(String((await given.arrayBuffer()).byteLength > 0));
        })(request);
        assert.equal(await response.text(), String(name !== "no body"));
      });
    }

    it("a body that was read already has none", async () => {
      const request = get("http://shop.test/", text("application/x-www-form-urlencoded", "one=1"));
      const view = await viewOf(request);
      await request.text();
      assert.equal(await view.bodyField?.("one", 1000), undefined);
    });
  });
});
