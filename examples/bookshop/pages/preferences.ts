import type { Express } from "express";
import { CONSENT, keepChoice, LANGUAGE, THEME } from "../choices.ts";
import { goBack, readField, Refusal, route } from "../routes.ts";
import type { BrowserCounter } from "../statistics.ts";

/** Theme, language and consent: cookies, because they are wanted before anybody signs in and after everybody has left. */
export function addPreferences(app: Express, counter: BrowserCounter): void {
  for (const cookie of [THEME, LANGUAGE]) {
    route(app, `/${cookie.name}`, {
      post: (req, res) => {
        if (!keepChoice(req.coat, cookie, readField(req, cookie.name))) throw new Refusal(400);
        goBack(req, res, "/");
      },
    });
  }

  route(app, "/consent", {
    post: (req, res) => {
      const answer = readField(req, CONSENT.name);
      if (!keepChoice(req.coat, CONSENT, answer)) throw new Refusal(400);
      if (answer === "all") counter.begin(req.coat);
      else counter.end(req.coat);
      goBack(req, res, "/");
    },
  });

  route(app, "/consent/forget", {
    post: (req, res) => {
      counter.end(req.coat);
      req.coat.cookies.delete(CONSENT.name);
      goBack(req, res, "/");
    },
  });
}
