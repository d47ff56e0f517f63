import type { Refusal } from "../index.ts";
import type { Hold, HoldableResponse } from "./hold-state.ts";
import { isPromise } from "./seam.ts";

/**
 * Waits for the session where there is one to wait for, answers for the handler when the request is refused, and else
 * calls `enter`. With nothing to wait for, all of it happens at once and without a promise.
 */
export function admit(hold: Hold, res: HoldableResponse, enter: () => void, fail: (error: unknown) => void): void {
  const ready = hold.coat.ready;
  if (ready === null) return checkRefusal(hold, res, enter, fail);
  ready.then(() => checkRefusal(hold, res, enter, fail), fail);
}

function checkRefusal(hold: Hold, res: HoldableResponse, enter: () => void, fail: (error: unknown) => void): void {
  let refusal: Promise<Refusal | null> | Refusal | null;
  try {
    refusal = hold.coat.refusal;
  } catch (error) {
    // The check wanted the session, and the store is down: nobody else would hear of it, and the process would end.
    return fail(error);
  }
  if (refusal === null) return enter();
  if (!isPromise(refusal)) return refuse(res, refusal);
  refusal.then((decided) => (decided === null ? enter() : refuse(res, decided)), fail);
}

function refuse(res: HoldableResponse, refusal: Refusal): void {
  res.statusCode = refusal.status;
  for (const [name, value] of refusal.headers) res.setHeader(name, value);
  res.end(refusal.body);
}
