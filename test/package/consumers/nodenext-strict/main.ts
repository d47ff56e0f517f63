import { createServer } from "node:http";
import { createCoatcheck } from "coatcheck";
import type { CoatcheckOptions, SessionStore } from "coatcheck";
import { coatcheck as overExpress } from "coatcheck/express";
import { coatcheck as overFetch } from "coatcheck/fetch";
import { memoryStore } from "coatcheck/memory";
import { coatcheck as overNode } from "coatcheck/node";
import express from "express";

interface Shop {
  cart: string[];
  visits: number;
}

const store: SessionStore = memoryStore({ maxRecords: 10_000 });
const options: CoatcheckOptions = { store, session: { idleTimeout: "14d", absoluteTimeout: null, cookie: { sameSite: "strict" } } };
export const cloakroom = createCoatcheck<Shop>(options);

const app = express();
app.use(overExpress(cloakroom));
app.get("/", (req, res) => {
  res.json({ new: req.coat.session.isNew, ends: req.coat.session.expiresAt });
});

export const handler: (request: Request) => Response | Promise<Response> = overFetch(cloakroom, (_request, coat) => {
  const visits: number = coat.session.change("visits", (n = 0) => n + 1);
  return new Response(String(visits));
});

export const server = createServer(
  overNode(cloakroom, (_req, res, coat) => {
    coat.session.change("cart", (cart = []) => [...cart, "Walden"]);
    res.end();
  }),
);
