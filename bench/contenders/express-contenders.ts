import { coatcheck, coatOf } from "coatcheck/express";
import express from "express";
import type { Express, Request } from "express";
import expressSession from "express-session";
import type { Store } from "express-session";
import { FIRST_VISITS, seedData, STRANGER, USER } from "../rows.ts";
import type { BenchData, SeedPath } from "../rows.ts";
import { EXPRESS_SESSION, OURS_EXPRESS } from "../wanted.ts";
import { benchCloakroom } from "./cloakroom.ts";
import { Probe } from "./contender.ts";
import type { Contender } from "./contender.ts";
import { nodeDoor } from "./doors.ts";

export const BARE_EXPRESS = "bare Express";

/** The leanest Express that still answers with `res.send`; ETag digests are off, so that they do not drown the rest. */
export function plainExpress(): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  return app;
}

export function bareExpress(): Contender {
  const probe = new Probe();
  const app = plainExpress();
  app.get("/anonymous", (_req, res) => void res.send(STRANGER));
  app.get("/read", (_req, res) => {
    probe.saw(true);
    res.send(USER);
  });
  app.get("/write", (_req, res) => {
    probe.saw(true);
    res.send(String(FIRST_VISITS + 1));
  });
  return { name: BARE_EXPRESS, baseline: undefined, cannot: new Map(), keeps: "none", door: nodeDoor(app), probe };
}

/** express-session with its own memory store and the two options that its manual recommends. */
export function expressSessionContender(store: Store = new expressSession.MemoryStore()): Contender {
  const probe = new Probe();
  const app = plainExpress();
  app.use(expressSession({ store, secret: "a secret of the benchmark, forty characters", resave: false, saveUninitialized: false }));
  const bag = (req: Request): Record<string, unknown> => req.session as unknown as Record<string, unknown>;
  app.get("/anonymous", (_req, res) => void res.send(STRANGER));
  app.get("/seed/:size", (req, res) => {
    Object.assign(bag(req), seedData(req.path as SeedPath));
    res.send("seeded");
  });
  app.get("/read", (req, res) => {
    const { user } = bag(req);
    probe.saw(user === USER);
    res.send(user);
  });
  app.get("/visits", (req, res) => void res.send(String(bag(req)["visits"])));
  app.get("/write", (req, res) => {
    const session = bag(req);
    const before = session["visits"] as number;
    session["visits"] = before + 1;
    probe.saw(before >= FIRST_VISITS);
    res.send(String(before + 1));
  });
  return { name: EXPRESS_SESSION, baseline: BARE_EXPRESS, cannot: new Map(), keeps: "stored", door: nodeDoor(app), probe };
}

/** Coatcheck's Express adapter over its memory store. */
export function coatcheckExpress(maxRecords?: number): Contender {
  const probe = new Probe();
  const app = plainExpress();
  app.use(coatcheck(benchCloakroom(maxRecords)));
  app.get("/anonymous", (_req, res) => void res.send(STRANGER));
  app.get("/seed/:size", (req, res) => {
    coatOf<BenchData>(req).session.assign(seedData(req.path as SeedPath));
    res.send("seeded");
  });
  app.get("/read", (req, res) => {
    const user = coatOf<BenchData>(req).session.get("user");
    probe.saw(user === USER);
    res.send(user);
  });
  app.get("/visits", (req, res) => void res.send(String(coatOf<BenchData>(req).session.get("visits"))));
  app.get("/write", (req, res) => {
    const { session } = coatOf<BenchData>(req);
    const before = session.get("visits", 0);
    session.set("visits", before + 1);
    probe.saw(before >= FIRST_VISITS);
    res.send(String(before + 1));
  });
  return { name: OURS_EXPRESS, baseline: BARE_EXPRESS, cannot: new Map(), keeps: "stored", door: nodeDoor(app), probe };
}
