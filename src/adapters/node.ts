import type { IncomingMessage, ServerResponse } from "node:http";
import type { RouteOptions } from "../coat/exchange.ts";
import { createCoatcheck, isCoatcheck } from "../coat/coatcheck.ts";
import type { Coat, Coatcheck, CoatcheckOptions, SessionData } from "../index.ts";
import { admit } from "./admit.ts";
import { findCoat } from "./coat-of.ts";
import { errorPage, isForClient, statusOfError } from "./error-page.ts";
import { holdBack } from "./hold.ts";
import { Hold, holdKey } from "./hold-state.ts";
import type { HoldableResponse } from "./hold-state.ts";
import { probeMarker } from "./hold-marker.ts";
import { clearForError } from "./node-headers.ts";
import type { NodeRequest } from "./node-view.ts";
import { NodeView } from "./node-view.ts";
import type { SeamCloakroom, SeamCoat } from "./seam.ts";
import { isPromise } from "./seam.ts";

/** How the adapter treats requests. */
export interface NodeMount<Req, Res> {
  /** How a request uses its session, or a function that says so for each request. Default: eager, may write. */
  readonly route?: RouteOptions | ((req: Req) => RouteOptions | undefined) | undefined;
  /**
   * Hears what went wrong: the handler threw, or the commit failed (a CoatError whose `status` says how). It may answer by
   * itself; what it leaves unanswered gets a plain page with the status. Default: errors that are the server's own go to
   * `console.error`.
   */
  readonly onError?: ((error: unknown, req: Req, res: Res) => void) | undefined;
}

/**
 * Gives each request of a plain `node:http` or `node:http2` server a coat. Head and body of the response wait until the
 * session is saved; if that fails an error page is sent instead.
 *
 * @param cloakroom the application's cloakroom, or the options to make one from
 * @param handler may be async; when it throws before it has answered, the session's changes are dropped and 500 is sent
 * @param mount how requests use their session, and who hears of errors
 * @throws ConfigurationError when the options contradict each other
 *
 * @example
 * import { createServer } from "node:http";
 * import { coatcheck } from "coatcheck/node";
 *
 * const server = createServer(coatcheck({}, (req, res, coat) => {
 *   coat.session.change("visits", (visits = 0) => visits + 1);
 *   res.end(`Visit ${coat.session.get("visits")}`);
 * }));
 */
export function coatcheck<
  Data extends object = SessionData,
  Req extends NodeRequest = IncomingMessage,
  Res extends object = ServerResponse,
>(
  cloakroom: Coatcheck<Data> | CoatcheckOptions,
  handler: (req: Req, res: Res, coat: Coat<Data>) => unknown,
  mount: NodeMount<Req, Res> = {},
): (req: Req, res: Res) => void {
  probeMarker();
  const room: SeamCloakroom = isCoatcheck(cloakroom) ? cloakroom : createCoatcheck<Data>(cloakroom as CoatcheckOptions);
  const { route } = mount;
  return function coatcheckListener(req, res) {
    const coat = room.begin(new NodeView(req), typeof route === "function" ? route(req) : route);
    const held = res as unknown as HoldableResponse;
    const hold = new NodeHold<Req, Res>(coat, room, req, mount.onError);
    (req as { [holdKey]?: Hold })[holdKey] = hold;
    holdBack(held, hold);
    admit(
      hold,
      held,
      () => enter(hold, held, () => handler(req, res, coat as Coat<Data>)),
      (error) => hold.crash(held, error),
    );
  };
}

/**
 * The coat of a request that came through `coatcheck`.
 *
 * @throws MiddlewareMissing when it did not
 */
export function coatOf<Data extends object = SessionData>(req: object): Coat<Data> {
  return findCoat(req, "createServer(coatcheck(cloakroom, handler))") as Coat<Data>;
}

function enter<Req, Res>(hold: NodeHold<Req, Res>, res: HoldableResponse, handle: () => unknown): void {
  let result: unknown;
  try {
    result = handle();
  } catch (error) {
    hold.crash(res, error);
    return;
  }
  if (isPromise(result)) result.then(undefined, (error: unknown) => hold.crash(res, error));
}

class NodeHold<Req, Res> extends Hold {
  readonly #req: Req;
  readonly #onError: ((error: unknown, req: Req, res: Res) => void) | undefined;

  constructor(coat: SeamCoat, cloakroom: SeamCloakroom, req: Req, onError: ((error: unknown, req: Req, res: Res) => void) | undefined) {
    super(coat, cloakroom);
    this.#req = req;
    this.#onError = onError;
  }

  override fail(res: HoldableResponse, error: unknown): void {
    this.#report(res, error);
    if (!this.isAnswered(res)) sendErrorPage(res, error);
  }

  /** The handler threw. What it had finished before still leaves; what it had begun cannot be completed. */
  crash(res: HoldableResponse, error: unknown): void {
    this.threw = true;
    if (!this.isOpen) {
      this.#report(res, error);
      if (!this.isAnswered(res)) res.destroy(error as Error);
      return;
    }
    const status = statusOfError(error);
    clearForError(res, status);
    res.statusCode = status;
    this.#report(res, error);
    if (this.isOpen) sendErrorPage(res, error);
  }

  #report(res: HoldableResponse, error: unknown): void {
    if (this.#onError !== undefined) this.#onError(error, this.#req, res as unknown as Res);
    else if (!isForClient(error) || error.status >= 500) console.error(error);
  }
}

function sendErrorPage(res: HoldableResponse, error: unknown): void {
  const status = statusOfError(error);
  const page = errorPage(status, error);
  res.statusCode = status;
  for (const [name, value] of page.headers) res.setHeader(name, value);
  res.end(page.body);
}
