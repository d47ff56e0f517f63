import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { after, before, describe, it } from "node:test";
import { createBrotliDecompress, createGunzip } from "node:zlib";
import compression from "compression";
import express5 from "express";
import type { Express, NextFunction, Request, RequestHandler, Response } from "express";
import express4 from "express4";
import { coatOf, coatcheck, coatcheckErrors } from "../../src/adapters/express.ts";
import { withGlobals } from "../../src/adapters/express-globals.ts";
import type { Ending } from "../../src/coat/exchange.ts";
import { CoatError, ConfigurationError, MiddlewareMissing, SessionEnded, StoreUnavailable } from "../../src/errors.ts";
import { FakeCloakroom, ending } from "../support/fake-cloakroom.ts";
import type { Answer } from "../support/http.ts";
import { ask, linesOf, serve, watchUnhandled } from "../support/http.ts";

const VERSIONS: Record<string, typeof express5> = { "Express 5": express5, "Express 4": express4 };
const COMPRESSIONS = ["none", "outside", "inside"] as const;
const COOKIES = ending({ setCookies: ["sid=1; Path=/", "csrf=2; Expires=Wed, 01 Jan 2031 00:00:00 GMT"], vary: ["Cookie"], noStore: true });
const down = new StoreUnavailable("update the session", "not-sent");

const BIG = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`key${index}`, "value ".repeat(5)]));
/** Random, so that compressing it does not make it small enough to fit into every buffer on its way. */
const CHUNK = randomBytes(64 * 1024);

/** Later than everything that a handler does at once. */
async function twoTurns(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}

function chunks(count: number, produced: { count: number } = { count: 0 }): Readable {
  return Readable.from(
    (function* () {
      for (; produced.count < count; produced.count++) yield CHUNK;
    })(),
    { highWaterMark: 1 },
  );
}

/** The routes of every combination. `file` gives paths to a small and a larger file. */
function mountRoutes(app: Express, file: { small: string; large: string }): void {
  app.get("/json", (_req, res) => void res.cookie("app", "1").json(BIG));
  app.get("/small", (_req, res) => void res.json({ ok: true }));
  app.get("/redirect", (_req, res) => void res.redirect("/elsewhere"));
  app.get("/written", (_req, res) => {
    res.type("text");
    for (let index = 0; index < 100; index++) res.write(`line ${index} ${"x".repeat(50)}\n`);
    res.end("last\n");
  });
  app.get("/pipe", (_req, res) => void chunks(13).pipe(res.type("text")));
  // A pipeline rejects when its response is cut short; Express 4 would leave that rejection to nobody.
  app.get("/pipeline", (_req, res) => pipeline(chunks(13), res.type("text")).catch(() => {}));
  app.get("/file/small", (_req, res) => res.sendFile(file.small));
  app.get("/file/large", (_req, res) => res.sendFile(file.large));
  app.get("/callback", (_req, res) => void res.end("with callback", () => {}));
  app.get("/head", (_req, res) => void res.writeHead(201, "Made", { "Content-Type": "text/plain", "Set-Cookie": ["a=1", "b=2"] }).end("made"));
  app.get("/throws", () => {
    throw new Error("the handler threw");
  });
}

/** What a route answers: status, and its body after decompression. */
async function contentOf(answer: Answer): Promise<Buffer> {
  const encoding = answer.headers["content-encoding"];
  if (encoding === undefined) return answer.body;
  const unpack = encoding === "br" ? createBrotliDecompress() : createGunzip();
  const parts: Buffer[] = [];
  unpack.on("data", (part: Buffer) => parts.push(part));
  unpack.end(answer.body);
  await once(unpack, "end");
  return Buffer.concat(parts);
}

const ROUTES = ["/json", "/small", "/redirect", "/written", "/pipe", "/pipeline", "/file/small", "/file/large", "/callback", "/head"];

let folder = "";
const file = { small: "", large: "" };
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "coatcheck-"));
  file.small = join(folder, "small.txt");
  file.large = join(folder, "large.txt");
  await writeFile(file.small, "a small file\n");
  await writeFile(file.large, Buffer.alloc(128 * 1024, "a larger file\n"));
});
after(() => rm(folder, { recursive: true }));

function build(express: typeof express5, squeeze: (typeof COMPRESSIONS)[number], room: FakeCloakroom | null, more: (app: Express) => void = () => {}): Express {
  const app = express();
  app.set("env", "test");
  const packed = compression({ threshold: 0, level: 1 }) as unknown as RequestHandler;
  if (squeeze === "outside") app.use(packed);
  if (room !== null) app.use(coatcheck(room.asCloakroom()));
  if (squeeze === "inside") app.use(packed);
  more(app);
  mountRoutes(app, file);
  return app;
}

async function withApp(app: Express, test: (port: number) => Promise<void>): Promise<void> {
  const unhandled = watchUnhandled();
  const server = await serve(app);
  try {
    await test(server.port);
  } finally {
    await server.close();
  }
  assert.deepEqual(await unhandled.stop(), []);
}

const HEADERS = { "Accept-Encoding": "gzip" };

for (const [version, express] of Object.entries(VERSIONS)) {
  for (const squeeze of COMPRESSIONS) {
    describe(`${version}, compression ${squeeze}`, () => {
      it("every route answers as without the hold, plus what the coat adds", async () => {
        const bare = new Map<string, Answer>();
        await withApp(build(express, squeeze, null), async (port) => {
          for (const route of ROUTES) bare.set(route, await ask(port, route, { headers: HEADERS }));
        });
        for (const [when, plan] of [
          ["at once", () => COOKIES],
          ["later", () => Promise.resolve(COOKIES)],
          ["much later", () => twoTurns().then(() => COOKIES)],
        ] as const) {
          const room = new FakeCloakroom(plan);
          await withApp(build(express, squeeze, room), async (port) => {
            for (const route of ROUTES) {
              const answer = await ask(port, route, { headers: HEADERS });
              const expected = bare.get(route) as Answer;
              const context = `${route}, ${when}`;
              assert.equal(answer.status, expected.status, context);
              assert.equal(answer.message, expected.message, context);
              assert.equal(answer.headers["content-encoding"], expected.headers["content-encoding"], context);
              assert.ok((await contentOf(answer)).equals(await contentOf(expected)), `${context}: the body differs`);
              assert.deepEqual(linesOf(answer, "set-cookie"), [...linesOf(expected, "set-cookie"), ...COOKIES.setCookies], context);
              assert.deepEqual(linesOf(answer, "cache-control"), ["no-store"], context);
              assert.match(answer.headers.vary ?? "", /\bCookie\b/, context);
              for (const name of expected.headers.vary?.split(", ") ?? []) assert.ok(answer.headers.vary?.split(", ").includes(name), context);
            }
            assert.ok(room.coats.every((coat) => coat.outcomes.length === 1));
          });
        }
      });

      it("back-pressure: a 13 MiB stream waits for the commit and then flows", async () => {
        const produced = { count: 0 };
        const commit = Promise.withResolvers<Ending | null>();
        const begun = Promise.withResolvers<void>();
        const room = new FakeCloakroom(() => {
          begun.resolve();
          return commit.promise;
        });
        const app = build(express, squeeze, room, (made) => made.get("/big", (_req, res) => void chunks(208, produced).pipe(res.type("text"))));
        await withApp(app, async (port) => {
          const answer = ask(port, "/big", { headers: HEADERS });
          await begun.promise;
          for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
          assert.ok(produced.count <= 16, `${produced.count} chunks were produced while held`);
          commit.resolve(COOKIES);
          assert.equal((await contentOf(await answer)).length, 208 * CHUNK.length);
        });
      });

      it("HEAD and 304 carry the cookies", async () => {
        const room = new FakeCloakroom(() => Promise.resolve(COOKIES));
        await withApp(build(express, squeeze, room), async (port) => {
          const head = await ask(port, "/json", { method: "HEAD", headers: HEADERS });
          assert.equal(head.status, 200);
          assert.equal(head.text, "");
          const first = await ask(port, "/json");
          const again = await ask(port, "/json", { headers: { "If-None-Match": first.headers.etag as string } });
          assert.equal(again.status, 304);
          for (const answer of [head, again]) assert.deepEqual(linesOf(answer, "set-cookie").slice(1), COOKIES.setCookies);
        });
      });

      it("I3: a failing commit reaches the error handler, with nothing left of the lost answer", async () => {
        for (const plan of [() => Promise.reject(down), () => twoTurns().then(() => Promise.reject(down))]) {
          const room = new FakeCloakroom(plan);
          const app = build(express, squeeze, room);
          const seen: unknown[] = [];
          app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => {
            seen.push(error);
            res.status((error as CoatError).status).json({ sorry: true });
          });
          await withApp(app, async (port) => {
            for (const route of ROUTES) {
              const answer = await ask(port, route, { headers: HEADERS });
              assert.equal(answer.status, 503, route);
              assert.equal((await contentOf(answer)).toString(), '{"sorry":true}', route);
              assert.equal(answer.headers["set-cookie"], undefined, route);
              assert.equal(answer.headers.location, undefined, route);
              assert.equal(answer.headers["cache-control"], "no-store", route);
              assert.equal(answer.headers["retry-after"], "1", route);
            }
            assert.equal(seen.length, ROUTES.length);
            assert.ok(seen.every((error) => error === down));
          });
        }
      });

      it("I3: without an error handler Express's own page is sent", async () => {
        for (const plan of [() => Promise.reject(down), () => twoTurns().then(() => Promise.reject(down))]) {
          await withApp(build(express, squeeze, new FakeCloakroom(plan)), async (port) => {
            for (const route of ROUTES) {
              const answer = await ask(port, route, { headers: HEADERS });
              assert.equal(answer.status, 503, route);
              assert.match((await contentOf(answer)).toString(), /session store failed/, route);
              assert.equal(answer.headers["set-cookie"], undefined, route);
            }
          });
        }
      });

      it("a second answer, a late header and a late status are what they are without the hold", async () => {
        const codes: (string | undefined)[] = [];
        const room = new FakeCloakroom(() => new Promise((resolve) => setImmediate(resolve, null)));
        const app = build(express, squeeze, room, (made) =>
          made.get("/late", (_req, res) => {
            res.json({ first: true });
            for (const late of [() => res.json({ second: true }), () => res.set("X-Late", "1"), () => res.redirect("/x"), () => res.cookie("late", "1")]) {
              try {
                late();
                codes.push(undefined);
              } catch (error) {
                codes.push((error as { code?: string }).code);
              }
            }
            res.status(500);
          }),
        );
        await withApp(app, async (port) => {
          const answer = await ask(port, "/late", { headers: HEADERS });
          assert.equal(answer.status, 200);
          assert.equal((await contentOf(answer)).toString(), '{"first":true}');
          assert.deepEqual(codes, Array.from({ length: 4 }, () => "ERR_HTTP_HEADERS_SENT"));
        });
      });

      it("CC-09 a client that goes away while its answer is held harms nothing", async () => {
        const commit = Promise.withResolvers<Ending | null>();
        const begun = Promise.withResolvers<void>();
        const room = new FakeCloakroom(() => {
          begun.resolve();
          return commit.promise;
        });
        const gone = Promise.withResolvers<void>();
        const app = build(express, squeeze, room, (made) =>
          made.use((_req, res, next) => {
            res.on("close", () => gone.resolve());
            next();
          }),
        );
        await withApp(app, async (port) => {
          const socket = connect(port, "127.0.0.1");
          socket.write("GET /pipeline HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
          await begun.promise;
          socket.destroy();
          await gone.promise;
          commit.resolve(COOKIES);
          assert.equal((await ask(port, "/nowhere")).status, 404);
        });
      });
    });
  }

  describe(`${version}: the middleware`, () => {
    it("a handler that throws is a 500 for the coat and for the client", async () => {
      const room = new FakeCloakroom(() => Promise.resolve(null));
      await withApp(build(express, "none", room), async (port) => {
        assert.equal((await ask(port, "/throws")).status, 500);
        assert.deepEqual(room.last.outcomes, [{ status: 500, threw: false }]);
      });
    });

    it("an error handler that is asynchronous still answers a failed commit of a stream", async () => {
      const begun = Promise.withResolvers<void>();
      const room = new FakeCloakroom(async () => {
        await begun.promise;
        throw new SessionEnded();
      });
      const over = Promise.withResolvers<void>();
      const app = build(express, "none", room, (made) =>
        made.get("/stream", async (_req, res) => {
          res.write("one");
          begun.resolve();
          for (let turn = 0; turn < 10; turn++) {
            await new Promise(setImmediate);
            res.write("more");
          }
          res.end("last");
          over.resolve();
        }),
      );
      app.use(async (error: CoatError, _req: Request, res: Response, _next: NextFunction) => {
        for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
        res.type("text").end(`sorry, ${error.code}`);
      });
      await withApp(app, async (port) => {
        const answer = await ask(port, "/stream");
        assert.equal(answer.status, 409);
        assert.equal(answer.text, "sorry, COAT_SESSION_ENDED");
        await over.promise;
      });
    });

    it("waits for `ready`, and asks for nothing where there is nothing to wait for", async () => {
      const room = new FakeCloakroom();
      const ready = Promise.withResolvers<void>();
      const order: string[] = [];
      room.prepare = (coat) => {
        coat.ready = ready.promise;
        setImmediate(() => {
          order.push("ready");
          ready.resolve();
        });
      };
      const app = build(express, "none", room, (made) =>
        made.get("/x", (_req, res) => {
          order.push("handler");
          res.end();
        }),
      );
      await withApp(app, async (port) => {
        await ask(port, "/x");
        assert.deepEqual(order, ["ready", "handler"]);
      });
    });

    for (const late of [false, true]) {
      it(`a refused request never enters the handler (${late ? "decided later" : "decided at once"})`, async () => {
        const room = new FakeCloakroom(() => Promise.resolve(COOKIES));
        const refusal = { status: 403, headers: [["Content-Type", "text/plain"]] as const, body: "no" };
        room.prepare = (coat) => (coat.refusal = late ? Promise.resolve(refusal) : refusal);
        let entered = false;
        const app = build(express, "none", room, (made) =>
          made.post("/x", (_req, res) => {
            entered = true;
            res.end();
          }),
        );
        await withApp(app, async (port) => {
          const answer = await ask(port, "/x", { method: "POST" });
          assert.equal(answer.status, 403);
          assert.equal(answer.text, "no");
          assert.deepEqual(linesOf(answer, "set-cookie"), COOKIES.setCookies);
          assert.equal(entered, false);
          assert.deepEqual(room.last.outcomes, [{ status: 403, threw: false }]);
        });
      });
    }

    it("mounted twice it is there once; a second cloakroom is an error", async () => {
      const room = new FakeCloakroom(() => COOKIES);
      const other = new FakeCloakroom();
      const errors: unknown[] = [];
      const app = build(express, "none", room, (made) => {
        made.get("/twice", coatcheck(room.asCloakroom()), (_req, res) => void res.end("once"));
        made.get("/two", coatcheck(other.asCloakroom()), (_req, res) => void res.end());
        made.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => {
          errors.push(error);
          res.status(500).end();
        });
      });
      await withApp(app, async (port) => {
        const answer = await ask(port, "/twice");
        assert.equal(answer.text, "once");
        assert.deepEqual(linesOf(answer, "set-cookie"), COOKIES.setCookies);
        assert.equal(room.coats.length, 1);
        assert.equal((await ask(port, "/two")).status, 500);
        assert.ok(errors[0] instanceof ConfigurationError);
        assert.equal(other.coats.length, 0);
      });
    });

    it("the view shows the request as it is dispatched, the route options, and parsed body fields", async () => {
      const room = new FakeCloakroom();
      const app = express();
      app.use(express.urlencoded({ extended: true }));
      const inner = express.Router();
      let peer: string | undefined;
      inner.use(coatcheck(room.asCloakroom(), { route: (req) => ({ passive: req.originalUrl.startsWith("/in/") }) }));
      inner.post("/side", (req, res) => {
        assert.equal(coatOf(req), room.last as unknown);
        assert.equal(req.coat, room.last as unknown);
        peer = room.last.view.peerAddress();
        res.end();
      });
      app.use("/in", inner);
      await withApp(app, async (port) => {
        await ask(port, "/in/side?a=1", {
          method: "POST",
          headers: { "Content-Type": "application/x-www-form-urlencoded", Cookie: "a=1", "X-Two": ["1", "2"] },
          body: "name=Ann&many=1&many=2&deep[a]=1",
        });
        const { view, route } = room.last;
        assert.deepEqual(route, { passive: true });
        assert.equal(view.method, "POST");
        assert.equal(view.target(), "/in/side?a=1");
        assert.equal(view.host(), `127.0.0.1:${port}`);
        assert.equal(view.header("cookie"), "a=1");
        assert.equal(view.header("x-two"), "1, 2");
        assert.equal(view.header("absent"), undefined);
        assert.equal(view.isEncrypted(), false);
        assert.equal(peer, "127.0.0.1");
        assert.equal(view.bodyField?.("name", 1000), "Ann");
        assert.deepEqual(view.bodyField?.("many", 1000), ["1", "2"]);
        assert.equal(view.bodyField?.("deep", 1000), null);
        assert.equal(view.bodyField?.("absent", 1000), undefined);
        assert.equal(view.bodyField?.("toString", 1000), undefined);
      });
    });

    it("coatOf names the line that is missing", async () => {
      const app = express();
      let caught: unknown;
      app.get("/", (req, res) => {
        try {
          coatOf(req);
        } catch (error) {
          caught = error;
        }
        res.end();
      });
      await withApp(app, async (port) => {
        await ask(port, "/");
        assert.ok(caught instanceof MiddlewareMissing);
        assert.match(caught.message, /app\.use\(coatcheck\(\)\)/);
      });
    });
  });

  describe(`${version}: errors of handlers`, () => {
    it("LC-24 the coat hears of them by coatcheckErrors, and else by the status alone", async () => {
      for (const hears of [true, false]) {
        const room = new FakeCloakroom();
        const app = express();
        app.use(coatcheck(room.asCloakroom()));
        app.get("/", () => {
          throw new Error("no such book");
        });
        if (hears) app.use(coatcheckErrors());
        app.use((_error: unknown, _req: Request, res: Response, _next: NextFunction) => void res.status(404).end());
        await withApp(app, async (port) => {
          assert.equal((await ask(port, "/")).status, 404);
          assert.deepEqual(room.last.outcomes, [{ status: 404, threw: hears }]);
        });
      }
    });

    it("coatcheckErrors passes errors of requests without a coat on", async () => {
      const app = express();
      app.use(coatcheckErrors());
      app.get("/", (_req, _res, next) => next(new Error("early")));
      app.use(coatcheckErrors());
      const seen: unknown[] = [];
      app.use((error: Error, _req: Request, res: Response, _next: NextFunction) => {
        seen.push(error.message);
        res.status(500).end();
      });
      await withApp(app, async (port) => {
        await ask(port, "/");
        assert.deepEqual(seen, ["early"]);
      });
    });
  });

  describe(`${version}: routes before the middleware`, () => {
    const mount = (middleware: (room: FakeCloakroom) => RequestHandler, production: boolean): { app: Express; log: string[] } => {
      const log: string[] = [];
      const room = new FakeCloakroom(undefined, { production, log: (sentence: string) => void log.push(sentence) });
      const app = express();
      app.get("/health", (_req, res) => void res.end());
      const inner = express.Router();
      inner.post("/add", (_req, res) => void res.end());
      app.use("/cart", inner);
      app.use((_req, _res, next) => next());
      app.use(middleware(room));
      app.get("/late", (_req, res) => void res.end());
      return { app, log };
    };

    it("are named once, in development", async () => {
      for (const middleware of [(room: FakeCloakroom) => coatcheck(room.asCloakroom()), (room: FakeCloakroom) => withGlobals(coatcheck(room.asCloakroom()))]) {
        const { app, log } = mount(middleware as (room: FakeCloakroom) => RequestHandler, false);
        await withApp(app, async (port) => {
          await ask(port, "/health");
          assert.deepEqual(log, []);
          await ask(port, "/favicon.ico");
          await ask(port, "/late");
          assert.equal(log.length, 1);
          assert.match(log[0] ?? "", /^coatcheck: \[mounted-late\] .* no req\.coat: \/health, \/add \(in a router\)\. .* move the middleware up/);
        });
      }
    });

    it("are no matter in production, nor are routes behind it", async () => {
      const { app, log } = mount((room) => coatcheck(room.asCloakroom()) as RequestHandler, true);
      await withApp(app, async (port) => void (await ask(port, "/late")));
      const ordered = express();
      const room = new FakeCloakroom(undefined, { production: false, log: (sentence: string) => void log.push(sentence) });
      ordered.use(coatcheck(room.asCloakroom()));
      ordered.get("/", (_req, res) => void res.end());
      await withApp(ordered, async (port) => void (await ask(port, "/")));
      assert.deepEqual(log, []);
    });
  });

  describe(`${version}: withGlobals`, () => {
    const session = { marker: "session" };
    const user = { marker: "user" };
    const roomWithSession = (): FakeCloakroom => {
      const room = new FakeCloakroom();
      room.prepare = (coat) => Object.assign(coat, { session, auth: { user: async () => user } });
      return room;
    };

    it("adds req.session and req.user, in sub-applications too, and to no request without a coat", async () => {
      const room = roomWithSession();
      const app = express();
      const seen: unknown[] = [];
      const look: RequestHandler = async (req, res) => {
        // Before the middleware there is neither.
        const { session: itsSession, user: itsUser } = req as { session?: unknown; user?: () => Promise<unknown> };
        seen.push(itsSession, await itsUser?.());
        res.end();
      };
      app.get("/before", look);
      app.use(withGlobals(coatcheck(room.asCloakroom())));
      const inner = express();
      inner.use(withGlobals(coatcheck(room.asCloakroom())));
      inner.get("/", look);
      app.use("/inner", inner);
      app.get("/", look);
      await withApp(app, async (port) => {
        assert.equal((await ask(port, "/")).status, 200);
        assert.equal((await ask(port, "/inner")).status, 200);
        assert.equal((await ask(port, "/before")).status, 200);
        assert.deepEqual(seen, [session, user, session, user, undefined, undefined]);
      });
    });

    for (const name of ["session", "user"]) {
      it(`refuses to stand beside another middleware that sets req.${name}, before or after it`, async () => {
        for (const order of ["before", "after"]) {
          const other: RequestHandler = (req, _res, next) => {
            (req as unknown as Record<string, unknown>)[name] = {};
            next();
          };
          const app = express();
          if (order === "before") app.use(other);
          app.use(withGlobals(coatcheck(roomWithSession().asCloakroom())));
          if (order === "after") app.use(other);
          app.get("/", (_req, res) => void res.end());
          const errors: unknown[] = [];
          app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => {
            errors.push(error);
            res.status(500).end();
          });
          await withApp(app, async (port) => {
            assert.equal((await ask(port, "/")).status, 500);
            assert.equal((await ask(port, "/")).status, 500);
            assert.ok(errors.every((error) => error instanceof ConfigurationError && error.message.includes(`req.${name}`)));
            assert.equal(errors.length, 2);
          });
        }
      });
    }
  });
}
