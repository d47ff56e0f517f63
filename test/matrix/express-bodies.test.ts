import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { it } from "node:test";
import { gunzipSync } from "node:zlib";
import compression from "compression";
import { createCoatcheck } from "coatcheck";
import { coatcheck } from "coatcheck/express";
import { memoryStore } from "coatcheck/memory";
import express5 from "express";
import type { RequestHandler } from "express";
import express4 from "express4";
import { FailingStore } from "../support/failing-store.ts";
import type { Answer } from "../support/http.ts";
import { ask, linesOf, serve, watchUnhandled } from "../support/http.ts";
import type { AnyData } from "../support/view.ts";

const contentOf = (answer: Answer): Buffer => (answer.headers["content-encoding"] === "gzip" ? gunzipSync(answer.body) : answer.body);

/** Every way in which Express sends a body, behind a real session, with the middleware that people put beside it. */
for (const [version, express] of [["Express 5", express5], ["Express 4", express4]] as const) {
  for (const squeeze of ["none", "outside", "inside"] as const) {
    it(`${version}, compression ${squeeze}: each answer arrives whole, with its session, or as a 503 without`, async () => {
      const folder = await mkdtemp(join(tmpdir(), "coatcheck-"));
      const small = Buffer.from("a small file\n");
      const large = randomBytes(128 * 1024);
      const piece = randomBytes(64 * 1024);
      await writeFile(join(folder, "small.txt"), small);
      await writeFile(join(folder, "large.txt"), large);
      const bodies: Record<string, Buffer> = {
        "/json": Buffer.from(JSON.stringify({ words: Array.from({ length: 500 }, (_, index) => `word ${index}`) })),
        "/small": small,
        "/large": large,
        "/pipeline/13": Buffer.concat(Array.from({ length: 13 }, () => piece)),
        "/pipeline/208": Buffer.concat(Array.from({ length: 208 }, () => piece)),
        "/twice": Buffer.from('{"answer":1}'),
      };
      const late: unknown[] = [];
      const store = new FailingStore(memoryStore());
      const packed = compression({ threshold: 0, level: 1 }) as unknown as RequestHandler;
      const app = express();
      app.set("env", "test");
      if (squeeze === "outside") app.use(packed);
      app.use(coatcheck(createCoatcheck<AnyData>({ store: store.store, production: false, sweep: false, log: () => {} })));
      if (squeeze === "inside") app.use(packed);
      app.use((req, _res, next) => {
        (req.coat.session as unknown as { set(key: string, value: unknown): void }).set("path", req.path);
        next();
      });
      app.get("/json", (_req, res) => void res.json(JSON.parse(String(bodies["/json"]))));
      app.get("/small", (_req, res) => res.sendFile(join(folder, "small.txt")));
      app.get("/large", (_req, res) => res.sendFile(join(folder, "large.txt")));
      app.get("/pipeline/:count", (req, res) => pipeline(Readable.from(Array.from({ length: Number(req.params["count"]) }, () => piece)), res.type("text")).catch(() => {}));
      app.get("/twice", (_req, res) => {
        res.json({ answer: 1 });
        for (const action of [() => res.json({ answer: 2 }), () => res.set("X-Late", "1")]) assert.throws(action, { code: "ERR_HTTP_HEADERS_SENT" });
        res.status(500);
        late.push("done");
      });

      const unhandled = watchUnhandled();
      const server = await serve(app);
      const headers = { "Accept-Encoding": "gzip" };
      try {
        for (const [path, body] of Object.entries(bodies)) {
          const answer = await ask(server.port, path, { headers });
          assert.equal(answer.status, 200, path);
          assert.ok(contentOf(answer).equals(body), `${path}: the body differs`);
          assert.equal(linesOf(answer, "set-cookie").length, 1, path);
          assert.equal(answer.headers["x-late"], undefined, path);

          store.plan("create", "refuse", 100);
          const failed = await ask(server.port, path, { headers });
          assert.equal(failed.status, 503, path);
          assert.equal(failed.headers["set-cookie"], undefined, path);
          assert.ok(!contentOf(failed).equals(body), path);
          store.heal();
        }
        assert.deepEqual(late, ["done", "done"]);
        const head = await ask(server.port, "/json", { method: "HEAD", headers });
        assert.equal(head.text, "");
        assert.equal(linesOf(head, "set-cookie").length, 1);
        const tagged = await ask(server.port, "/json");
        const again = await ask(server.port, "/json", { headers: { "If-None-Match": String(tagged.headers.etag), Cookie: linesOf(tagged, "set-cookie")[0]?.split(";")[0] ?? "" } });
        assert.equal(again.status, 304);
        assert.equal(again.headers.vary?.split(", ").includes("Cookie"), true);
      } finally {
        await server.close();
        await rm(folder, { recursive: true });
      }
      assert.deepEqual(await unhandled.stop(), []);
    });
  }
}
