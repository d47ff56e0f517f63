import type { Ending, RouteOptions } from "../coat/exchange.ts";
import type { CoatError } from "../errors.ts";
import { createCoatcheck, isCoatcheck } from "../coat/coatcheck.ts";
import type { Coat, Coatcheck, CoatcheckOptions, Refusal, SessionData } from "../index.ts";
import { errorPage, isForClient } from "./error-page.ts";
import { dressResponse } from "./fetch-headers.ts";
import { FetchView } from "./fetch-view.ts";
import type { SeamCloakroom, SeamCoat } from "./seam.ts";
import { isPromise } from "./seam.ts";

/** How the adapter treats requests. */
export interface FetchMount<Rest extends readonly unknown[]> {
  /** How a request uses its session, or a function that says so for each request. Default: eager, may write. */
  readonly route?: RouteOptions | ((request: Request, ...rest: Rest) => RouteOptions | undefined) | undefined;
  /**
   * The address at the other end of the connection, where the server tells it: plain http is trusted on loopback only.
   * Default: unknown.
   */
  readonly peerAddress?: ((request: Request, ...rest: Rest) => string | undefined) | undefined;
}

/**
 * Gives each request of a `(request) => Response` handler a coat. The Response is returned only when the session is saved,
 * also when its body is still to be streamed.
 *
 * A failure that concerns the client is answered: 503 when the store is down, 409 when the session ended meanwhile. Any
 * other error rejects, as it would without Coatcheck, after the session's changes were dropped; an ended session stays
 * ended then, but its cookie can only be removed by a Response.
 *
 * @param cloakroom the application's cloakroom, or the options to make one from
 * @param handler gets the request, its coat, and whatever else the server passes on
 * @param mount how requests use their session, and how the peer's address is found
 * @returns a handler for `Bun.serve`, `Deno.serve`, a worker's `fetch`, or any server of Fetch handlers
 * @throws ConfigurationError when the options contradict each other
 *
 * @example
 * import { coatcheck } from "coatcheck/fetch";
 *
 * export default {
 *   fetch: coatcheck({}, (request, coat) => {
 *     const visits = coat.session.change("visits", (count = 0) => count + 1);
 *     return new Response(`Visit ${visits}`);
 *   }),
 * };
 */
export function coatcheck<Data extends object = SessionData, Rest extends readonly unknown[] = []>(
  cloakroom: Coatcheck<Data> | CoatcheckOptions,
  handler: (request: Request, coat: Coat<Data>, ...rest: Rest) => Response | Promise<Response>,
  mount: FetchMount<Rest> = {},
): (request: Request, ...rest: Rest) => Promise<Response> {
  const room: SeamCloakroom = isCoatcheck(cloakroom) ? cloakroom : createCoatcheck<Data>(cloakroom as CoatcheckOptions);
  const { route, peerAddress } = mount;
  return function coatcheckHandler(request, ...rest) {
    try {
      const view = new FetchView(request, peerAddress === undefined ? undefined : () => peerAddress(request, ...rest));
      const coat = room.begin(view, typeof route === "function" ? route(request, ...rest) : route);
      return serve(coat, handler as Handler, request, rest);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  };
}

type Handler = (request: Request, coat: unknown, ...rest: readonly unknown[]) => Response | Promise<Response>;

/** An async function sets room aside for each of its variables and calls, at every request, so this one has few. */
async function serve(coat: SeamCoat, handler: Handler, request: Request, rest: readonly unknown[]): Promise<Response> {
  if (coat.ready !== null) await coat.ready;
  let response: Response;
  try {
    response = checkResponse(await respond(coat, handler, request, rest));
  } catch (error) {
    return answerThrow(coat, error);
  }
  try {
    const ending = finish(coat, response);
    return dress(response, isPromise(ending) ? await ending : ending);
  } catch (error) {
    return answerFailure(coat, response, error);
  }
}

function respond(coat: SeamCoat, handler: Handler, request: Request, rest: readonly unknown[]): Response | Promise<Response> {
  const refusal = coat.refusal;
  return refusal === null ? enter(coat, handler, request, rest) : respondUnlessRefused(coat, handler, request, rest, refusal);
}

async function respondUnlessRefused(coat: SeamCoat, handler: Handler, request: Request, rest: readonly unknown[], refusal: Promise<Refusal | null> | Refusal): Promise<Response> {
  return refusedResponse(await refusal) ?? (await enter(coat, handler, request, rest));
}

/** Spreading makes an array of the arguments, and most servers pass on nothing else. */
function enter(coat: SeamCoat, handler: Handler, request: Request, rest: readonly unknown[]): Response | Promise<Response> {
  return rest.length === 0 ? handler(request, coat) : handler(request, coat, ...rest);
}

function finish(coat: SeamCoat, response: Response): Ending | null | Promise<Ending | null> {
  return coat.finish({ status: statusOf(response), threw: false });
}

function dress(response: Response, ending: Ending | null): Response {
  return ending === null ? response : dressResponse(response, ending);
}

/** The handler threw: its changes are dropped, and the error is answered where it concerns the client. */
async function answerThrow(coat: SeamCoat, error: unknown): Promise<Response> {
  const answer = isForClient(error) ? pageFor(error) : null;
  try {
    const ending = await coat.finish({ status: answer?.status ?? 500, threw: true });
    if (answer !== null) return dress(answer, ending);
  } catch {
    // The handler's own error came first and says more; the failed commit was reported as an event.
    if (answer !== null) return withRemains(coat, answer);
  }
  throw error;
}

/** The commit failed: the handler's answer must not leave. */
function answerFailure(coat: SeamCoat, lost: Response, error: unknown): Response {
  lost.body?.cancel().catch(() => undefined);
  if (isForClient(error)) return withRemains(coat, pageFor(error));
  throw error;
}

function withRemains({ remains }: SeamCoat, page: Response): Response {
  return dress(page, remains);
}

function pageFor(error: CoatError): Response {
  const page = errorPage(error.status, error);
  return new Response(page.body, { status: error.status, headers: page.headers.map(([name, value]) => [name, value]) });
}

function refusedResponse(refusal: Refusal | null): Response | null {
  if (refusal === null) return null;
  return new Response(refusal.body, { status: refusal.status, headers: refusal.headers.map(([name, value]) => [name, value]) });
}

/** @throws TypeError for something that is no Response */
function checkResponse(response: Response | null | undefined): Response {
  if (typeof response?.status !== "number") throw new TypeError("The handler has to return a Response, and it returned none.");
  return response;
}

/** `Response.error()` has status 0 and ends as a failure, whoever sends it. */
function statusOf({ status }: Response): number {
  return status === 0 ? 500 : status;
}
