import type { RequestListener } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";

/** A handler in the style of the Fetch standard, and what a server passes on beside the request. */
export type FetchHandler = (request: Request, peer: { address: string | undefined }) => Response | Promise<Response>;

/** Lets a Fetch handler be asked over a real socket. A rejection is a bare 500, as servers of Fetch handlers do it. */
export function bridge(handler: FetchHandler): RequestListener {
  return async (req, res) => {
    const headers = new Headers();
    for (let index = 0; index < req.rawHeaders.length; index += 2) headers.append(req.rawHeaders[index] as string, req.rawHeaders[index + 1] as string);
    const method = req.method ?? "GET";
    const hasBody = method !== "GET" && method !== "HEAD";
    let response: Response;
    try {
      const request = new Request(`http://${req.headers.host ?? "localhost"}${req.url ?? "/"}`, {
        method,
        headers,
        ...(hasBody ? { body: Readable.toWeb(req) as globalThis.ReadableStream<Uint8Array>, duplex: "half" as const } : {}),
      });
      response = await handler(request, { address: req.socket.remoteAddress });
    } catch {
      res.writeHead(500).end();
      return;
    }
    res.writeHead(response.status, response.statusText, [...response.headers].flat());
    if (response.body === null) res.end();
    else await pipeline(Readable.fromWeb(response.body as ReadableStream), res).catch(() => {});
  };
}
