import { createCoatcheck } from "coatcheck";
import { coatcheck } from "coatcheck/express";
import "coatcheck/express/globals";
import { memoryStore } from "coatcheck/memory";
import express from "express";

declare module "coatcheck" {
  interface SessionData {
    visits: number;
  }
}

const app = express();
app.use(coatcheck(createCoatcheck({ store: memoryStore() })));
app.get("/", (req, res) => {
  const visits: number = req.session.get("visits", 0);
  res.json(visits);
});
