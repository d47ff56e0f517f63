import { timeLeft } from "coatcheck/auth";
import type { Express } from "express";
import { route } from "../routes.ts";

/** Asking how long a session has to live is no activity: it must not keep the session alive. */
export const TIME_LEFT = "/session/left";

/** How many seconds the session has left, and why it ends; null when there is none. */
export function addTimeLeft(app: Express): void {
  route(app, TIME_LEFT, {
    get: async (req, res) => {
      res.setHeader("Cache-Control", "no-store");
      res.json(await timeLeft(req.coat));
    },
  });
}
