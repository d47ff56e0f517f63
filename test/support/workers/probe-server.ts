/**
 * A server of its own process: `node probe-server.ts <kind> <address> <prefix>`, as `openStore` has them. Tells its parent its port. Each route writes after a wait that differs
 * from request to request, as real handlers do.
 */
import express from "express";
import { createCoatcheck, type Session, type SessionStore } from "coatcheck";
import { coatcheck } from "coatcheck/express";
import type { AddressInfo } from "node:net";
import type { AnyData } from "../view.ts";
import { openStore } from "./open-store.ts";

/** So many turns of the event loop, with other requests running in between. */
export async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve));
}

export function createProbe(store: SessionStore): express.Express {
  const cloakroom = createCoatcheck<AnyData>({ store, production: false });
  const app = express();
  app.use(coatcheck(cloakroom));
  const delay = (req: express.Request): Promise<void> => turns(Number(req.query["turns"] ?? 0));
  const session = (req: express.Request): Session<AnyData> => req.coat.session as unknown as Session<AnyData>;
  app.post("/set/:key", async (req, res) => {
    await delay(req);
    session(req).set(req.params.key, true);
    res.json({ ok: true });
  });
  app.post("/increment", async (req, res) => {
    await delay(req);
    res.json({ n: session(req).change("n", (n) => ((n as number | undefined) ?? 0) + 1) });
  });
  app.post("/logout", async (req, res) => {
    await delay(req);
    session(req).flush();
    res.json({ ok: true });
  });
  app.get("/all", (req, res) => {
    res.json(Object.fromEntries(session(req)));
  });
  app.use((error: { status?: number; code?: string }, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
    res.status(error.status ?? 500).json({ code: error.code });
  });
  return app;
}

const [kind, address = "", prefix = ""] = process.argv.slice(2);
if (import.meta.main && kind !== undefined) {
  const { store } = await openStore(kind, address, prefix);
  const server = createProbe(store).listen(0, "127.0.0.1", () => {
    process.send?.((server.address() as AddressInfo).port);
  });
}
