import { CoatError, CookieTooLarge, LoginThrottled, NotAuthenticated, PermissionDenied, ReauthenticationNeeded } from "coatcheck";
import type { Express, NextFunction, Request, Response } from "express";
import { html, type Html } from "../html.ts";
import type { Strings } from "../i18n.ts";
import { sendBare, type Renderer } from "../render.ts";
import { isPage, readField, Refusal } from "../routes.ts";
import { warn } from "../say.ts";

type Kind = Exclude<keyof Strings["errors"], "home">;

/** Which page answers a status. Unknown ones say as little as 500 does. */
const KINDS: Readonly<Record<number, Kind>> = {
  400: "badRequest", 403: "forbidden", 404: "notFound", 405: "methodNotAllowed", 409: "sessionEnded", 413: "tooLarge", 429: "throttled", 500: "internal", 503: "unavailable",
};

function statusOf(error: unknown): number {
  // A session that lives in the cookie is full: what was sent is too much for it.
  if (error instanceof CookieTooLarge) return 413;
  if (error instanceof Refusal || error instanceof CoatError) return error.status;
  // What Express and its body parser throw for a request that they cannot read.
  const status: unknown = typeof error === "object" && error !== null && "status" in error ? error.status : undefined;
  return typeof status === "number" && status >= 400 && status < 500 ? status : 500;
}

function drawError(t: Strings, status: number): { readonly title: string; readonly main: Html } {
  const known = KINDS[status] ?? (status < 500 ? "badRequest" : "internal");
  const [title, text] = t.errors[known];
  return { title, main: html`<div class="narrow fault"><p class="fault-number" aria-hidden="true">${status}</p><h1>${title}</h1><p class="lead">${text}</p><p><a class="button strong" href="/">${t.errors.home}</a></p></div>` };
}

/** The end of the line: pages for what was not found and for what went wrong. They never show the error or the request. */
export function addErrorPages(app: Express, renderer: Renderer, report: (error: unknown) => void): void {
  app.use((_req, _res) => {
    throw new Refusal(404);
  });

  app.use((error: unknown, req: Request, res: Response, next: NextFunction) => {
    if (error instanceof NotAuthenticated) {
      warn(req, (said) => said.signInFirst);
      res.redirect(303, error.loginUrl);
    } else if (error instanceof ReauthenticationNeeded) {
      warn(req, (said) => said.confirmFirst);
      const back = readField(req, "back");
      res.redirect(303, isPage(back) ? `/confirm?next=${encodeURIComponent(back)}` : "/confirm");
    } else {
      if (error instanceof LoginThrottled) res.setHeader("Retry-After", error.retryAfterSeconds);
      next(error);
    }
  });

  app.use(async (error: unknown, req: Request, res: Response, next: NextFunction) => {
    const status = statusOf(error);
    if (!(error instanceof Refusal) && !(error instanceof PermissionDenied)) {
      next(error);
      return;
    }
    await renderer.send(req, res, (view) => ({ ...drawError(view.t, status), status }));
  });

  app.use((error: unknown, req: Request, res: Response, next: NextFunction) => {
    const status = statusOf(error);
    if (status >= 500) report(error);
    if (res.headersSent) next(error);
    else sendBare(req, res, status, (t) => drawError(t, status));
  });
}
