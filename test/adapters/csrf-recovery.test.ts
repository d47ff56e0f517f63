import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import express from "express";
import { createCoatcheck, type Coatcheck } from "coatcheck";
import { coatcheck as expressCoatcheck } from "coatcheck/express";
import { coatcheck as fetchCoatcheck } from "coatcheck/fetch";
import { memoryStore } from "coatcheck/memory";
import { CookieJar } from "../../src/testing/cookie-jar.ts";
import type { AnyData } from "../support/view.ts";

type Send = (method: string, path: string, headers: Record<string, string>, body?: string) => Promise<Response>;

async function overExpress(cloakroom: Coatcheck<AnyData>, use: (send: Send, url: string) => Promise<void>): Promise<void> {
  const app = express();
  app.use(express.urlencoded());
  app.use(expressCoatcheck(cloakroom));
  app.get("/form", (req, res) => void res.send(req.coat.csrf.token()));
  app.post("/rotate", (req, res) => {
    req.coat.session.setTestCookie();
    req.coat.session.rotate();
    res.end();
  });
  app.post("/note", (req, res) => void res.send(`saved ${(req.body as { note?: string }).note}`));
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await use((method, path, headers, body) => fetch(url + path, body === undefined ? { method, headers } : { method, headers, body }), url);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function overFetch(cloakroom: Coatcheck<AnyData>, use: (send: Send, url: string) => Promise<void>): Promise<void> {
  const handler = fetchCoatcheck(cloakroom, async (request, coat) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/form") return new Response(coat.csrf.token());
    if (pathname === "/rotate") {
      coat.session.setTestCookie();
      coat.session.rotate();
      return new Response();
    }
    return new Response(`saved ${String((await request.formData()).get("note"))}`);
  });
  const url = "http://localhost:3000";
  await use((method, path, headers, body) => handler(new Request(url + path, body === undefined ? { method, headers } : { method, headers, body })), url);
}

for (const [name, over] of [["Express", overExpress], ["fetch", overFetch]] as const) {
  describe(`a form that was left open across a login, over ${name}`, () => {
    it("comes back with what was typed, and goes through at one click", () =>
      over(createCoatcheck<AnyData>({ store: memoryStore(), production: false, csrf: { token: "always" }, log: () => undefined }), async (send, url) => {
        const jar = new CookieJar();
        const call = async (method: string, path: string, fields?: Record<string, string>): Promise<{ status: number; text: string }> => {
          const cookie = jar.header(url);
          const headers = { accept: "text/html", "sec-fetch-site": "same-origin", ...(cookie === undefined ? {} : { cookie }), ...(fields === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }) };
          const response = await send(method, path, headers, fields === undefined ? undefined : new URLSearchParams(fields).toString());
          jar.receive(response.headers.getSetCookie(), url);
          return { status: response.status, text: await response.text() };
        };
        await call("POST", "/rotate", { csrfmiddlewaretoken: (await call("GET", "/form")).text });
        const stale = (await call("GET", "/form")).text;
        assert.equal((await call("POST", "/note", { csrfmiddlewaretoken: stale, note: "first" })).text, "saved first");
        await call("POST", "/rotate", { csrfmiddlewaretoken: stale });
        const refused = await call("POST", "/note", { csrfmiddlewaretoken: stale, note: "typed & kept", password: "hunter2" });
        assert.equal(refused.status, 403);
        assert.match(refused.text, /name="note" value="typed &#38; kept"/);
        assert.doesNotMatch(refused.text, /hunter2/);
        const fresh = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(refused.text)?.[1] ?? "";
        assert.equal((await call("POST", "/note", { csrfmiddlewaretoken: fresh, note: "typed & kept" })).text, "saved typed & kept");
      }));
  });
}
