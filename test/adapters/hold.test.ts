import assert from "node:assert/strict";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, it } from "node:test";
import { coatcheck } from "../../src/adapters/node.ts";
import type { Ending } from "../../src/coat/exchange.ts";
import { StoreUnavailable } from "../../src/errors.ts";
import { FakeCloakroom, ending } from "../support/fake-cloakroom.ts";
import type { Answer } from "../support/http.ts";
import { ask, askRaw, linesOf, serve, watchUnhandled } from "../support/http.ts";

type Handler = (req: IncomingMessage, res: ServerResponse) => unknown;

/** Serves one handler behind the hold, and checks that no rejection got lost. */
async function withServer(room: FakeCloakroom, handler: Handler, test: (port: number) => Promise<void>, onError?: (error: unknown) => void): Promise<void> {
  const unhandled = watchUnhandled();
  const server = await serve(coatcheck(room.asCloakroom(), handler, { onError: onError ?? (() => {}) }) as RequestListener);
  try {
    await test(server.port);
  } finally {
    await server.close();
  }
  assert.deepEqual(await unhandled.stop(), []);
}

/** A commit that the test ends. */
function heldRoom(): { room: FakeCloakroom; begun: Promise<unknown>; commit: PromiseWithResolvers<Ending | null> } {
  const commit = Promise.withResolvers<Ending | null>();
  const begun = Promise.withResolvers<unknown>();
  const room = new FakeCloakroom(() => {
    begun.resolve(undefined);
    return commit.promise;
  });
  return { room, begun: begun.promise, commit };
}

const COOKIES = ending({ setCookies: ["sid=1; Path=/", "csrf=2; Expires=Wed, 01 Jan 2031 00:00:00 GMT"], vary: ["Cookie"], noStore: true });

/** The forms in which Node lets a response be written. */
const FORMS: Record<string, Handler> = {
  "end(text)": (_req, res) => res.end("body"),
  "write and end": (_req, res) => {
    res.write("bo");
    res.end("dy");
  },
  "writeHead(status, object)": (_req, res) => res.writeHead(200, { "X-App": "1" }).end("body"),
  "writeHead(status, reason, object)": (_req, res) => res.writeHead(200, "Fine", { "X-App": "1" }).end("body"),
  "writeHead(status, flat list)": (_req, res) => res.writeHead(200, ["X-App", "1", "X-App", "2"]).end("body"),
  "writeHead(status, list of pairs)": (_req, res) => res.writeHead(200, [["X-App", "1"], ["X-App", "2"]] as never).end("body"),
  "setHeader and writeHead": (_req, res) => {
    res.setHeader("X-App", "0");
    res.writeHead(200, { "X-App": "1" }).end("body");
  },
  "flushHeaders, then end": (_req, res) => {
    res.flushHeaders();
    res.end("body");
  },
  "end(Buffer, callback)": (_req, res) => res.end(Buffer.from("body"), () => {}),
  "end(text, encoding)": (_req, res) => res.end("Ym9keQ==", "base64"),
  "end(callback)": (_req, res) => {
    res.write("body");
    res.end(() => {});
  },
};

describe("what leaves is what the handler wrote, plus what the coat adds", () => {
  for (const [form, handler] of Object.entries(FORMS)) {
    for (const [when, plan] of [
      ["with nothing to add", () => null],
      ["with an ending at once", () => COOKIES],
      ["with an ending later", () => Promise.resolve(COOKIES)],
      ["with nothing to add later", () => Promise.resolve(null)],
    ] as const) {
      it(`${form}, ${when}`, async () => {
        let bare: Answer | undefined;
        const plain = await serve(handler as RequestListener);
        try {
          bare = await ask(plain.port, "/");
        } finally {
          await plain.close();
        }
        const room = new FakeCloakroom(plan);
        await withServer(room, handler, async (port) => {
          const answer = await ask(port, "/");
          assert.equal(answer.status, bare?.status);
          assert.equal(answer.message, bare?.message);
          assert.equal(answer.text, "body");
          assert.deepEqual(linesOf(answer, "x-app"), linesOf(bare as Answer, "x-app"));
          const adds = plan() !== null && form !== "" && when.includes("an ending");
          assert.deepEqual(linesOf(answer, "set-cookie"), adds ? COOKIES.setCookies : []);
          assert.deepEqual(linesOf(answer, "vary"), adds ? ["Cookie"] : []);
          assert.deepEqual(linesOf(answer, "cache-control"), adds ? ["no-store"] : []);
          assert.deepEqual(room.last.outcomes, [{ status: 200, threw: false }]);
        });
      });
    }
  }
});

describe("CK-12 cookies of the application arrive unchanged, and arrays that were passed in stay as they were", () => {
  const own = ["a=1; Path=/", "b=2; Expires=Wed, 01 Jan 2031 00:00:00 GMT; HttpOnly"];
  const forms: Record<string, (res: ServerResponse, mine: string[]) => void> = {
    "setHeader with an array": (res, mine) => res.setHeader("Set-Cookie", mine),
    "setHeader with a text and appendHeader": (res, mine) => res.setHeader("set-cookie", mine[0] as string).appendHeader("Set-Cookie", mine[1] as string),
    "writeHead with an object": (res, mine) => res.writeHead(200, { "Set-Cookie": mine }),
    "writeHead with a list": (res, mine) => res.writeHead(200, ["Set-Cookie", mine[0] as string, "Set-Cookie", mine[1] as string]),
    "writeHead with a list that holds an array": (res, mine) => res.writeHead(200, ["Set-Cookie", mine]),
  };
  for (const [form, write] of Object.entries(forms)) {
    for (const later of [false, true]) {
      it(`${form}, the commit ${later ? "later" : "at once"}`, async () => {
        const mine = [...own];
        const room = new FakeCloakroom(() => (later ? Promise.resolve(COOKIES) : COOKIES));
        const handler: Handler = (_req, res) => {
          write(res, mine);
          res.end("x");
        };
        await withServer(room, handler, async (port) => {
          const answer = await ask(port, "/");
          assert.deepEqual(linesOf(answer, "set-cookie"), [...own, ...COOKIES.setCookies]);
          assert.deepEqual(mine, own);
        });
      });
    }
  }
});

describe("CA-04 Vary is merged", () => {
  for (const [before, after] of [
    ["Accept-Encoding", "Accept-Encoding, Cookie"],
    ["cookie", "cookie"],
    ["*", "*"],
    [["Accept", "Origin"], "Accept,Origin, Cookie"],
  ] as const) {
    it(`${String(before)} becomes ${after}`, async () => {
      const handler: Handler = (_req, res) => res.setHeader("Vary", before as string | string[]).end("x");
      await withServer(new FakeCloakroom(() => ending({ vary: ["Cookie"] })), handler, async (port) => {
        assert.equal((await ask(port, "/")).headers.vary, Array.isArray(before) && after !== before ? after : after);
      });
    });
  }
});

describe("CA-03 what sets a cookie is not kept by shared caches", () => {
  it("Cache-Control is replaced, and what outranks it at a cache is removed", async () => {
    const handler: Handler = (_req, res) => {
      res.setHeader("Cache-Control", "public, max-age=600");
      res.setHeader("CDN-Cache-Control", "max-age=600");
      res.setHeader("Surrogate-Control", "max-age=600");
      res.setHeader("Some-CDN-Cache-Control", "max-age=600");
      res.end("x");
    };
    await withServer(new FakeCloakroom(() => COOKIES), handler, async (port) => {
      const names = (await ask(port, "/")).lines.filter(([name]) => /cache|surrogate/i.test(name));
      assert.deepEqual(names, [["Cache-Control", "no-store"]]);
    });
  });
});

describe("PAIN-3 no byte leaves before the commit", () => {
  for (const [form, handler] of Object.entries(FORMS)) {
    it(form, async () => {
      const { room, begun, commit } = heldRoom();
      await withServer(room, handler, async (port) => {
        const socket = connect(port, "127.0.0.1");
        let received = "";
        socket.on("data", (chunk) => (received += chunk.toString("latin1")));
        socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        await begun;
        // A round trip of another connection: had anything been written before, it would have arrived by now.
        await new Promise<void>((resolve) => {
          const probe = connect(port, "127.0.0.1", () => probe.end());
          probe.on("close", () => resolve()).resume();
        });
        assert.equal(received, "");
        commit.resolve(COOKIES);
        await once(socket, "close");
        assert.match(received, /^HTTP\/1\.1 200 /);
        assert.match(received, /set-cookie: sid=1; Path=\/\r\n/i);
      });
    });
  }

  it("informational responses leave at once", async () => {
    const { room, begun, commit } = heldRoom();
    const handler: Handler = (_req, res) => {
      res.writeEarlyHints({ link: "</a.css>; rel=preload" });
      res.end("x");
    };
    await withServer(room, handler, async (port) => {
      const socket = connect(port, "127.0.0.1");
      socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      const [first] = (await once(socket, "data")) as [Buffer];
      assert.match(first.toString(), /^HTTP\/1\.1 103 /);
      await begun;
      commit.resolve(null);
      const [second] = (await once(socket, "data")) as [Buffer];
      assert.match(second.toString(), /^HTTP\/1\.1 200 /);
    });
  });
});

describe("while the answer is held the response looks sent", () => {
  it("headersSent, a late header, a second head and a late status behave as after sending", async () => {
    const { room, begun, commit } = heldRoom();
    const codes: (string | undefined)[] = [];
    let sent: boolean | undefined;
    const codeOf = (action: () => unknown): void => {
      try {
        action();
        codes.push(undefined);
      } catch (error) {
        codes.push((error as { code?: string }).code);
      }
    };
    const handler: Handler = async (_req, res) => {
      res.end("kept");
      await begun;
      sent = res.headersSent;
      codeOf(() => res.setHeader("X-Late", "1"));
      codeOf(() => res.appendHeader("X-Late", "1"));
      codeOf(() => res.removeHeader("X-Early"));
      codeOf(() => res.writeHead(500));
      codeOf(() => res.writeEarlyHints({ link: "</a.css>; rel=preload" }));
      res.statusCode = 500;
      res.statusMessage = "Late";
      res.end();
      commit.resolve(null);
    };
    await withServer(room, handler, async (port) => {
      const answer = await ask(port, "/");
      assert.equal(answer.status, 200);
      assert.equal(answer.message, "OK");
      assert.equal(answer.text, "kept");
      assert.equal(answer.headers["x-late"], undefined);
      assert.equal(sent, true);
      assert.deepEqual(codes, Array.from({ length: 5 }, () => "ERR_HTTP_HEADERS_SENT"));
    });
  });

  it("writing after the end is an error of the writer, as in Node", async () => {
    const { room, commit } = heldRoom();
    const errors: string[] = [];
    const handler: Handler = (_req, res) => {
      res.on("error", (error: NodeJS.ErrnoException) => errors.push(error.code ?? ""));
      res.end("first");
      res.write("second", (error) => errors.push((error as NodeJS.ErrnoException).code ?? ""));
      setImmediate(() => commit.resolve(null));
    };
    await withServer(room, handler, async (port) => {
      assert.equal((await ask(port, "/")).text, "first");
      assert.deepEqual(errors, ["ERR_STREAM_WRITE_AFTER_END", "ERR_STREAM_WRITE_AFTER_END"]);
    });
  });

  it("a wrong chunk, status or header throws at the caller, and nothing is committed for it", async () => {
    const thrown: string[] = [];
    const handler: Handler = (_req, res) => {
      for (const wrong of [() => res.write(7), () => res.write(null), () => res.end({}), () => res.writeHead(99), () => res.writeHead(200, { "X-A": "a\nb" }), () => res.writeHead(200, ["X-A"])]) {
        try {
          wrong();
        } catch (error) {
          thrown.push((error as { code?: string }).code ?? "");
        }
      }
      res.end("fine");
    };
    const room = new FakeCloakroom(() => Promise.resolve(null));
    await withServer(room, handler, async (port) => {
      const answer = await ask(port, "/");
      assert.equal(answer.text, "fine");
      assert.deepEqual(thrown, [
        "ERR_INVALID_ARG_TYPE",
        "ERR_STREAM_NULL_VALUES",
        "ERR_INVALID_ARG_TYPE",
        "ERR_HTTP_INVALID_STATUS_CODE",
        "ERR_INVALID_CHAR",
        "ERR_INVALID_ARG_VALUE",
      ]);
      assert.equal(room.last.outcomes.length, 1);
    });
  });

  it("callbacks of write and end run, and finish comes once", async () => {
    const { room, begun, commit } = heldRoom();
    const order: string[] = [];
    const handler: Handler = (_req, res) => {
      res.on("finish", () => order.push("finish"));
      res.write("a", () => order.push("written"));
      res.end("b", () => order.push("ended"));
      res.end(() => order.push("ended again"));
      void begun.then(() => {
        assert.deepEqual(order, []);
        commit.resolve(null);
      });
    };
    await withServer(room, handler, async (port) => {
      assert.equal((await ask(port, "/")).text, "ab");
      assert.deepEqual([...order].sort(), ["ended", "ended again", "finish", "written"]);
    });
  });

  it("a closing server waits for an answer that is held", async () => {
    const { room, begun, commit } = heldRoom();
    const unhandled = watchUnhandled();
    const server = await serve(coatcheck(room.asCloakroom(), (_req, res) => res.end("last words")) as RequestListener);
    const answer = ask(server.port, "/");
    await begun;
    const closed = once(server.server, "close");
    server.server.close();
    server.server.closeIdleConnections();
    commit.resolve(COOKIES);
    assert.equal((await answer).text, "last words");
    await closed;
    assert.deepEqual(await unhandled.stop(), []);
  });

  it("pipelined requests are answered in order, whichever commit comes first", async () => {
    const commits: PromiseWithResolvers<Ending | null>[] = [];
    const both = Promise.withResolvers<void>();
    const room = new FakeCloakroom(() => {
      const commit = Promise.withResolvers<Ending | null>();
      commits.push(commit);
      if (commits.length === 2) both.resolve();
      return commit.promise;
    });
    await withServer(room, (req, res) => res.end(`answer ${req.url}\n`), async (port) => {
      const all = askRaw(port, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      await both.promise;
      commits[1]?.resolve(null);
      await new Promise(setImmediate);
      commits[0]?.resolve(null);
      assert.deepEqual((await all).toString().match(/answer .*/g), ["answer /1", "answer /2"]);
    });
  });
});

describe("streams", () => {
  it("answers false only when a buffer's worth waits, and lets the writer go on after the commit", async () => {
    const { room, begun, commit } = heldRoom();
    const chunk = Buffer.alloc(64 * 1024, "x");
    const total = 200;
    let produced = 0;
    const handler: Handler = async (_req, res) => {
      const source = Readable.from(
        (function* () {
          for (; produced < total; produced++) yield chunk;
        })(),
        { highWaterMark: 1 },
      );
      await pipeline(source, res);
    };
    await withServer(room, handler, async (port) => {
      const answer = ask(port, "/");
      await begun;
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      assert.ok(produced <= 4, `${produced} chunks were produced while held`);
      commit.resolve(COOKIES);
      assert.equal((await answer).body.length, total * chunk.length);
      assert.deepEqual(linesOf(await answer, "set-cookie"), COOKIES.setCookies);
    });
  });

  it("emits drain when everything that waited was taken at once", async () => {
    const { room, commit } = heldRoom();
    const handler: Handler = async (_req, res) => {
      Object.defineProperty(res, "writableHighWaterMark", { value: 4 });
      assert.equal(res.write("abc"), true);
      assert.equal(res.write("def"), false);
      setImmediate(() => commit.resolve(null));
      await once(res, "drain");
      res.end("!");
    };
    await withServer(room, handler, async (port) => assert.equal((await ask(port, "/")).text, "abcdef!"));
  });

  for (const size of [1_000, 128 * 1024, 800 * 1024]) {
    it(`a file of ${size} bytes arrives whole`, async () => {
      const folder = await mkdtemp(join(tmpdir(), "coatcheck-"));
      const path = join(folder, "file");
      const content = Buffer.alloc(size, "0123456789");
      await writeFile(path, content);
      const { room, begun, commit } = heldRoom();
      try {
        await withServer(room, (_req, res) => createReadStream(path).pipe(res), async (port) => {
          const answer = ask(port, "/");
          await begun;
          setImmediate(() => commit.resolve(COOKIES));
          assert.ok((await answer).body.equals(content));
        });
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  }

  it("the first event of an event stream commits, later ones pass", async () => {
    const { room, begun, commit } = heldRoom();
    let send: (text: string) => void = () => {};
    const handler: Handler = (_req, res) => {
      res.writeHead(200, { "Content-Type": "text/event-stream" });
      send = (text) => res.write(`data: ${text}\n\n`);
      send("one");
    };
    await withServer(room, handler, async (port) => {
      const socket = connect(port, "127.0.0.1");
      socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await begun;
      commit.resolve(COOKIES);
      let received = "";
      const until = async (text: string): Promise<void> => {
        while (!received.includes(text)) received += ((await once(socket, "data")) as [Buffer])[0].toString();
      };
      await until("data: one");
      assert.match(received, /set-cookie: sid=1/i);
      send("two");
      await until("data: two");
      assert.equal(room.last.outcomes.length, 1);
      socket.destroy();
    });
  });

  it("trailers follow", async () => {
    const handler: Handler = (_req, res) => {
      res.setHeader("Trailer", "X-Sum");
      res.write("a");
      res.addTrailers({ "X-Sum": "7" });
      res.end("b");
    };
    await withServer(new FakeCloakroom(() => Promise.resolve(COOKIES)), handler, async (port) => {
      assert.equal((await ask(port, "/")).trailers["x-sum"], "7");
    });
  });
});

describe("answers without a body", () => {
  for (const [name, status, method] of [
    ["304", 304, "GET"],
    ["204", 204, "GET"],
    ["HEAD", 200, "HEAD"],
  ] as const) {
    it(`${name} keeps its cookies and stays empty`, async () => {
      const handler: Handler = (_req, res) => {
        res.statusCode = status;
        if (status === 200) res.setHeader("Content-Length", "4");
        res.end(status === 200 ? "body" : undefined);
      };
      await withServer(new FakeCloakroom(() => Promise.resolve(COOKIES)), handler, async (port) => {
        const answer = await ask(port, "/", { method });
        assert.equal(answer.status, status);
        assert.equal(answer.text, "");
        assert.deepEqual(linesOf(answer, "set-cookie"), COOKIES.setCookies);
      });
    });
  }
});

describe("CC-09 a client that goes away", () => {
  it("the commit ends, nothing is written, and callbacks hear of it", async () => {
    const { room, begun, commit } = heldRoom();
    const heard = Promise.withResolvers<unknown>();
    const gone = Promise.withResolvers<void>();
    const handler: Handler = (_req, res) => {
      res.on("close", () => gone.resolve());
      res.write("x", (error) => heard.resolve(error));
      res.end("y");
    };
    await withServer(room, handler, async (port) => {
      const socket = connect(port, "127.0.0.1");
      socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await begun;
      socket.destroy();
      await gone.promise;
      commit.resolve(COOKIES);
      assert.match(String(await heard.promise), /went away while the session was saved/);
      assert.equal(room.last.outcomes.length, 1);
    });
  });

  it("a commit that fails afterwards is reported and crashes nothing", async () => {
    const { room, begun, commit } = heldRoom();
    const gone = Promise.withResolvers<void>();
    const reported = Promise.withResolvers<unknown>();
    const handler: Handler = (_req, res) => {
      res.on("close", () => gone.resolve());
      res.end("y");
    };
    await withServer(
      room,
      handler,
      async (port) => {
        const socket = connect(port, "127.0.0.1");
        socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await begun;
        socket.destroy();
        await gone.promise;
        const failure = new StoreUnavailable("update", "unknown");
        commit.reject(failure);
        assert.equal(await reported.promise, failure);
      },
      (error) => reported.resolve(error),
    );
  });
});

describe("a commit that fails", () => {
  const down = new StoreUnavailable("update the session", "not-sent");

  for (const [form, handler] of Object.entries(FORMS)) {
    for (const kind of ["rejects later", "throws at once"] as const) {
      it(`${form}, ${kind}: 503, nothing of the answer, no cookie`, async () => {
        const room = new FakeCloakroom(() => {
          if (kind === "throws at once") throw down;
          return Promise.reject(down);
        });
        const errors: unknown[] = [];
        const prepared: Handler = (req, res) => {
          res.setHeader("Set-Cookie", "app=1");
          res.setHeader("ETag", '"1"');
          res.setHeader("Cache-Control", "public, max-age=600");
          res.setHeader("Access-Control-Allow-Origin", "*");
          return handler(req, res);
        };
        await withServer(
          room,
          prepared,
          async (port) => {
            const answer = await ask(port, "/");
            assert.equal(answer.status, 503);
            assert.equal(answer.message, "Service Unavailable");
            assert.equal(answer.text, "503 Service Unavailable\n");
            assert.equal(answer.headers["retry-after"], "1");
            assert.equal(answer.headers["cache-control"], "no-store");
            assert.equal(answer.headers["access-control-allow-origin"], "*");
            assert.equal(answer.headers["set-cookie"], undefined);
            assert.equal(answer.headers.etag, undefined);
            assert.deepEqual(errors, [down]);
            assert.equal(room.last.outcomes.length, 1);
          },
          (error) => errors.push(error),
        );
      });
    }
  }

  it("what has to leave all the same leaves with the error page", async () => {
    const room = new FakeCloakroom(() => Promise.reject(down));
    room.prepare = (coat) => {
      coat.remains = ending({ setCookies: ["flow=; Max-Age=0"], vary: ["Cookie"], noStore: true });
    };
    const handler: Handler = (_req, res) => {
      res.setHeader("Set-Cookie", "app=1");
      res.end("x");
    };
    await withServer(
      room,
      handler,
      async (port) => {
        const answer = await ask(port, "/");
        assert.equal(answer.status, 503);
        assert.equal(answer.text, "503 Service Unavailable\n");
        assert.deepEqual(answer.headers["set-cookie"], ["flow=; Max-Age=0"]);
      },
      () => undefined,
    );
  });

  it("a handler that goes on streaming afterwards writes into nothing", async () => {
    const reported = Promise.withResolvers<void>();
    const finished = Promise.withResolvers<void>();
    const handler: Handler = async (_req, res) => {
      res.write("first");
      // The page is sent in the very turn in which the failure is reported.
      await reported.promise;
      assert.equal(res.writableEnded, true);
      res.write("second");
      res.end("third");
      finished.resolve();
    };
    await withServer(
      new FakeCloakroom(() => Promise.reject(down)),
      handler,
      async (port) => {
        const answer = await ask(port, "/");
        assert.equal(answer.status, 503);
        assert.equal(answer.text, "503 Service Unavailable\n");
        await finished.promise;
      },
      () => reported.resolve(),
    );
  });

  it("a stream that is cut short by the failure ends", async () => {
    const ended = Promise.withResolvers<unknown>();
    const handler: Handler = (_req, res) => {
      const chunk = Buffer.alloc(64 * 1024);
      const source = Readable.from(Array.from({ length: 400 }, () => chunk));
      pipeline(source, res).then(ended.resolve, ended.resolve);
    };
    await withServer(new FakeCloakroom(() => Promise.reject(down)), handler, async (port) => {
      assert.equal((await ask(port, "/")).status, 503);
      await ended.promise;
    });
  });
});
