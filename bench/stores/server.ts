/** A process of the section `stores`: one HTTP server over one store, until its parent ends. */

import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createRequire } from "node:module";
import { RedisStore } from "connect-redis";
import { createCoatcheck, type SessionStore } from "coatcheck";
import { coatcheck } from "coatcheck/node";
import { postgresStore } from "coatcheck/postgres";
import { redisStore } from "coatcheck/redis";
import expressSession from "express-session";
import pg from "pg";
import { createClient } from "redis";
import { seedData } from "../rows.ts";

/** A server without sessions: one plain question to the engine, one more for a write. */
interface Plain {
  read(id: string): Promise<string>;
  write(id: string, text: string): Promise<unknown>;
}

const small = seedData("/seed/small");
const [engine = "", kind = "", url = ""] = process.argv.slice(2);

async function open(): Promise<RequestListener> {
  if (engine === "redis") {
    const client = createClient({ url });
    await client.connect();
    if (kind === "bare") return plainListener({ read: async (id) => (await client.get(id)) ?? "", write: (id, text) => client.set(id, text) });
    if (kind === "ours") return ourListener(redisStore(client));
    return peerListener(new RedisStore({ client }));
  }
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  if (kind === "bare") {
    await pool.query("create table if not exists plain (id text primary key, data text not null)");
    return plainListener({
      read: async (id) => (await pool.query<{ data: string }>({ name: "read", text: "select data from plain where id = $1", values: [id] })).rows[0]?.data ?? "",
      write: (id, text) => pool.query({ name: "write", text: "insert into plain (id, data) values ($1, $2) on conflict (id) do update set data = excluded.data", values: [id, text] }),
    });
  }
  if (kind === "ours") {
    const store = postgresStore(pool);
    await store.migrate();
    return ourListener(store);
  }
  // It comes without types.
  const connectPg = createRequire(import.meta.url)("connect-pg-simple") as (session: typeof expressSession) => new (options: object) => expressSession.Store;
  return peerListener(new (connectPg(expressSession))({ pool, createTableIfMissing: true, pruneSessionInterval: false }));
}

function plainListener(plain: Plain): RequestListener {
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const id = /id=(\w+)/.exec(req.headers.cookie ?? "")?.[1] ?? "";
    if (req.url === "/seed") {
      const made = Math.random().toString(36).slice(2);
      await plain.write(made, JSON.stringify(small));
      res.setHeader("Set-Cookie", `id=${made}`);
      return void res.end("seeded");
    }
    const data = JSON.parse(await plain.read(id)) as typeof small;
    if (req.url === "/write") {
      data.visits++;
      await plain.write(id, JSON.stringify(data));
    }
    res.end(`${data.user} ${data.visits}`);
  };
  return (req, res) => void answer(req, res);
}

function ourListener(store: SessionStore): RequestListener {
  const cloakroom = createCoatcheck<typeof small>({ store, secrets: ["nQ8Zr4Lw0sXkVb2Tj7Hy5Uc9Gm3Pd6Ea"], production: true });
  return coatcheck(cloakroom, (req, res, { session }) => {
    if (req.url === "/seed") session.assign(small);
    if (req.url === "/write") session.set("visits", session.get("visits", 0) + 1);
    res.end(req.url === "/seed" ? "seeded" : `${session.get("user")} ${session.get("visits")}`);
  });
}

function peerListener(store: expressSession.Store): RequestListener {
  const layer = expressSession({ store, secret: "a secret of the benchmark, forty characters", resave: false, saveUninitialized: false });
  return (req, res) => {
    layer(req as never, res as never, () => {
      const session = (req as unknown as { session: Record<string, unknown> }).session;
      if (req.url === "/seed") Object.assign(session, small);
      if (req.url === "/write") session["visits"] = (session["visits"] as number) + 1;
      res.end(req.url === "/seed" ? "seeded" : `${String(session["user"])} ${String(session["visits"])}`);
    });
  };
}

const server = createServer(await open());
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
