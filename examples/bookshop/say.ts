import type { Request } from "express";
import { LANGUAGE } from "./choices.ts";
import { stringsOf, type Strings } from "./i18n.ts";

type Said = Strings["said"];

/** Leaves a word on what was just done for the page that the browser is sent to. */
export function say(req: Request, pick: (said: Said) => string): void {
  req.coat.messages.success(pick(saidTo(req)));
}

/** The same, for something that the visitor has to do first. */
export function warn(req: Request, pick: (said: Said) => string): void {
  req.coat.messages.warning(pick(saidTo(req)));
}

function saidTo({ coat }: Request): Said {
  return stringsOf(coat.preferences.get(LANGUAGE)).said;
}
