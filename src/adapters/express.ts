import type { IncomingMessage, ServerResponse } from "node:http";
import type { RouteOptions } from "../coat/exchange.ts";
import { createCoatcheck, isCoatcheck } from "../coat/coatcheck.ts";
import { ConfigurationError } from "../errors.ts";
import type { Coat, Coatcheck, CoatcheckOptions, SessionData } from "../index.ts";
import { admit } from "./admit.ts";
import { findCoat } from "./coat-of.ts";
import { describeRoutesBefore } from "./express-order.ts";
import { holdBack } from "./hold.ts";
import { Hold, holdKey } from "./hold-state.ts";
import type { HoldableResponse } from "./hold-state.ts";
import { probeMarker } from "./hold-marker.ts";
import { NodeView } from "./node-view.ts";
import type { SeamCloakroom, SeamCoat } from "./seam.ts";

declare global {
  namespace Express {
    interface Request {
      /** Session, cookies and everything else of this request. */
      coat: Coat;
    }
  }
}

/** A request as Express hands it to middleware. */
export type ExpressRequest = IncomingMessage & Express.Request & { readonly originalUrl: string; readonly path: string };

/** How the middleware treats requests. */
export interface ExpressMount {
  /** How a request uses its session, or a function that says so for each request. Default: eager, may write. */
  readonly route?: RouteOptions | ((req: ExpressRequest) => RouteOptions | undefined) | undefined;
}

/** Middleware for Express 5 and 4. */
export type ExpressMiddleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/** The same for errors: Express tells it by its four parameters. */
export type ExpressErrorMiddleware = (error: unknown, req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/**
 * Express middleware that gives each request `req.coat`. Head and body of the response wait until the session is saved;
 * if that fails, the error goes to `next(error)` with `error.status` (503 when the store is down, 409 when the session
 * ended meanwhile) and the response is free for an error page.
 *
 * Mount it after body parsers and before everything that uses the session. Mounting one cloakroom twice on a route does
 * nothing the second time. A handler that throws after it has answered loses its connection, as Express always cuts it.
 *
 * @param cloakroom the application's cloakroom, or the options to make one from; default: all defaults
 * @param mount how requests use their session
 * @throws ConfigurationError when the options contradict each other, or (through `next`) when two cloakrooms meet on a request
 *
 * @example
 * import express from "express";
 * import { coatcheck } from "coatcheck/express";
 *
 * const app = express();
 * app.use(coatcheck());
 * app.post("/visits", (req, res) => {
 *   res.json(req.coat.session.change("visits", (visits = 0) => visits + 1));
 * });
 */
export function coatcheck<Data extends object = SessionData>(
  cloakroom?: Coatcheck<Data> | CoatcheckOptions,
  mount: ExpressMount = {},
): ExpressMiddleware {
  probeMarker();
  const room = isCoatcheck(cloakroom) ? cloakroom : createCoatcheck<Data>(cloakroom as CoatcheckOptions | undefined);
  const { settings } = room;
  const { route } = mount;
  let looksAtOrder = settings.production === false;
  return function coatcheckMiddleware(req, res, next) {
    const request = req as unknown as RequestWithCoat;
    const before = request[holdKey];
    if (before !== undefined) return next(before.cloakroom === room ? undefined : clash());
    if (looksAtOrder) {
      looksAtOrder = false;
      const sentence = describeRoutesBefore(req, coatcheckMiddleware);
      if (sentence !== null) settings.log(sentence);
    }
    const coat = room.begin(new NodeView(req), typeof route === "function" ? route(req as ExpressRequest) : route);
    const held = res as unknown as HoldableResponse;
    const hold = new ExpressHold(coat, room, next);
    request[holdKey] = hold;
    request.coat = coat;
    holdBack(held, hold);
    admit(hold, held, next, next);
  };
}

/**
 * Error middleware that has the changes of a failed handler dropped, whatever your error page answers. Express tells nobody but error
 * middleware that a handler threw or called `next(error)`; without this one, the status decides: 5xx drops the changes, and a handler
 * that threw while it was changing the session keeps half of them when your error page says 404. A flush and a logout happen
 * all the same, and routes with `keepChangesOnError` keep their changes.
 *
 * Mount it after your routes and before your error page.
 *
 * @example
 * import express from "express";
 * import { coatcheck, coatcheckErrors } from "coatcheck/express";
 *
 * const app = express();
 * app.use(coatcheck());
 * app.post("/order", (req, res) => {
 *   req.coat.session.set("visits", 0);
 *   throw Object.assign(new Error("Sold out"), { status: 409 });
 * });
 * app.use(coatcheckErrors());
 */
export function coatcheckErrors(): ExpressErrorMiddleware {
  return function coatcheckErrorMiddleware(error, req, _res, next) {
    const hold = (req as unknown as RequestWithCoat)[holdKey];
    if (hold !== undefined) hold.threw = true;
    next(error);
  };
}

/**
 * The coat of a request, typed by the cloakroom's own data.
 *
 * @throws MiddlewareMissing when the middleware has not run
 */
export function coatOf<Data extends object = SessionData>(req: object): Coat<Data> {
  return findCoat(req, "app.use(coatcheck())") as Coat<Data>;
}

interface RequestWithCoat {
  [holdKey]?: Hold;
  coat: unknown;
}

class ExpressHold extends Hold {
  readonly #next: (error?: unknown) => void;

  constructor(coat: SeamCoat, cloakroom: SeamCloakroom, next: (error?: unknown) => void) {
    super(coat, cloakroom);
    this.#next = next;
  }

  override fail(_res: HoldableResponse, error: unknown): void {
    this.#next(error);
  }
}

function clash(): ConfigurationError {
  return new ConfigurationError("coatcheck()", "another cloakroom has already given this request a coat. Create one cloakroom with createCoatcheck() and mount that one everywhere.");
}
