import type { IncomingMessage, ServerResponse } from "node:http";
import type { Guard, Guarded } from "../auth/guards.ts";
import { NotAuthenticated, ReauthenticationNeeded } from "../errors.ts";
import type { Coat } from "../index.ts";
import type { ExpressMiddleware } from "./express.ts";

/**
 * A guard as Express middleware: whom it lets through comes to the next handler. Strangers who ask for a page are sent to the login page
 * and back; everybody else gets the error by `next(error)`, with `error.status` (401, 403, 503).
 *
 * @param guards all of them must let the request through, in this order
 * @example
 * import { requirePermission, requireRecentLogin } from "coatcheck/auth";
 * import { guard } from "coatcheck/express/guards";
 *
 * app.post("/books/:id/delete", guard(requirePermission("books.delete_book"), requireRecentLogin("5m")), (req, res) => res.sendStatus(204));
 */
export function guard(...guards: readonly [Guard, ...Guard[]]): ExpressMiddleware {
  return function coatcheckGuard(req, res, next) {
    const { coat } = req as IncomingMessage & { readonly coat: Coat };
    letThrough(coat, guards).then(
      () => next(),
      (error: unknown) => {
        if (leadsToLogin(error) && asksForPage(req)) return redirect(res, error.loginUrl);
        next(error);
      },
    );
  };
}

async function letThrough(coat: Guarded, guards: readonly Guard[]): Promise<void> {
  for (const check of guards) await check(coat);
}

function leadsToLogin(error: unknown): error is NotAuthenticated | ReauthenticationNeeded {
  return error instanceof NotAuthenticated || error instanceof ReauthenticationNeeded;
}

/** A browser that shows what it gets: neither a script nor a form that was sent. */
function asksForPage({ method, headers }: IncomingMessage): boolean {
  return (method === "GET" || method === "HEAD") && /\btext\/html\b/i.test(headers.accept?.slice(0, 1000) ?? "");
}

/** The path comes from the configuration and the request's own target, and was checked to stay on this site. */
function redirect(res: ServerResponse, location: string): void {
  res.statusCode = 302;
  res.setHeader("Location", location);
  res.setHeader("Cache-Control", "no-store");
  res.end();
}
