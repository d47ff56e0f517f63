import type { RequestListener } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import express5 from "express";
import express4 from "express4";
import type { Coat, Coatcheck, RouteOptions } from "coatcheck";
import { coatcheck as coatcheckExpress, coatcheckErrors } from "coatcheck/express";
import { coatcheck as coatcheckFetch } from "coatcheck/fetch";
import { coatcheck as coatcheckNode } from "coatcheck/node";
import { bridge } from "../support/fetch-bridge.ts";
import type { AnyData } from "../support/view.ts";

/** What a probe's handler sees of a request, whatever the framework. */
export interface ProbeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

/** What it answers. A body that is a generator is streamed, piece by piece. */
export interface ProbeAnswer {
  readonly status?: number;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | AsyncIterable<string>;
}

export type ProbeHandler = (request: ProbeRequest, coat: Coat<AnyData>) => ProbeAnswer | Promise<ProbeAnswer>;

/** One way into Coatcheck. */
export interface Door {
  readonly name: string;
  open(cloakroom: Coatcheck<AnyData>, handler: ProbeHandler, route?: (path: string) => RouteOptions): RequestListener;
}

const NO_OPTIONS = (): RouteOptions => ({});

function probeRequest(method: string | undefined, url: string | undefined): ProbeRequest {
  const { pathname, searchParams } = new URL(url ?? "/", "http://probe.test");
  return { method: method ?? "GET", path: pathname, query: searchParams };
}

interface NodeResponse {
  statusCode: number;
  appendHeader(name: string, value: string): unknown;
  end(body?: string): unknown;
}

async function answer(res: NodeResponse & NodeJS.WritableStream, { status = 200, headers = [], body = "" }: ProbeAnswer): Promise<void> {
  res.statusCode = status;
  for (const [name, value] of headers) res.appendHeader(name, value);
  if (typeof body === "string") res.end(body);
  else await pipeline(Readable.from(body), res);
}

const nodeDoor: Door = {
  name: "plain http",
  open: (cloakroom, handler, route = NO_OPTIONS) =>
    coatcheckNode(cloakroom, async (req, res, coat) => answer(res, await handler(probeRequest(req.method, req.url), coat)), {
      route: (req) => route(probeRequest(req.method, req.url).path),
      onError: () => {},
    }) as RequestListener,
};

function expressDoor(name: string, express: typeof express5): Door {
  return {
    name,
    open(cloakroom, handler, route = NO_OPTIONS) {
      const app = express();
      app.set("env", "test");
      app.disable("x-powered-by");
      app.use(coatcheckExpress(cloakroom, { route: (req) => route(req.path) }));
      app.use((req, res, next) => {
        const entered = async (): Promise<void> => answer(res, await handler(probeRequest(req.method, req.url), req.coat as Coat<AnyData>));
        entered().catch(next);
      });
      app.use(coatcheckErrors());
      return app;
    },
  };
}

const fetchDoor: Door = {
  name: "fetch",
  open(cloakroom, handler, route = NO_OPTIONS) {
    const handle = coatcheckFetch(
      cloakroom,
      async (request, coat, _peer: { address: string | undefined }) => {
        const { status = 200, headers = [], body = "" } = await handler(probeRequest(request.method, request.url), coat);
        const isEmpty = status === 204 || status === 304 || request.method === "HEAD";
        const content = typeof body === "string" ? body : (Readable.toWeb(Readable.from(body).map((piece) => new TextEncoder().encode(String(piece)))) as ReadableStream<Uint8Array>);
        return new Response(isEmpty ? null : content, { status, headers: headers.map(([name, value]) => [name, value]) });
      },
      { route: (request) => route(new URL(request.url).pathname), peerAddress: (_request, peer) => peer.address },
    );
    return bridge(handle);
  },
};

/** Every adapter that the matrix runs over. */
export const doors: readonly Door[] = [nodeDoor, expressDoor("Express 5", express5), expressDoor("Express 4", express4), fetchDoor];
