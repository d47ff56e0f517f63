import { statusOfError } from "./error-page.ts";
import type { Marker } from "./hold-marker.ts";
import { FAILED, callbackOf, discard, drop, holdKey, isHttp2, takeQueue } from "./hold-state.ts";
import type { Callback, Hold, HoldableResponse, Method } from "./hold-state.ts";
import { applyEnding, clearForError } from "./node-headers.ts";

/** The commit failed: what was written is lost, and the response is made free for an error page. */
export function makeRoomForError(hold: Hold, res: HoldableResponse, marker: Marker, error: unknown): void {
  marker.unmark(res);
  hold.phase = FAILED;
  drop(takeQueue(hold).items, error as Error);
  // Wrappers that were put on later hold the state of the lost answer, so the error page goes past them.
  res.writeHead = hold.writeHead;
  res.flushHeaders = hold.flushHeaders;
  res.write = errorWrite as Method;
  res.end = errorEnd as Method;
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const status = statusOfError(error);
  clearForError(res, status);
  res.statusCode = status;
  if (!isHttp2(res)) res.statusMessage = undefined;
  const { remains } = hold.coat;
  if (remains !== null) applyEnding(res, remains);
  hold.errorHeaderCount = res.getHeaderNames().length;
  hold.errorOpen = true;
  hold.fail(res, error);
  hold.errorOpen = hold.ended;
}

/**
 * Tells the error page from a handler that still streams its lost answer: the page writes while `fail` runs, or after it
 * has set a header. A handler that was interrupted set its headers long ago.
 */
function isErrorPage(hold: Hold, res: HoldableResponse): boolean {
  return hold.errorOpen || res.headersSent || res.getHeaderNames().length !== hold.errorHeaderCount;
}

function errorWrite(this: HoldableResponse, chunk: unknown, encoding?: unknown, callback?: unknown): unknown {
  const hold = this[holdKey] as Hold;
  if (hold.errorEnded || !isErrorPage(hold, this)) return discard(callbackOf(encoding, callback));
  return hold.write.call(this, chunk, encoding, callback);
}

function errorEnd(this: HoldableResponse, chunk?: unknown, encoding?: unknown, callback?: unknown): unknown {
  const hold = this[holdKey] as Hold;
  if (hold.errorEnded || !isErrorPage(hold, this)) {
    // The interrupted handler has come to its end: from here on only the error page can be meant.
    hold.errorOpen = true;
    discard(typeof chunk === "function" ? (chunk as Callback) : callbackOf(encoding, callback));
    return this;
  }
  // Set afterwards: HTTP/2's `end` writes its last chunk through `write`.
  const result = hold.end.call(this, chunk, encoding, callback);
  hold.errorEnded = true;
  return result;
}
