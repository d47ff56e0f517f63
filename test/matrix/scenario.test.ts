import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createCoatcheck } from "coatcheck";
import type { Coatcheck, CoatcheckOptions, RouteOptions, Session, SessionStore } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { FailingStore } from "../support/failing-store.ts";
import type { Answer, AskOptions } from "../support/http.ts";
import { ask, askRaw, linesOf, serve, watchUnhandled } from "../support/http.ts";
import type { AnyData } from "../support/view.ts";
import type { Door, ProbeAnswer, ProbeHandler } from "./doors.ts";
import { doors } from "./doors.ts";

type TestSession = Session<AnyData>;

/** A probe behind one door, and what its store was asked. */
class Site {
  readonly port: number;
  readonly store: FailingStore;
  readonly clock: FakeClock;
  readonly cloakroom: Coatcheck<AnyData>;
  /** The last session cookie that a browser would have kept, as `name=value`; none at the beginning. */
  cookie: string | undefined;

  constructor(port: number, store: FailingStore, clock: FakeClock, cloakroom: Coatcheck<AnyData>) {
    this.port = port;
    this.store = store;
    this.clock = clock;
    this.cloakroom = cloakroom;
  }

  async ask(path: string, options: AskOptions = {}): Promise<Answer> {
    const headers = this.cookie === undefined ? options.headers : { Cookie: this.cookie, ...options.headers };
    const answer = await ask(this.port, path, { ...options, ...(headers === undefined ? {} : { headers }) });
    for (const line of linesOf(answer, "set-cookie")) {
      if (!line.startsWith("sessionid=")) continue;
      this.cookie = /max-age=0|expires=thu, 01 jan 1970/i.test(line) ? undefined : line.split(";")[0];
    }
    return answer;
  }
}

interface SiteOptions {
  readonly route?: (path: string) => RouteOptions;
  readonly options?: CoatcheckOptions;
  readonly wrap?: (store: SessionStore) => SessionStore;
}

async function withSite(door: Door, handler: ProbeHandler, test: (site: Site) => Promise<void>, { route, options = {}, wrap = (store) => store }: SiteOptions = {}): Promise<void> {
  const unhandled = watchUnhandled();
  const clock = new FakeClock();
  const store = new FailingStore(memoryStore());
  const cloakroom = createCoatcheck<AnyData>({ store: wrap(store.store), production: false, clock, sweep: false, log: () => {}, ...options });
  const server = await serve(door.open(cloakroom, handler, route));
  try {
    await test(new Site(server.port, store, clock, cloakroom));
  } finally {
    await server.close();
  }
  assert.deepEqual(await unhandled.stop(), []);
}

const ON_SESSION: Record<string, (session: TestSession) => unknown> = {
  get: (session) => session.get("name"),
  has: (session) => session.has("name"),
  keys: (session) => session.keys(),
  write: (session) => session.set("name", "Ann"),
  change: (session) => session.change("visits", (visits) => Number(visits ?? 0) + 1),
  delete: (session) => session.delete("name"),
  rotate: (session) => session.rotate(),
  flush: (session) => session.flush(),
};

const KINDS: Record<string, ProbeAnswer> = {
  "200": { body: "x" },
  "302": { status: 302, headers: [["Location", "/elsewhere"]] },
  "304": { status: 304 },
  "404": { status: 404, body: "no" },
  HEAD: { body: "x" },
  stream: { body: "x" },
};

/** `/get/200` looks at the session in that way and answers in that kind; `/none/200` does not look. */
const look: ProbeHandler = (request, coat) => {
  const [, way = "none", kind = "200"] = request.path.split("/");
  if (way !== "none") ON_SESSION[way]?.(coat.session);
  const chosen = KINDS[kind] as ProbeAnswer;
  return kind === "stream" ? { body: pieces("x") } : chosen;
};

async function* pieces(...texts: string[]): AsyncGenerator<string> {
  yield* texts;
}

/** Sends what it is told to, and never answers: for a look at what the wire holds. */
async function untilBegun(port: number, request: string, begun: Promise<unknown>): Promise<{ received: () => string; closed: Promise<unknown> }> {
  const socket = connect(port, "127.0.0.1");
  let received = "";
  socket.on("data", (chunk) => (received += chunk.toString("latin1")));
  const closed = once(socket, "close");
  socket.write(request);
  await begun;
  // A round trip of another connection: had anything been written before, it would have arrived by now.
  await new Promise<void>((resolve) => {
    const other = connect(port, "127.0.0.1", () => other.end());
    other.on("close", () => resolve()).resume();
  });
  return { received: () => received, closed };
}

/** A store whose writes wait until the test lets them go. */
function gate(): { wrap: (store: SessionStore) => SessionStore; begun: Promise<void>; open: () => void } {
  const begun = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const wait = async (): Promise<void> => {
    begun.resolve();
    await opened.promise;
  };
  return {
    begun: begun.promise,
    open: opened.resolve,
    wrap: (store) => ({
      name: store.name,
      capabilities: store.capabilities,
      read: (id, options) => store.read(id, options),
      create: async (record, options) => {
        await wait();
        return store.create(record, options);
      },
      update: async (record, version, options) => {
        await wait();
        return store.update(record, version, options);
      },
      touch: (id, version, lastSeenAt, expiresAt, options) => store.touch(id, version, lastSeenAt, expiresAt, options),
      delete: (id, version, options) => store.delete(id, version, options),
    }),
  };
}

for (const door of doors) {
  describe(door.name, () => {
    it("a session lives from request to request", async () => {
      const handler: ProbeHandler = (_request, { session }) => ({ body: String(session.change("visits", (visits) => Number(visits ?? 0) + 1)) });
      await withSite(door, handler, async (site) => {
        assert.deepEqual([(await site.ask("/")).text, (await site.ask("/")).text, (await site.ask("/")).text], ["1", "2", "3"]);
      });
    });

    it("I4, PAIN-13: strangers cost nothing", async () => {
      await withSite(door, look, async (site) => {
        for (let index = 0; index < 50; index++) {
          const answer = await site.ask(index % 2 === 0 ? "/none/200" : "/get/200");
          assert.equal(answer.status, 200);
          assert.equal(answer.headers["set-cookie"], undefined);
        }
        assert.deepEqual(site.store.calls, []);
      });
    });

    it("CA-05: a response whose making did not look at the session stays cacheable", async () => {
      await withSite(door, look, async (site) => {
        for (const kind of ["stranger", "visitor"]) {
          const answer = await site.ask("/none/200");
          assert.equal(answer.headers.vary, undefined, kind);
          assert.equal(answer.headers["cache-control"], undefined, kind);
          assert.equal(answer.headers["set-cookie"], undefined, kind);
          await site.ask("/write/200");
        }
      });
      await withSite(
        door,
        look,
        async (site) => {
          await site.ask("/write/200");
          const before = site.store.calls.length;
          assert.equal((await site.ask("/none/200")).status, 200);
          assert.equal(site.store.calls.length, before);
        },
        { route: (path) => ({ lazy: path.startsWith("/none") }) },
      );
    });

    it("CA-01: every response whose making looked at the session says so", async () => {
      await withSite(door, look, async (site) => {
        for (const kind of Object.keys(KINDS)) {
          for (const way of Object.keys(ON_SESSION)) {
            for (const visitor of [false, true]) {
              site.cookie = undefined;
              if (visitor) await site.ask("/write/200");
              const answer = await site.ask(`/${way}/${kind}`, { method: kind === "HEAD" ? "HEAD" : "GET" });
              assert.equal(answer.headers.vary, "Cookie", `${way} ${kind} ${visitor ? "of a visitor" : "of a stranger"}`);
            }
          }
        }
      });
    });

    it("CA-02 CA-05: a cookie that is only renewed makes the response vary and uncacheable, and a session that nobody looked at renews none", async () => {
      for (const renew of ["throttled", "always"] as const) {
        await withSite(
          door,
          look,
          async (site) => {
            await site.ask("/write/200");
            site.clock.advance(2 * 24 * 60 * 60 * 1000);
            const unseen = await site.ask("/none/200");
            assert.deepEqual([linesOf(unseen, "set-cookie"), unseen.headers.vary, unseen.headers["cache-control"]], [[], undefined, undefined]);
            const seen = await site.ask("/get/200");
            assert.equal(linesOf(seen, "set-cookie").length, 1);
            assert.deepEqual([seen.headers.vary, seen.headers["cache-control"]], ["Cookie", "no-store"]);
          },
          { options: { session: { renew } } },
        );
      }
    });

    it("CA-03: a cookie and a shared cache do not meet, and somebody hears of it", async () => {
      const heard: unknown[] = [];
      const hear = (message: unknown): void => void heard.push(message);
      const handler: ProbeHandler = (_request, { session }) => {
        session.set("name", "Ann");
        return { headers: [["Cache-Control", "public, max-age=600"], ["CDN-Cache-Control", "max-age=600"]], body: "x" };
      };
      subscribe("coatcheck:cache.overridden", hear);
      try {
        await withSite(door, handler, async (site) => {
          const answer = await site.ask("/");
          assert.deepEqual(linesOf(answer, "cache-control"), ["no-store"]);
          assert.equal(answer.headers["cdn-cache-control"], undefined);
          assert.deepEqual(heard, [{ header: "public, max-age=600" }]);
        });
      } finally {
        unsubscribe("coatcheck:cache.overridden", hear);
      }
    });

    it("CA-04: Vary is merged", async () => {
      const handler: ProbeHandler = ({ query }, { session }) => {
        session.get("name");
        return { headers: [["Vary", query.get("vary") ?? ""]], body: "x" };
      };
      await withSite(door, handler, async (site) => {
        for (const [before, after] of [
          ["Accept-Encoding", "Accept-Encoding, Cookie"],
          ["cookie", "cookie"],
          ["*", "*"],
        ] as const) {
          assert.equal((await site.ask(`/?vary=${encodeURIComponent(before)}`)).headers.vary, after);
        }
      });
    });

    it("CK-11, CK-12: three cookies are three lines on the wire", async () => {
      const handler: ProbeHandler = (_request, coat) => {
        coat.session.set("name", "Ann");
        coat.cookies.set("theme", "dark, with a comma", { maxAge: "30d", readableByScripts: true });
        return { headers: [["Set-Cookie", "app=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT"]], body: "x" };
      };
      await withSite(door, handler, async (site) => {
        const bytes = await askRaw(site.port, `GET / HTTP/1.1\r\nHost: localhost:${site.port}\r\nConnection: close\r\n\r\n`);
        const lines = bytes.toString("latin1").split("\r\n").filter((line) => /^set-cookie:/i.test(line)).map((line) => line.slice("set-cookie: ".length));
        assert.equal(lines.length, 3);
        assert.deepEqual(lines.map((line) => line.split("=")[0]).sort(), ["app", "sessionid", "theme"]);
        assert.ok(lines.includes("app=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT"));
        assert.equal(lines.filter((line) => /, 01 Jan/.test(line)).length, 1);
      });
    });

    it("PAIN-18: a flushed session takes its cookie with it, with the attributes that set it", async () => {
      await withSite(door, look, async (site) => {
        const [set = ""] = linesOf(await site.ask("/write/200"), "set-cookie");
        const [removed = ""] = linesOf(await site.ask("/flush/200"), "set-cookie");
        const attributes = (line: string): string[] => line.split("; ").slice(1).filter((part) => !/^(max-age|expires)=/i.test(part)).sort();
        assert.match(removed, /^sessionid=;/);
        assert.deepEqual(attributes(removed), attributes(set));
        assert.equal(site.cookie, undefined);
        site.cookie = set.split(";")[0];
        site.store.calls.length = 0;
        await site.ask("/delete/200");
        assert.deepEqual(site.store.calls, ["read"], "the cookie from before is a stranger's");
      });
    });

    it("PAIN-10: over http from elsewhere nothing is set, and the reason is told", async () => {
      const heard: unknown[] = [];
      const hear = (message: unknown): void => void heard.push((message as { reason?: unknown }).reason);
      subscribe("coatcheck:cookie.withheld", hear);
      try {
        await withSite(door, look, async (site) => {
          const answer = await site.ask("/write/200", { headers: { Host: "shop.test" } });
          assert.equal(answer.headers["set-cookie"], undefined);
          assert.deepEqual(site.store.calls, []);
          assert.deepEqual(heard, ["secure-over-http"]);
        });
      } finally {
        unsubscribe("coatcheck:cookie.withheld", hear);
      }
    });

    describe("I3, PAIN-3: read your writes", () => {
      for (const kind of ["200", "302", "stream"]) {
        it(`PAIN-25: no byte of a ${kind} leaves before the store has answered`, async () => {
          const { wrap, begun, open } = gate();
          await withSite(
            door,
            look,
            async (site) => {
              const wire = await untilBegun(site.port, `GET /write/${kind} HTTP/1.1\r\nHost: localhost:${site.port}\r\nConnection: close\r\n\r\n`, begun);
              assert.equal(wire.received(), "");
              open();
              await wire.closed;
              assert.match(wire.received(), kind === "302" ? /^HTTP\/1\.1 302 / : /^HTTP\/1\.1 200 /);
              assert.match(wire.received(), /\r\nset-cookie: sessionid=/i);
            },
            { wrap },
          );
        });

        it(`a failed commit is a 503 in place of a ${kind}, without a cookie`, async () => {
          await withSite(door, look, async (site) => {
            for (const operation of ["create", "update"] as const) {
              site.store.plan(operation, "refuse", 100);
              const answer = await site.ask(`/write/${kind}`);
              assert.equal(answer.status, 503);
              assert.equal(answer.headers["set-cookie"], undefined);
              assert.equal(answer.headers.location, undefined);
              assert.equal(answer.headers["retry-after"], "1");
              assert.equal(answer.headers["cache-control"], "no-store");
              site.store.heal();
              assert.equal((await site.ask(`/change/${kind}`)).status, (KINDS[kind] as ProbeAnswer).status ?? 200);
            }
          });
        });
      }
    });

    it("I11: a store that is down is a 503 where the session is needed, and nothing elsewhere", async () => {
      await withSite(door, look, async (site) => {
        await site.ask("/write/200");
        site.store.plan("read", "refuse", 100);
        assert.equal((await site.ask("/get/200")).status, 503);
        assert.equal((await site.ask("/none/200")).status, 200);
      });
    });

    it("PAIN-34, LC-24: changes of a handler that throws are dropped, and a flush is not", async () => {
      const handler: ProbeHandler = ({ path }, { session }) => {
        if (path === "/set") session.set("name", "Ann");
        if (path === "/flush") session.flush();
        if (path === "/lose") session.set("name", "Bob");
        if (path === "/miss") session.set("name", "Cid");
        if (path === "/lose" || path === "/flush") throw new Error("after the change");
        if (path === "/miss") throw Object.assign(new Error("after the change"), { status: 404 });
        return { body: String(session.get("name", "nobody")) };
      };
      await withSite(door, handler, async (site) => {
        await site.ask("/set");
        const { cookie } = site;
        assert.equal((await site.ask("/lose")).status, 500);
        assert.equal((await site.ask("/")).text, "Ann");
        // Whatever the error page makes of it.
        assert.ok((await site.ask("/miss")).status >= 400);
        assert.equal((await site.ask("/")).text, "Ann");
        assert.equal((await site.ask("/flush")).status, 500);
        site.cookie = cookie;
        assert.equal((await site.ask("/")).text, "nobody");
      });
    });

    it("LC-25, PAIN-32: the first byte commits; a later change throws and is not kept", async () => {
      const codes: unknown[] = [];
      const handler: ProbeHandler = ({ path }, { session }) => {
        if (path !== "/stream") return { body: String(session.get("name", "nobody")) };
        session.set("name", "Ann");
        async function* body(): AsyncGenerator<string> {
          yield "one ";
          await new Promise(setImmediate);
          try {
            session.set("name", "Bob");
          } catch (error) {
            codes.push((error as { code?: unknown }).code);
          }
          yield "two";
        }
        return { body: body() };
      };
      await withSite(door, handler, async (site) => {
        assert.equal((await site.ask("/stream")).text, "one two");
        assert.deepEqual(codes, ["COAT_SESSION_COMMITTED"]);
        assert.equal((await site.ask("/")).text, "Ann");
      });
    });

    it("CC-09: a client that hangs up while its session is saved leaves it saved whole", async () => {
      const { wrap, begun, open } = gate();
      let saved: Promise<unknown> = Promise.resolve();
      await withSite(
        door,
        look,
        async (site) => {
          const socket = connect(site.port, "127.0.0.1");
          socket.write(`GET /write/200 HTTP/1.1\r\nHost: localhost:${site.port}\r\n\r\n`);
          await begun;
          socket.destroy();
          await once(socket, "close");
          open();
          await saved;
          // Another client is served meanwhile, and by then the first one's record is there.
          assert.equal((await site.ask("/write/200")).status, 200);
          assert.deepEqual(site.store.calls, ["create", "create"]);
        },
        {
          wrap: (store) => {
            const gated = wrap(store);
            return { ...gated, create: (record, options) => (saved = gated.create(record, options)) as Promise<boolean> };
          },
        },
      );
    });

    it("CC-09: hung up at any point, the session is as before or as after", async () => {
      const handler: ProbeHandler = async ({ path }, { session }) => {
        if (path === "/read") return { body: String(session.get("visits")) };
        await new Promise(setImmediate);
        return { body: String(session.change("visits", (visits) => Number(visits ?? 0) + 1)) };
      };
      await withSite(door, handler, async (site) => {
        await site.ask("/");
        let known = 1;
        for (let point = 0; point < 100; point++) {
          const request = `GET / HTTP/1.1\r\nHost: localhost:${site.port}\r\nCookie: ${site.cookie}\r\n\r\n`;
          const socket = connect(site.port, "127.0.0.1");
          await once(socket, "connect");
          // First at every part of the request, then whole, after ever more turns of the event loop.
          socket.write(request.slice(0, point < 50 ? Math.ceil((request.length * point) / 50) || 1 : undefined));
          for (let turn = 50; turn < point; turn += 5) await new Promise(setImmediate);
          socket.destroy();
          await once(socket, "close");
          const now = Number((await site.ask("/read")).text);
          assert.ok(now >= known, `at point ${point} ${known} became ${now}`);
          known = now;
        }
        assert.ok(known <= 101);
        assert.equal((await site.ask("/")).status, 200);
      });
    });

    it("SessionEnded is a 409 that touches no cookie", async () => {
      const entered = Promise.withResolvers<void>();
      const go = Promise.withResolvers<void>();
      const handler: ProbeHandler = async ({ path }, { session }) => {
        if (path === "/slow") {
          entered.resolve();
          await go.promise;
        }
        if (path === "/flush") session.flush();
        else session.set("name", path);
        return { body: "x" };
      };
      await withSite(door, handler, async (site) => {
        await site.ask("/set");
        const slow = site.ask("/slow");
        await entered.promise;
        await site.ask("/flush");
        go.resolve();
        const answer = await slow;
        assert.equal(answer.status, 409);
        assert.equal(answer.headers["set-cookie"], undefined);
      });
    });

    it("RT-04, CK-14: bytes of a Cookie header become these characters, and no byte is white space around a name", async () => {
      const seen: (string | undefined)[] = [];
      const handler: ProbeHandler = (_request, coat) => {
        seen.push(coat.cookies.all().get("v"));
        return { body: String(coat.session.get("name", "nobody")) };
      };
      await withSite(door, handler, async (site) => {
        const raw = async (bytes: Buffer): Promise<string> =>
          (await askRaw(site.port, Buffer.concat([Buffer.from(`GET / HTTP/1.1\r\nHost: localhost:${site.port}\r\nConnection: close\r\nCookie: `), bytes, Buffer.from("\r\n\r\n")]))).toString("latin1");
        const value = async (...bytes: number[]): Promise<string | undefined> => {
          await raw(Buffer.concat([Buffer.from("v=a"), Buffer.from(bytes), Buffer.from("b")]));
          return seen.pop();
        };
        assert.equal(await value(0xa0), "a\u00a0b");
        assert.equal(await value(0xe2, 0x80, 0x80), "a\u00e2\u0080\u0080b");
        assert.equal(await value(0xff), "a\u00ffb");
        for (const refused of [0x00, 0x7f]) {
          const before = seen.length;
          const answer = await raw(Buffer.from([0x76, 0x3d, 0x61, refused, 0x62]));
          if (answer.startsWith("HTTP/1.1 400")) assert.equal(seen.length, before);
          else assert.fail(`byte ${refused} was let through: ${JSON.stringify(seen.at(-1))}`);
        }
        const planted = await createSession(site.cloakroom);
        for (const around of [[0xa0], [0xe2, 0x80, 0x80], [0xff], [0x0c]]) {
          for (const cookie of [Buffer.concat([Buffer.from(around), Buffer.from(planted)]), Buffer.concat([Buffer.from("a=1; "), Buffer.from(around), Buffer.from(planted)])]) {
            const answer = await raw(cookie);
            assert.ok(answer.startsWith("HTTP/1.1 400") || answer.includes("nobody"), `bytes ${around.join(" ")} were trimmed`);
          }
        }
        assert.ok((await raw(Buffer.from(planted))).includes("Ann"));
      });
    });

    it("DS-10, I10: no header makes it a 5xx", async () => {
      await withSite(door, look, async (site) => {
        const name = fc.constantFrom("Cookie", "Origin", "Referer", "Authorization", "Forwarded", "X-Forwarded-Proto", "Sec-Fetch-Site", "Content-Type", "Accept");
        const bytes = fc.oneof(
          fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).filter((code) => code !== 0x7f).map((code) => String.fromCharCode(code)), maxLength: 200 }),
          fc.stringMatching(/^sessionid=[\w"%;=, -]{0,100}$/),
          fc.constantFrom("sessionid", "sessionid=", "=sessionid=x", "sessionid=%00; sessionid=%ff", "__Host-sessionid=a; sessionid=b", "x".repeat(8000)),
        );
        await fc.assert(
          fc.asyncProperty(fc.array(fc.tuple(name, bytes), { minLength: 1, maxLength: 4 }), async (headers) => {
            const lines = headers.map(([header, value]) => `${header}: ${value.replace(/[\r\n]/g, "")}\r\n`).join("");
            const answer = await askRaw(site.port, Buffer.from(`GET /get/200 HTTP/1.1\r\nHost: localhost:${site.port}\r\nConnection: close\r\n${lines}\r\n`, "latin1"));
            assert.match(answer.toString("latin1"), /^HTTP\/1\.1 [24]/);
          }),
          { numRuns: 150 },
        );
      });
    });
  });
}

/** A session that holds a name, made behind the door's back; returns its cookie. */
async function createSession(cloakroom: Coatcheck<AnyData>): Promise<string> {
  const coat = cloakroom.begin({
    method: "GET",
    header: () => undefined,
    isEncrypted: () => false,
    host: () => "localhost",
    target: () => "/",
    peerAddress: () => "127.0.0.1",
  });
  coat.session.set("name", "Ann");
  const ending = await coat.finish({ status: 200, threw: false });
  return ending?.setCookies[0]?.split(";")[0] ?? "";
}
