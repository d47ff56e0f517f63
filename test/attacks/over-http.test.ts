import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import express from "express";
import { createCoatcheck } from "coatcheck";
import { coatcheck } from "coatcheck/express";
import { memoryStore } from "coatcheck/memory";
import fc from "fast-check";
import type { AnyData } from "../support/view.ts";

/** Sends bytes as they stand and returns the answer as text: no client in between that tidies anything up. */
async function sendRaw(port: number, request: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.end(Buffer.from(request, "latin1"));
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("latin1");
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);

async function serve(use: (port: number, transfers: () => number) => Promise<void>): Promise<void> {
  const cloakroom = createCoatcheck<AnyData>({ store: memoryStore(), production: false, log: () => undefined, csrf: { token: "when-needed" } });
  const app = express();
  let transfers = 0;
  app.use(express.urlencoded({ limit: "10kb" }));
  app.use(coatcheck(cloakroom, { route: (req) => (req.path === "/hook" ? { csrfExempt: true } : undefined) }));
  app.post("/hook", (_req, res) => void res.send("hooked"));
  app.get("/public", (_req, res) => void res.set("cache-control", "public, max-age=600").send("public"));
  app.get("/me", (req, res) => void res.set("cache-control", "public, max-age=600").send(`user ${String((req.coat.session as unknown as { get(key: string): unknown }).get("user"))}`));
  app.get("/form", (req, res) => void res.set("cache-control", "public, max-age=600").send(req.coat.csrf.field()));
  app.post("/login", (req, res) => {
    (req.coat.session as unknown as { set(key: string, value: unknown): void }).set("user", (req.body as { user?: string }).user ?? "nobody");
    res.send("in");
  });
  app.post("/transfer", (_req, res) => {
    transfers++;
    res.send("moved");
  });
  app.use((error: { status?: number }, _req: express.Request, res: express.Response, _next: express.NextFunction) => void res.status(error.status ?? 500).send("error"));
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await use((server.address() as AddressInfo).port, () => transfers);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe("CS-06 an exemption is for the very path that the router dispatches", () => {
  it("no spelling of an exempt path reaches a protected handler", () =>
    serve(async (port, transfers) => {
      const post = (target: string): Promise<string> => sendRaw(port, `POST ${target} HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      assert.equal(statusOf(await post("/hook")), 200);
      for (const target of ["/transfer", "//transfer", "/hook/../transfer", "/hook/%2e%2e/transfer", "/%68ook/../transfer", "/transfer?x=/hook", "/transfer#/hook", "/transfer/", "/TRANSFER", "/hook;/../transfer", "/hook%2f..%2ftransfer", "http://localhost/transfer", "/./transfer"]) {
        const status = statusOf(await post(target));
        assert.ok(status === 403 || status === 404, `${target}: ${status}`);
      }
      assert.equal(transfers(), 0);
    }));
});

describe("CS-17 a login form is protected though nobody is logged in", () => {
  it("another site's form logs nobody in, and the refusal names what decided it (CA-08)", () =>
    serve(async (port) => {
      const response = await fetch(`http://127.0.0.1:${port}/login`, { method: "POST", headers: { "sec-fetch-site": "cross-site", origin: "https://evil.example" }, body: new URLSearchParams({ user: "mallory" }) });
      assert.equal(response.status, 403);
      assert.deepEqual(response.headers.getSetCookie(), []);
      // CA-08: what decided is named, should anything keep the refusal.
      assert.match(response.headers.get("vary") ?? "", /Sec-Fetch-Site, Origin/);
    }));
});

describe("CS-20 bodies that cannot be read fail closed", () => {
  it("too large, cut off, of a wrong length or malformed: an error, the handler not entered, the process alive", () =>
    serve(async (port, transfers) => {
      const head = "POST /transfer HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n";
      const large = "a=".padEnd(20_000, "x");
      assert.equal(statusOf(await sendRaw(port, `${head}Content-Length: ${large.length}\r\n\r\n${large}`)), 413);
      for (const body of [`${head}Content-Length: 500\r\n\r\ncut`, `${head}Content-Length: -1\r\n\r\n`, `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`]) {
        const status = statusOf(await sendRaw(port, body));
        assert.ok(status === 0 || (status >= 400 && status < 500), String(status));
      }
      assert.equal(transfers(), 0);
      assert.equal((await fetch(`http://127.0.0.1:${port}/public`)).status, 200);
    }));
});

describe("CS-22 nothing is given to other origins", () => {
  it("no route reflects an Origin", () =>
    serve(async (port) => {
      for (const path of ["/public", "/me", "/form", "/none"]) {
        const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { origin: "https://evil.example" } });
        assert.equal(response.headers.get("access-control-allow-origin"), null);
      }
    }));
});

describe("CK-19 several Cookie fields", () => {
  it("are joined: the session is found in whichever it stands", () =>
    serve(async (port) => {
      const login = await fetch(`http://127.0.0.1:${port}/login`, { method: "POST", headers: { "sec-fetch-site": "same-origin" }, body: new URLSearchParams({ user: "ada" }) });
      const cookie = login.headers.getSetCookie()[0]?.split(";")[0] ?? "";
      for (const lines of [[cookie, "a=1"], ["a=1", cookie], ["a=1; b=2", cookie, "c=3"]]) {
        const answer = await sendRaw(port, `GET /me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${lines.map((line) => `Cookie: ${line}\r\n`).join("")}Connection: close\r\n\r\n`);
        assert.match(answer, /user ada$/);
      }
    }));
});

/** A shared cache that keeps what RFC 9111 lets it keep, and one that does not know about Set-Cookie at all. */
class SharedCache {
  readonly #kept = new Map<string, { vary: string; body: string; setCookies: string[]; request: Record<string, string> }>();
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  async get(path: string, headers: Record<string, string>): Promise<{ body: string; setCookies: string[] }> {
    const kept = this.#kept.get(path);
    const matches = kept !== undefined && kept.vary.split(",").every((name) => name.trim() === "" || (name.trim() !== "*" && kept.request[name.trim().toLowerCase()] === headers[name.trim().toLowerCase()]));
    if (matches) return kept;
    const response = await fetch(this.#origin + path, { headers });
    const answer = { vary: response.headers.get("vary") ?? "", body: await response.text(), setCookies: response.headers.getSetCookie(), request: headers };
    if (!/no-store|private/.test(response.headers.get("cache-control") ?? "") && /max-age/.test(response.headers.get("cache-control") ?? "")) this.#kept.set(path, answer);
    return answer;
  }
}

describe("CA-06 behind a shared cache", () => {
  it("nobody gets another's page, token or cookie, whatever the application says about caching", () =>
    serve(async (port) => {
      const origin = `http://127.0.0.1:${port}`;
      const cache = new SharedCache(origin);
      const cookies: string[] = [];
      for (const user of ["ada", "grace"]) {
        const login = await fetch(`${origin}/login`, { method: "POST", headers: { "sec-fetch-site": "same-origin" }, body: new URLSearchParams({ user }) });
        cookies.push(login.headers.getSetCookie()[0]?.split(";")[0] ?? "");
      }
      const tokens = new Set<string>();
      for (const [n, user] of ["ada", "grace"].entries()) {
        assert.equal((await cache.get("/me", { cookie: cookies[n] ?? "" })).body, `user ${user}`);
        const form = await cache.get("/form", { cookie: cookies[n] ?? "" });
        assert.equal(tokens.has(form.body), false);
        tokens.add(form.body);
        assert.equal((await cache.get("/public", { cookie: cookies[n] ?? "" })).body, "public");
      }
      assert.equal((await cache.get("/me", {})).body, "user undefined");
      assert.equal(tokens.has((await cache.get("/form", {})).body), false);
    }));
});

describe("DS-10 LG-04 headers that nobody sends", () => {
  it("cause no 5xx and no line in an event that is more than a line", () =>
    serve(async (port) => {
      const paths: string[] = [];
      const listen = (event: unknown): void => void paths.push(String((event as { path?: string }).path));
      subscribe("coatcheck:csrf.refused", listen);
      try {
        const names = fc.constantFrom("Cookie", "Origin", "Referer", "Host", "Authorization", "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "Sec-Fetch-Site", "Content-Type", "Accept", "X-CSRFToken", "User-Agent");
        const values = fc.oneof(fc.string({ unit: fc.constantFrom(..."abc=;,\"' %\\/*:[]{}<>&?#@\t\x80\xa0\xff"), maxLength: 80 }), fc.constantFrom("", "null", "undefined", "[object Object]", "__Host-sessionid=", `sessionid=${"A".repeat(43)}`, `sessionid=${"A".repeat(5000)}`, "https://", "https://[", "https://evil.example:99999"));
        await fc.assert(
          fc.asyncProperty(fc.constantFrom("GET", "POST", "HEAD", "PUT"), fc.constantFrom("/me", "/form", "/transfer", "/none", "/a%0d%0ab%1b[31m"), fc.array(fc.tuple(names, values), { maxLength: 6 }), async (method, path, headers) => {
            const answer = await sendRaw(port, `${method} ${path} HTTP/1.1\r\n${headers.some(([name]) => name === "Host") ? "" : `Host: 127.0.0.1:${port}\r\n`}${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}Content-Length: 0\r\nConnection: close\r\n\r\n`);
            assert.ok(statusOf(answer) < 500, answer.slice(0, 200));
          }),
          { numRuns: 700 },
        );
      } finally {
        unsubscribe("coatcheck:csrf.refused", listen);
      }
      assert.ok(paths.length > 0);
      for (const path of paths) assert.match(path, /^[\x21-\x7e]+$/);
    }));
});
