import { setLanguage } from "coatcheck/preferences";
import type { Express } from "express";
import { CONSENT, LANGUAGE, THEME } from "../choices.ts";
import { goBack, readField, Refusal, route } from "../routes.ts";
import { say } from "../say.ts";
import type { BrowserCounter } from "../statistics.ts";

/** Theme, language and consent: cookies, because they are wanted before anybody signs in and after everybody has left. */
export function addPreferences(app: Express, counter: BrowserCounter): void {
  route(app, "/theme", {
    post: (req, res) => {
      // Throws for a value that is not listed, which is answered with 400.
      req.coat.preferences.set(THEME, readField(req, THEME.name));
      say(req, (said) => said.theme);
      goBack(req, res, "/");
    },
  });

  route(app, "/language", {
    post: (req, res) => {
      if (!setLanguage(req.coat, LANGUAGE, { value: readField(req, LANGUAGE.name) }).accepted) throw new Refusal(400);
      say(req, (said) => said.language);
      goBack(req, res, "/");
    },
  });

  route(app, "/consent", {
    post: (req, res) => {
      const answer = readField(req, CONSENT.name);
      req.coat.preferences.set(CONSENT, answer);
      if (answer === "all") counter.begin(req.coat);
      else counter.end(req.coat);
      say(req, (said) => said.consent);
      goBack(req, res, "/");
    },
  });

  route(app, "/consent/forget", {
    post: (req, res) => {
      counter.end(req.coat);
      req.coat.preferences.reset(CONSENT);
      say(req, (said) => said.consentForgotten);
      goBack(req, res, "/");
    },
  });
}
