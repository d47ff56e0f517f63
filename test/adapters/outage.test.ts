import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { describe, it } from "node:test";
import { createCoatcheck, StoreUnavailable, type Coat, type Coatcheck } from "coatcheck";
import { coatcheck as express } from "coatcheck/express";
import { coatcheck as fetchHandler } from "coatcheck/fetch";
import { memoryStore } from "coatcheck/memory";
import { coatcheck as node } from "coatcheck/node";
import application from "express";
import type { AnyData } from "../support/visitor.ts";

type Send = (path: string, init?: RequestInit) => Promise<Response>;

function page(path: string, coat: Coat<AnyData>): string {
  if (path !== "/form") return "done";
  coat.session.set("a", 1);
  return coat.csrf.token();
}

/** Starts a server for as long as the test runs. */
async function serve(listener: RequestListener, use: (send: Send) => Promise<void>): Promise<void> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    await use((path, init) => fetch(`http://127.0.0.1:${port}${path}`, init));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const doors: Readonly<Record<string, (cloakroom: Coatcheck<AnyData>, use: (send: Send) => Promise<void>) => Promise<void>>> = {
  node: (cloakroom, use) => serve(node<AnyData>(cloakroom, (req, res, coat) => void res.end(page(req.url ?? "", coat)), { onError: () => undefined }), use),
  express: (cloakroom, use) => {
    const app = application();
    app.set("env", "test");
    app.use(express(cloakroom), (req, res) => void res.send(page(req.path, req.coat as unknown as Coat<AnyData>)));
    return serve(app, use);
  },
  fetch: (cloakroom, use) => {
    const handle = fetchHandler<AnyData>(cloakroom, (request, coat) => new Response(page(new URL(request.url).pathname, coat)));
    return use((path, init) => handle(new Request(`http://localhost${path}`, init)));
  },
};

describe("I11 a form that is sent while the store is down", () => {
  for (const [name, open] of Object.entries(doors)) {
    it(`is answered with 503 through ${name}, and the process lives on`, async () => {
      const memory = memoryStore();
      let isDown = false;
      const read: typeof memory.read = (id, options) => (isDown ? Promise.reject(new StoreUnavailable("read", "not-sent")) : memory.read(id, options));
      const store = new Proxy(memory, {
        get: (target, key) => {
          if (key === "read") return read;
          const value: unknown = Reflect.get(target, key, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
      await open(createCoatcheck<AnyData>({ store, production: false, log: () => undefined }), async (send) => {
        const form = await send("/form");
        const headers = { cookie: form.headers.getSetCookie().map((line) => line.split(";")[0]).join("; "), "x-csrftoken": await form.text() };
        isDown = true;
        assert.equal((await send("/change", { method: "POST", headers })).status, 503);
        isDown = false;
        assert.equal((await send("/change", { method: "POST", headers })).status, 200);
      });
    });
  }
});
