import type { Ending } from "../coat/exchange.ts";
import type { HeaderBag } from "./node-headers.ts";
import type { SeamCloakroom, SeamCoat } from "./seam.ts";

/** Where a request and its response keep their hold. */
export const holdKey: unique symbol = Symbol("coatcheck.hold");

/** Nothing was written yet: the first byte will ask for the commit. */
export const OPEN = 0;
/** The commit runs: what is written waits. */
export const HELD = 1;
/** The store has said yes, or there was nothing to say: calls go straight through. */
export const PASSED = 2;
/** The commit failed: what was written is lost and an error page takes its place. */
export const FAILED = 3;

export type Method = (...args: unknown[]) => unknown;
export type Callback = (error?: Error | null) => void;

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

/** A call that waits. */
export interface Waiting {
  readonly call: "write" | "end" | "flushHeaders";
  readonly chunk?: unknown;
  readonly encoding?: unknown;
  readonly callback?: Callback | undefined;
}

/** The answer as it stood when the first byte was about to leave, and what was written since. */
export interface Queue {
  readonly status: number;
  readonly message: string | undefined;
  headAsked: boolean;
  items: Waiting[];
  bytes: number;
  owesDrain: boolean;
}

/**
 * The state of one response whose head and body wait until the session is committed. The methods that make it wait
 * (`hold.ts`) are shared by all responses and find their state here. They stay in place afterwards and then only pass on,
 * because whoever wrapped them later (compression, loggers) keeps calling them.
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

/** The queue of a hold that has one. */
export function queueOf(hold: Hold): Queue {
  return hold.queue as Queue;
}

/** The queue, which the hold no longer has. */
export function takeQueue(hold: Hold): Queue {
  const queue = queueOf(hold);
  hold.queue = null;
  return queue;
}

/** The callback among the last arguments of `write` and `end`. */
export function callbackOf(encoding: unknown, callback: unknown): Callback | undefined {
  if (typeof encoding === "function") return encoding as Callback;
  return typeof callback === "function" ? (callback as Callback) : undefined;
}

/** Nothing is written, and the writer may go on. */
export function discard(callback: Callback | undefined): true {
  if (callback !== undefined) process.nextTick(callback);
  return true;
}

/** Tells whoever waits for its writing that it did not happen. */
export function drop(waiting: readonly Waiting[], error: Error): void {
  for (const { callback } of waiting) if (callback !== undefined) process.nextTick(callback, error);
}

/** The status text is HTTP/1's; asking an HTTP/2 response for it prints a warning. */
export function isHttp2(res: HoldableResponse): boolean {
  return typeof (res as { stream?: unknown }).stream === "object";
}

export function isGone(res: HoldableResponse): boolean {
  return res.destroyed === true || (res as { stream?: { destroyed?: boolean } }).stream?.destroyed === true;
}
