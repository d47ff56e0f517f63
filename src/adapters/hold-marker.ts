import { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * Makes a response say that its headers have left while they are held back, so that a second answer, a late header and
 * every "was it sent?" behave as they do without Coatcheck.
 */
export interface Marker {
  mark(res: object): void;
  unmark(res: object): void;
}

const MARK = "held by coatcheck";

/**
 * Node decides all of it by one plain field, `_header`: writing that costs nothing. The field `finished` is left alone, though
 * it would make `writableEnded` true: a server that closes cuts the connections of finished responses.
 */
export const fieldMarker: Marker = {
  mark(res) {
    const fields = res as { _header: string | null };
    if (fields._header === null) fields._header = MARK;
  },
  unmark(res) {
    const fields = res as { _header: string | null };
    if (fields._header === MARK) fields._header = null;
  },
};

const GUARDED = ["setHeader", "removeHeader", "appendHeader", "setHeaders", "headersSent"] as const;
const savedKey = Symbol("coatcheck.saved");

type Guarded = Record<string, unknown> & { [savedKey]?: (PropertyDescriptor | undefined)[] };

/** The same by own properties: slower, but it needs no internals. For HTTP/2 responses and other runtimes. */
export const propertyMarker: Marker = {
  mark(res) {
    const guarded = res as Guarded;
    if (guarded["headersSent"] === true) return;
    guarded[savedKey] = GUARDED.map((name) => Object.getOwnPropertyDescriptor(res, name));
    for (const name of GUARDED) {
      Object.defineProperty(res, name, { configurable: true, writable: true, value: name === "headersSent" ? true : refuseHeader });
    }
  },
  unmark(res) {
    const guarded = res as Guarded;
    const saved = guarded[savedKey];
    if (saved === undefined) return;
    for (const [index, name] of GUARDED.entries()) {
      delete guarded[name];
      const before = saved[index];
      if (before !== undefined) Object.defineProperty(res, name, before);
    }
    delete guarded[savedKey];
  },
};

function refuseHeader(): never {
  throw headersSentError("change headers");
}

/** The error that Node throws for a header that comes too late. */
export function headersSentError(what: string): Error {
  return Object.assign(new Error(`Cannot ${what} after they are sent to the client`), { code: "ERR_HTTP_HEADERS_SENT" });
}

let fieldsWork: boolean | undefined;

/** Tries the plain field on a response that belongs to nobody. Called when an adapter is made, never during a request. */
export function probeMarker(): void {
  fieldsWork ??= probe();
}

function probe(): boolean {
  try {
    const res = new ServerResponse(new IncomingMessage(null as unknown as Socket));
    if (!Object.hasOwn(res, "_header") || res.headersSent) return false;
    fieldMarker.mark(res);
    let refused = false;
    try {
      res.setHeader("x-probe", "1");
    } catch {
      refused = true;
    }
    const sent = res.headersSent;
    fieldMarker.unmark(res);
    res.setHeader("x-probe", "1");
    return sent && refused && !res.headersSent;
  } catch {
    return false;
  }
}

/** The cheapest marker that works on this response. */
export function markerFor(res: object): Marker {
  return fieldsWork === true && Object.hasOwn(res, "_header") ? fieldMarker : propertyMarker;
}
