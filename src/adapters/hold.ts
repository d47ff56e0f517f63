import type { Ending } from "../coat/exchange.ts";
import { makeRoomForError } from "./hold-failure.ts";
import { headersSentError, markerFor } from "./hold-marker.ts";
import type { Marker } from "./hold-marker.ts";
import { FAILED, HELD, OPEN, PASSED, callbackOf, discard, drop, holdKey, isGone, isHttp2, queueOf, takeQueue } from "./hold-state.ts";
import type { Callback, Hold, HoldableResponse, Method } from "./hold-state.ts";
import { applyEnding, checkHead, setHeadersOf } from "./node-headers.ts";
import { isPromise } from "./seam.ts";

/** Puts the hold on a response. Everything that is on it at this moment (an outer compression) stays below the hold. */
export function holdBack(res: HoldableResponse, hold: Hold): void {
  hold.writeHead = res.writeHead;
  hold.write = res.write;
  hold.end = res.end;
  hold.flushHeaders = res.flushHeaders;
  res[holdKey] = hold;
  res.writeHead = writeHead as Method;
  res.write = write as Method;
  res.end = end as Method;
  res.flushHeaders = flushHeaders as Method;
}

function writeHead(this: HoldableResponse, status: unknown, reason?: unknown, headers?: unknown): unknown {
  const hold = this[holdKey] as Hold;
  if (hold.phase === FAILED) return this;
  if (hold.phase === PASSED && hold.ending === null) return Reflect.apply(hold.writeHead, this, arguments);
  if (hold.phase === HELD) throw headersSentError("write headers");
  const message = typeof reason === "string" ? reason : undefined;
  const given = headers ?? (message === undefined ? reason : undefined);
  const list = typeof given === "object" && given !== null ? given : undefined;
  const code = Number(status) | 0;
  if (hold.phase === OPEN) {
    checkHead(code, message, list);
    if (startCommit(hold, this, code, message, list)) {
      queueOf(hold).headAsked = true;
      return this;
    }
    if (hold.ending === null) return Reflect.apply(hold.writeHead, this, arguments);
  }
  return sendHead(hold, this, code, message, list);
}

function write(this: HoldableResponse, chunk: unknown, encoding?: unknown, callback?: unknown): unknown {
  const hold = this[holdKey] as Hold;
  if (hold.phase === PASSED) return hold.write.call(this, chunk, encoding, callback);
  const done = callbackOf(encoding, callback);
  if (hold.phase === FAILED) return discard(done);
  checkChunk(chunk);
  if (hold.phase === OPEN && !startCommit(hold, this, this.statusCode)) return hold.write.call(this, chunk, encoding, callback);
  if (hold.ended) return writeAfterEnd(this, done);
  const queue = queueOf(hold);
  queue.items.push({ call: "write", chunk, encoding: typeof encoding === "string" ? encoding : undefined, callback: done });
  queue.bytes += typeof chunk === "string" ? Buffer.byteLength(chunk, bufferEncoding(encoding)) : (chunk as Uint8Array).byteLength;
  // A smaller limit would hang: with an outer compression the writer waits for a "drain" of the compressing stream, and
  // that comes only if enough is waiting here to fill it.
  if (queue.bytes < (this.writableHighWaterMark ?? 65_536)) return true;
  queue.owesDrain = true;
  return false;
}

function end(this: HoldableResponse, chunk?: unknown, encoding?: unknown, callback?: unknown): unknown {
  const hold = this[holdKey] as Hold;
  if (hold.phase === PASSED) return hold.end.call(this, chunk, encoding, callback);
  if (hold.phase === FAILED) {
    discard(typeof chunk === "function" ? (chunk as Callback) : callbackOf(encoding, callback));
    return this;
  }
  const hasChunk = typeof chunk !== "function" && chunk !== undefined && chunk !== null && chunk !== "";
  if (hasChunk) checkChunk(chunk);
  if (hold.phase === OPEN && !startCommit(hold, this, this.statusCode)) {
    hold.ended = true;
    return hold.end.call(this, chunk, encoding, callback);
  }
  const done = typeof chunk === "function" ? (chunk as Callback) : callbackOf(encoding, callback);
  if (hold.ended) {
    if (hasChunk) writeAfterEnd(this, done);
    else if (done !== undefined) this.once("finish", done as Method);
    return this;
  }
  hold.ended = true;
  queueOf(hold).items.push({
    call: "end",
    chunk: hasChunk ? chunk : undefined,
    encoding: typeof encoding === "string" ? encoding : undefined,
    callback: done,
  });
  return this;
}

function flushHeaders(this: HoldableResponse): unknown {
  const hold = this[holdKey] as Hold;
  if (hold.phase === FAILED) return undefined;
  if (hold.phase === PASSED) return hold.flushHeaders.call(this);
  if (hold.phase === OPEN && !startCommit(hold, this, this.statusCode)) return hold.flushHeaders.call(this);
  queueOf(hold).items.push({ call: "flushHeaders" });
  return undefined;
}

/** Asks the coat what to do. True: the response has to wait. */
function startCommit(hold: Hold, res: HoldableResponse, status: number, message?: string, headers?: object): boolean {
  let pending: Ending | null | Promise<Ending | null>;
  try {
    pending = hold.coat.finish({ status, threw: hold.threw });
  } catch (error) {
    // Answered like a late failure, so that no error page is written in the middle of the handler's own call.
    pending = Promise.reject(error as Error);
  }
  if (pending === null || !isPromise(pending)) {
    hold.phase = PASSED;
    hold.ending = pending;
    return false;
  }
  if (headers !== undefined) setHeadersOf(res, headers);
  hold.phase = HELD;
  res.statusCode = status;
  hold.queue = { status, message: isHttp2(res) ? undefined : (message ?? res.statusMessage), headAsked: false, items: [], bytes: 0, owesDrain: false };
  const marker = markerFor(res);
  marker.mark(res);
  pending.then(
    (ending) => release(hold, res, marker, ending),
    (error: unknown) => makeRoomForError(hold, res, marker, error),
  );
  return true;
}

function sendHead(hold: Hold, res: HoldableResponse, status: number, message: string | undefined, headers?: object): unknown {
  if (headers !== undefined) setHeadersOf(res, headers);
  if (hold.ending !== null) applyEnding(res, hold.ending);
  hold.ending = null;
  return message === undefined ? hold.writeHead.call(res, status) : hold.writeHead.call(res, status, message);
}

function release(hold: Hold, res: HoldableResponse, marker: Marker, ending: Ending | null): void {
  marker.unmark(res);
  hold.phase = PASSED;
  hold.ending = ending;
  const queue = takeQueue(hold);
  if (isGone(res)) return drop(queue.items, new Error("The client went away while the session was saved."));
  try {
    res.statusCode = queue.status;
    if (!isHttp2(res)) res.statusMessage = queue.message;
    // Through the methods that the response had before, so that an outer compression sees the answer for the first time.
    if (queue.headAsked) sendHead(hold, res, queue.status, queue.message);
    let accepted: unknown = true;
    for (const item of queue.items) accepted = hold[item.call].call(res, item.chunk, item.encoding, item.callback);
    if (queue.owesDrain && !hold.ended && accepted === true) res.emit("drain");
  } catch (error) {
    res.destroy(error as Error);
  }
}

function bufferEncoding(encoding: unknown): BufferEncoding {
  return typeof encoding === "string" && Buffer.isEncoding(encoding) ? encoding : "utf8";
}

/** What Node's own `write` refuses; later it would be too late to throw at the caller. */
function checkChunk(chunk: unknown): void {
  if (typeof chunk === "string" || chunk instanceof Uint8Array) return;
  throw Object.assign(new TypeError("A response is written in strings, Buffers or Uint8Arrays."), {
    code: chunk === null ? "ERR_STREAM_NULL_VALUES" : "ERR_INVALID_ARG_TYPE",
  });
}

function writeAfterEnd(res: HoldableResponse, callback: Callback | undefined): false {
  const error = Object.assign(new Error("write after end"), { code: "ERR_STREAM_WRITE_AFTER_END" });
  process.nextTick(() => {
    callback?.(error);
    if (!isGone(res)) res.emit("error", error);
  });
  return false;
}
