import { createHash } from "node:crypto";
import fastifyCookie from "@fastify/cookie";
import fastifySecureSession from "@fastify/secure-session";
import fastifySession from "@fastify/session";
import fastify from "fastify";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { FIRST_VISITS, seedData, STRANGER, USER } from "../rows.ts";
import type { SeedPath } from "../rows.ts";
import { Probe } from "./contender.ts";
import type { Contender } from "./contender.ts";
import { nodeDoor } from "./doors.ts";

export const BARE_FASTIFY = "bare Fastify";

/** What both session plugins offer. */
interface Bag {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
}

/** Both plugins declare `request.session` for themselves; each application here has only one of them. */
const bagOf = (request: FastifyRequest): Bag => request.session as unknown as Bag;

async function open(app: FastifyInstance): Promise<Contender["door"]> {
  await app.ready();
  return nodeDoor((request, response) => app.routing(request, response));
}

export async function bareFastify(): Promise<Contender> {
  const probe = new Probe();
  const app = fastify();
  app.get("/anonymous", (_request, reply) => void reply.send(STRANGER));
  app.get("/read", (_request, reply) => {
    probe.saw(true);
    reply.send(USER);
  });
  app.get("/write", (_request, reply) => {
    probe.saw(true);
    reply.send(String(FIRST_VISITS + 1));
  });
  return { name: BARE_FASTIFY, baseline: undefined, cannot: new Map(), keeps: "none", door: await open(app), probe };
}

function addRoutes(app: FastifyInstance, probe: Probe): void {
  app.get("/anonymous", (_request, reply) => void reply.send(STRANGER));
  app.get("/seed/:size", (request, reply) => {
    const session = bagOf(request);
    for (const [key, value] of Object.entries(seedData(request.url as SeedPath))) session.set(key, value);
    reply.send("seeded");
  });
  app.get("/read", (request, reply) => {
    const user = bagOf(request).get("user");
    probe.saw(user === USER);
    reply.send(user);
  });
  app.get("/visits", (request, reply) => void reply.send(String(bagOf(request).get("visits"))));
  app.get("/write", (request, reply) => {
    const session = bagOf(request);
    const before = session.get("visits") as number;
    session.set("visits", before + 1);
    probe.saw(before >= FIRST_VISITS);
    reply.send(String(before + 1));
  });
}

/** @fastify/session with its own memory store, which keeps live objects and turns nothing into text. */
export async function fastifySessionContender(): Promise<Contender> {
  const probe = new Probe();
  const app = fastify();
  await app.register(fastifyCookie);
  await app.register(fastifySession, { secret: "a secret of the benchmark, forty characters", rolling: false, saveUninitialized: false });
  addRoutes(app, probe);
  return { name: "@fastify/session 11", baseline: BARE_FASTIFY, cannot: new Map(), keeps: "stored", door: await open(app), probe };
}

/** @fastify/secure-session: the session is sealed into its cookie. */
export async function fastifySecureSessionContender(): Promise<Contender> {
  const probe = new Probe();
  const app = fastify();
  await app.register(fastifySecureSession, { key: createHash("sha256").update("the benchmark's key").digest(), cookie: { path: "/" } });
  addRoutes(app, probe);
  return {
    name: "@fastify/secure-session 8",
    baseline: BARE_FASTIFY,
    cannot: new Map([["100 KiB", "a cookie holds 4 KiB"]]),
    keeps: "carried",
    door: await open(app),
    probe,
  };
}
