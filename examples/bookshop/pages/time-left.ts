import type { Express } from "express";
import { route } from "../routes.ts";

/** Asking how long a session has to live is no activity: it must not keep the session alive. */
export const TIME_LEFT = "/session/left";

/** How many seconds the session has left; null when there is none. */
export function addTimeLeft(app: Express): void {
  route(app, TIME_LEFT, {
    get: (req, res) => {
      const { session } = req.coat;
      res.setHeader("Cache-Control", "no-store");
      res.json({ secondsLeft: session.isNew ? null : session.expiryAge });
    },
  });
}
