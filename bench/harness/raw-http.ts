import { EventEmitter } from "node:events";
import { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * Stands in for the connection: takes what the response writes, and calls back in the next tick as a socket that never
 * has to wait would. No system call is made, so what is left is the framework and the layer over it.
 */
export class DeafSocket extends EventEmitter {
  readonly encrypted = true;
  readonly remoteAddress = "203.0.113.7";
  readonly remotePort = 50_000;
  writable = true;
  destroyed = false;
  readable = true;
  readonly writableHighWaterMark = 65_536;
  readonly writableLength = 0;
  /** `ServerResponse.end` uncorks its socket by this field. */
  readonly _writableState = { corked: 0 };
  /** What was written, only when `listening`. */
  readonly heard: string[] = [];
  readonly #listening: boolean;

  constructor(listening: boolean) {
    super();
    this.#listening = listening;
  }

  write(chunk: string | Uint8Array, encoding?: unknown, callback?: unknown): boolean {
    if (this.#listening) this.heard.push(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("latin1"));
    const done = typeof encoding === "function" ? encoding : callback;
    if (typeof done === "function") process.nextTick(done as () => void);
    return true;
  }

  cork(): void {}
  uncork(): void {}
  setTimeout(): this {
    return this;
  }
  destroy(): this {
    this.destroyed = true;
    return this;
  }
  end(): this {
    return this;
  }
}

/** A real request and response of `node:http` over a deaf socket. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: DeafSocket;
}

/** As the HTTP parser would have made them: GET, one header object, no body. */
export function makeExchange(url: string, headers: Readonly<Record<string, string>>, listening = false): Exchange {
  const socket = new DeafSocket(listening);
  const request = new IncomingMessage(socket as unknown as Socket);
  request.method = "GET";
  request.url = url;
  request.httpVersion = "1.1";
  request.httpVersionMajor = 1;
  request.httpVersionMinor = 1;
  request.headers = { ...headers };
  request.complete = true;
  const response = new ServerResponse(request);
  response.assignSocket(socket as unknown as Socket);
  return { request, response, socket };
}

/** A response as it stood on the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly body: string;
  readonly setCookies: readonly string[];
}

/** Reads the head and the body (plain or chunked) from the text that a response wrote. */
export function parseWire(text: string): WireAnswer {
  const cut = text.indexOf("\r\n\r\n");
  if (cut < 0) throw new Error("The response has no complete head.");
  const [statusLine = "", ...fields] = text.slice(0, cut).split("\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? Number.NaN);
  const setCookies = fields.filter((line) => /^set-cookie:/i.test(line)).map((line) => line.slice("set-cookie:".length).trim());
  const rest = text.slice(cut + 4);
  const chunked = fields.some((line) => /^transfer-encoding:\s*chunked/i.test(line));
  return { status, body: chunked ? joinChunks(rest) : rest, setCookies };
}

function joinChunks(text: string): string {
  let body = "";
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd < 0) throw new Error("The chunked body is cut.");
    const length = Number.parseInt(text.slice(at, lineEnd), 16);
    if (length === 0) return body;
    body += text.slice(lineEnd + 2, lineEnd + 2 + length);
    at = lineEnd + 2 + length + 2;
  }
}
