import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { ClientHttp2Session, Http2ServerRequest, Http2ServerResponse, IncomingHttpHeaders } from "node:http2";
import { connect as connect2, createServer as createServer2 } from "node:http2";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { describe, it, mock } from "node:test";
import { holdKey } from "../../src/adapters/hold-state.ts";
import { fieldMarker, markerFor, probeMarker, propertyMarker } from "../../src/adapters/hold-marker.ts";
import { coatOf, coatcheck } from "../../src/adapters/node.ts";
import { NodeView } from "../../src/adapters/node-view.ts";
import type { Ending } from "../../src/coat/exchange.ts";
import { MiddlewareMissing, SessionEnded, StoreUnavailable } from "../../src/errors.ts";
import { FakeCloakroom, ending } from "../support/fake-cloakroom.ts";
import { ask, askRaw, linesOf, serve, watchUnhandled } from "../support/http.ts";

const COOKIES = ending({ setCookies: ["sid=1; Path=/", "csrf=2; Expires=Wed, 01 Jan 2031 00:00:00 GMT"], vary: ["Cookie"], noStore: true });
const down = new StoreUnavailable("read the session", "not-sent");

type Handler = (req: IncomingMessage, res: ServerResponse) => unknown;

async function withServer(listener: RequestListener, test: (port: number) => Promise<void>): Promise<void> {
  const unhandled = watchUnhandled();
  const server = await serve(listener);
  try {
    await test(server.port);
  } finally {
    await server.close();
  }
  assert.deepEqual(await unhandled.stop(), []);
}

describe("a handler that throws", () => {
  const failure = new Error("mine");
  const ways: Record<string, Handler> = {
    "at once": () => {
      throw failure;
    },
    later: async () => {
      await new Promise(setImmediate);
      throw failure;
    },
  };
  for (const [when, handler] of Object.entries(ways)) {
    it(`${when}: 500, the coat is told, and the error is heard`, async () => {
      const heard: unknown[] = [];
      const room = new FakeCloakroom(() => Promise.resolve(COOKIES));
      const listener = coatcheck(room.asCloakroom(), (req, res) => {
        res.setHeader("Content-Type", "application/json");
        res.setHeader("Set-Cookie", "app=1");
        return handler(req, res);
      }, { onError: (error) => heard.push(error) });
      await withServer(listener, async (port) => {
        const answer = await ask(port, "/");
        assert.equal(answer.status, 500);
        assert.equal(answer.text, "500 Internal Server Error\n");
        assert.equal(answer.headers["content-type"], "text/plain; charset=utf-8");
        assert.deepEqual(linesOf(answer, "set-cookie"), COOKIES.setCookies);
        assert.deepEqual(room.last.outcomes, [{ status: 500, threw: true }]);
        assert.deepEqual(heard, [failure]);
      });
    });
  }

  it("onError may answer by itself", async () => {
    const listener = coatcheck(new FakeCloakroom().asCloakroom(), ways["later"] as Handler, {
      onError: (error, req, res) => void res.writeHead(502, { "Content-Type": "application/json" }).end(JSON.stringify({ path: req.url, message: (error as Error).message })),
    });
    await withServer(listener, async (port) => {
      const answer = await ask(port, "/here");
      assert.equal(answer.status, 502);
      assert.deepEqual(JSON.parse(answer.text), { path: "/here", message: "mine" });
    });
  });

  it("I11: the kept failure of the store is a 503", async () => {
    const listener = coatcheck(new FakeCloakroom().asCloakroom(), () => Promise.reject(down), { onError: () => {} });
    await withServer(listener, async (port) => {
      const answer = await ask(port, "/");
      assert.equal(answer.status, 503);
      assert.equal(answer.headers["retry-after"], "1");
      assert.equal(answer.text, "503 Service Unavailable\n");
    });
  });

  it("after its answer was complete: the answer leaves and the error is heard", async () => {
    const heard: unknown[] = [];
    const listener = coatcheck(
      new FakeCloakroom(() => new Promise((resolve) => setImmediate(resolve, COOKIES))).asCloakroom(),
      (_req, res) => {
        res.end("whole");
        throw failure;
      },
      { onError: (error) => heard.push(error) },
    );
    await withServer(listener, async (port) => {
      assert.equal((await ask(port, "/")).text, "whole");
      assert.deepEqual(heard, [failure]);
    });
  });

  it("in the middle of its answer: the connection is cut, so that nobody takes half for whole", async () => {
    for (const plan of [() => null, () => new Promise<Ending>((resolve) => setImmediate(resolve, COOKIES))]) {
      const listener = coatcheck(
        new FakeCloakroom(plan).asCloakroom(),
        async (_req, res) => {
          res.write("half");
          await new Promise(setImmediate);
          throw failure;
        },
        { onError: () => {} },
      );
      await withServer(listener, async (port) => {
        await assert.rejects(ask(port, "/"));
      });
    }
  });

  it("without onError, the server's own errors go to the console and a client's do not", async () => {
    const log = mock.method(console, "error", () => {});
    try {
      const errors = [failure, down, new SessionEnded()];
      const listener = coatcheck(new FakeCloakroom().asCloakroom(), () => Promise.reject(errors.shift() as Error));
      await withServer(listener, async (port) => {
        assert.deepEqual([(await ask(port, "/")).status, (await ask(port, "/")).status, (await ask(port, "/")).status], [500, 503, 409]);
      });
      assert.deepEqual(
        log.mock.calls.map((call) => call.arguments),
        [[failure], [down]],
      );
    } finally {
      log.mock.restore();
    }
  });
});

describe("a refused request", () => {
  it("never enters the handler, and its answer carries the cookies", async () => {
    const room = new FakeCloakroom(() => COOKIES);
    room.prepare = (coat) => (coat.refusal = Promise.resolve({ status: 403, headers: [["X-Why", "csrf"]], body: "no" }));
    await withServer(coatcheck(room.asCloakroom(), () => assert.fail("entered")), async (port) => {
      const answer = await ask(port, "/", { method: "POST" });
      assert.equal(answer.status, 403);
      assert.equal(answer.headers["x-why"], "csrf");
      assert.equal(answer.text, "no");
      assert.deepEqual(linesOf(answer, "set-cookie"), COOKIES.setCookies);
    });
  });

  it("a check that breaks is a 500", async () => {
    const heard: unknown[] = [];
    const failure = new Error("broken check");
    const room = new FakeCloakroom();
    room.prepare = (coat) => (coat.refusal = Promise.reject(failure));
    await withServer(coatcheck(room.asCloakroom(), () => assert.fail("entered"), { onError: (error) => heard.push(error) }), async (port) => {
      assert.equal((await ask(port, "/")).status, 500);
      assert.deepEqual(heard, [failure]);
    });
  });
});

describe("coatOf", () => {
  it("finds the coat, and names the line where there is none", async () => {
    const room = new FakeCloakroom();
    await withServer(
      coatcheck(room.asCloakroom(), (req, res, coat) => {
        assert.equal(coatOf(req), coat);
        res.end();
      }),
      async (port) => assert.equal((await ask(port, "/")).status, 200),
    );
    assert.throws(() => coatOf({}), (error: unknown) => error instanceof MiddlewareMissing && error.message.includes("createServer(coatcheck(cloakroom, handler))"));
  });
});

describe("what the coat sees of a request", () => {
  const view = (req: object): NodeView => new NodeView(req as IncomingMessage);

  it("the target is what is dispatched, whatever form it came in", () => {
    for (const [url, target] of [
      ["/a?b=1", "/a?b=1"],
      ["//a/b", "//a/b"],
      ["*", "*"],
      ["http://elsewhere.test/a?b=1", "/a?b=1"],
      ["http://elsewhere.test", "/"],
      ["?", "/"],
      [undefined, "/"],
    ] as const) {
      assert.equal(view({ url, headers: {} }).target(), target);
    }
    assert.equal(view({ url: "/inner", originalUrl: "/outer/inner", headers: {} }).target(), "/outer/inner");
  });

  it("encryption is the connection's own, never a header's", () => {
    const headers = { "x-forwarded-proto": "https", forwarded: "proto=https" };
    assert.equal(view({ headers, socket: {} }).isEncrypted(), false);
    assert.equal(view({ headers: {}, socket: { encrypted: true } }).isEncrypted(), true);
  });

  it("the authority of HTTP/2 comes before Host", () => {
    assert.equal(view({ headers: { ":authority": "a.test", host: "b.test" } }).host(), "a.test");
    assert.equal(view({ headers: { host: "b.test" } }).host(), "b.test");
    assert.equal(view({ headers: {} }).host(), undefined);
  });

  it("repeated Cookie headers arrive as one", async () => {
    const room = new FakeCloakroom();
    await withServer(coatcheck(room.asCloakroom(), (_req, res) => res.end()), async (port) => {
      await askRaw(port, "GET http://elsewhere.test/a HTTP/1.1\r\nHost: shop.test\r\nCookie: a=1\r\nCookie: b=2\r\nX-A: 1\r\nX-A: 2\r\nConnection: close\r\n\r\n");
      assert.equal(room.last.view.header("cookie"), "a=1; b=2");
      assert.equal(room.last.view.header("x-a"), "1, 2");
      assert.equal(room.last.view.target(), "/a");
    });
  });
});

describe("the two ways to mark a held response", () => {
  it("Node's own field is found to work, and only on its own responses", async () => {
    probeMarker();
    let chosen: unknown;
    await withServer((_req, res) => {
      chosen = markerFor(res);
      res.end();
    }, async (port) => void (await ask(port, "/")));
    assert.equal(chosen, fieldMarker);
    assert.equal(markerFor({}), propertyMarker);
  });

  for (const [name, marker] of [["field", fieldMarker], ["property", propertyMarker]] as const) {
    it(`the ${name} marker makes headers look sent and takes it back`, async () => {
      const seen: unknown[] = [];
      await withServer((_req, res) => {
        const own = (): string[] => Object.getOwnPropertyNames(res).sort();
        const before = own();
        marker.mark(res);
        marker.mark(res);
        seen.push(res.headersSent);
        for (const late of [() => res.setHeader("X-A", "1"), () => res.removeHeader("X-A"), () => res.appendHeader("X-A", "1"), () => res.setHeaders(new Headers({ "X-A": "1" }))]) {
          assert.throws(late, { code: "ERR_HTTP_HEADERS_SENT" });
        }
        marker.unmark(res);
        marker.unmark(res);
        seen.push(res.headersSent);
        assert.deepEqual(own(), before);
        res.setHeader("X-A", "2");
        res.write("x");
        marker.mark(res);
        marker.unmark(res);
        seen.push(res.headersSent);
        res.end();
      }, async (port) => assert.equal((await ask(port, "/")).headers["x-a"], "2"));
      assert.deepEqual(seen, [true, false, true]);
    });
  }

  it("the property marker gives back methods that somebody had replaced", () => {
    const setHeader = (): void => {};
    const res = { setHeader, headersSent: false };
    propertyMarker.mark(res);
    assert.notEqual(res.setHeader, setHeader);
    propertyMarker.unmark(res);
    assert.deepEqual(res, { setHeader, headersSent: false });
  });
});

describe("HTTP/2 (the compatibility API)", () => {
  type Handler2 = (req: Http2ServerRequest, res: Http2ServerResponse) => unknown;
  interface Answer2 {
    readonly headers: IncomingHttpHeaders & { ":status"?: number };
    readonly body: string;
  }

  async function withServer2(room: FakeCloakroom, handler: Handler2, test: (request: (path: string, headers?: object) => Promise<Answer2>, client: ClientHttp2Session) => Promise<void>): Promise<void> {
    const unhandled = watchUnhandled();
    const server = createServer2(coatcheck(room.asCloakroom(), handler, { onError: () => {} }));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = connect2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    try {
      await test(async (path, headers = {}) => {
        const stream = client.request({ ":path": path, ...headers });
        const [received] = (await once(stream, "response")) as [Answer2["headers"]];
        let body = "";
        for await (const chunk of stream) body += String(chunk);
        return { headers: received, body };
      }, client);
    } finally {
      client.close();
      server.close();
      await once(server, "close");
    }
    assert.deepEqual(await unhandled.stop(), []);
  }

  const plans = { "at once": () => COOKIES, later: () => new Promise<Ending>((resolve) => setImmediate(resolve, COOKIES)) };
  const forms: Record<string, Handler2> = {
    end: (_req, res) => res.end("body"),
    "write and end": (_req, res) => {
      res.write("bo");
      res.end("dy");
    },
    writeHead: (_req, res) => res.writeHead(200, { "X-App": "1" }).end("body"),
  };
  for (const [when, plan] of Object.entries(plans)) {
    for (const [form, handler] of Object.entries(forms)) {
      it(`${form}, the commit ${when}`, async () => {
        const room = new FakeCloakroom(plan);
        await withServer2(room, handler, async (request) => {
          const answer = await request("/a?b=1", { cookie: "x=1" });
          assert.equal(answer.headers[":status"], 200);
          assert.equal(answer.body, "body");
          assert.deepEqual(answer.headers["set-cookie"], COOKIES.setCookies);
          assert.equal(answer.headers.vary, "Cookie");
          assert.equal(answer.headers["cache-control"], "no-store");
          assert.deepEqual(room.last.outcomes, [{ status: 200, threw: false }]);
          assert.equal(room.last.view.header("cookie"), "x=1");
          assert.equal(room.last.view.target(), "/a?b=1");
          assert.match(room.last.view.host() ?? "", /^127\.0\.0\.1:\d+$/);
        });
      });
    }
  }

  it("looks sent while it is held", async () => {
    const seen: unknown[] = [];
    const handler: Handler2 = (_req, res) => {
      res.end("x");
      seen.push(res.headersSent);
      assert.throws(() => res.setHeader("X-Late", "1"), { code: "ERR_HTTP_HEADERS_SENT" });
    };
    await withServer2(new FakeCloakroom(plans.later), handler, async (request) => {
      const answer = await request("/");
      assert.equal(answer.headers["x-late"], undefined);
      assert.deepEqual(seen, [true]);
    });
  });

  it("a failing commit is a 503 without cookies", async () => {
    const handler: Handler2 = (_req, res) => {
      res.setHeader("Set-Cookie", "app=1");
      res.end("x");
    };
    await withServer2(new FakeCloakroom(() => Promise.reject(down)), handler, async (request) => {
      const answer = await request("/");
      assert.equal(answer.headers[":status"], 503);
      assert.equal(answer.headers["set-cookie"], undefined);
      assert.equal(answer.body, "503 Service Unavailable\n");
    });
  });

  it("a stream that the client resets harms nothing", async () => {
    const commit = Promise.withResolvers<Ending | null>();
    const begun = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const room = new FakeCloakroom(() => {
      begun.resolve();
      return commit.promise;
    });
    const handler: Handler2 = (_req, res) => {
      res.on("close", () => gone.resolve());
      res.write("x");
      res.end("y");
    };
    await withServer2(room, handler, async (request, client) => {
      const stream = client.request({ ":path": "/" });
      stream.on("error", () => {});
      await begun.promise;
      stream.close();
      await gone.promise;
      commit.resolve(COOKIES);
      await commit.promise;
      room.plan = () => null;
      assert.equal((await request("/")).body, "xy");
    });
  });
});

describe("what stays behind", () => {
  it("a client that leaves before the handler answers costs no commit until it does", async () => {
    const room = new FakeCloakroom(() => Promise.resolve(null));
    const entered = Promise.withResolvers<ServerResponse>();
    await withServer(
      coatcheck(room.asCloakroom(), (_req, res) => entered.resolve(res)),
      async (port) => {
        const socket = connect(port, "127.0.0.1");
        socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        const res = await entered.promise;
        const closed = once(res, "close");
        socket.destroy();
        await closed;
        assert.deepEqual(room.last.outcomes, []);
        res.end("too late for the client, not for its session");
        assert.equal(room.last.outcomes.length, 1);
        assert.equal((res as { [holdKey]?: unknown })[holdKey] !== undefined, true);
      },
    );
  });
});
