import type { Ending } from "../coat/exchange.ts";
import { headersSentError, markerFor } from "./hold-marker.ts";
import type { Marker } from "./hold-marker.ts";
import { applyEnding, checkHead, clearForError, setHeadersOf } from "./node-headers.ts";
import type { HeaderBag } from "./node-headers.ts";
import type { SeamCloakroom, SeamCoat } from "./seam.ts";
import { isPromise } from "./seam.ts";
import { statusOfError } from "./error-page.ts";

/** Where a request and its response keep their hold. */
export const holdKey: unique symbol = Symbol("coatcheck.hold");

/** Nothing was written yet: the first byte will ask for the commit. */
const OPEN = 0;
/** The commit runs: what is written waits. */
const HELD = 1;
/** The store has said yes, or there was nothing to say: calls go straight through. */
const PASSED = 2;
/** The commit failed: what was written is lost and an error page takes its place. */
const FAILED = 3;

type Method = (...args: unknown[]) => unknown;
type Callback = (error?: Error | null) => void;

/** The part of Node's responses that is used; HTTP/1, HTTP/2 and Express's have it. */
export interface HoldableResponse extends HeaderBag {
  statusCode: number;
  statusMessage?: string | undefined;
  readonly headersSent: boolean;
  readonly destroyed?: boolean | undefined;
  readonly writableHighWaterMark?: number | undefined;
  writeHead: Method;
  write: Method;
  end: Method;
  flushHeaders: Method;
  destroy(error?: Error): unknown;
  once(event: string, listener: Method): unknown;
  emit(event: string, ...args: unknown[]): unknown;
  [holdKey]?: Hold;
}

interface Waiting {
  readonly call: "write" | "end" | "flushHeaders";
  readonly chunk?: unknown;
  readonly encoding?: unknown;
  readonly callback?: Callback | undefined;
}

/** The answer as it stood when the first byte was about to leave, and what was written since. */
interface Queue {
  readonly status: number;
  readonly message: string | undefined;
  headAsked: boolean;
  items: Waiting[];
  bytes: number;
  owesDrain: boolean;
}

/**
 * Holds head and body of one response until the session is committed. The methods below are shared by all responses and
 * find their state here; they stay in place afterwards and then only pass on, because whoever wrapped them later
 * (compression, loggers) keeps calling them.
 */
export abstract class Hold {
  readonly coat: SeamCoat;
  readonly cloakroom: SeamCloakroom;
  phase: 0 | 1 | 2 | 3 = OPEN;
  /** The handler threw or rejected. */
  threw = false;
  /** The handler has said everything. */
  ended = false;
  /** The error page has left; whatever the interrupted handler still writes goes nowhere. */
  errorEnded = false;
  /** Added by the last `writeHead` before Node's own. */
  ending: Ending | null = null;
  writeHead!: Method;
  write!: Method;
  end!: Method;
  flushHeaders!: Method;
  /** What waits for the commit; only where there is one to wait for. */
  queue: Queue | null = null;
  errorOpen = false;
  errorHeaderCount = 0;

  constructor(coat: SeamCoat, cloakroom: SeamCloakroom) {
    this.coat = coat;
    this.cloakroom = cloakroom;
  }

  /** The commit failed and the response is free for an error page: let the framework write it. */
  abstract fail(res: HoldableResponse, error: unknown): void;

  /** Whether the answer is complete, sent or waiting to be sent. */
  isAnswered(res: HoldableResponse): boolean {
    return this.phase === FAILED ? this.errorEnded : this.ended || (res as { writableEnded?: boolean }).writableEnded === true;
  }

  /** Whether the handler has written nothing yet. */
  get isOpen(): boolean {
    return this.phase === OPEN;
  }
}

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

function queueOf(hold: Hold): Queue {
  return hold.queue as Queue;
}

function takeQueue(hold: Hold): Queue {
  const queue = queueOf(hold);
  hold.queue = null;
  return queue;
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

function makeRoomForError(hold: Hold, res: HoldableResponse, marker: Marker, error: unknown): void {
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

function callbackOf(encoding: unknown, callback: unknown): Callback | undefined {
  if (typeof encoding === "function") return encoding as Callback;
  return typeof callback === "function" ? (callback as Callback) : undefined;
}

function bufferEncoding(encoding: unknown): BufferEncoding {
  return typeof encoding === "string" && Buffer.isEncoding(encoding) ? encoding : "utf8";
}

function discard(callback: Callback | undefined): true {
  if (callback !== undefined) process.nextTick(callback);
  return true;
}

function drop(waiting: readonly Waiting[], error: Error): void {
  for (const { callback } of waiting) if (callback !== undefined) process.nextTick(callback, error);
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

/** The status text is HTTP/1's; asking an HTTP/2 response for it prints a warning. */
function isHttp2(res: HoldableResponse): boolean {
  return typeof (res as { stream?: unknown }).stream === "object";
}

function isGone(res: HoldableResponse): boolean {
  return res.destroyed === true || (res as { stream?: { destroyed?: boolean } }).stream?.destroyed === true;
}
