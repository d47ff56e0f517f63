import { once } from "node:events";
import { createServer, request } from "node:http";
import type { IncomingHttpHeaders, RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";

/** A server on loopback that a test owns. */
export interface TestServer {
  readonly server: Server;
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

export async function serve(listener: RequestListener): Promise<TestServer> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly message: string;
  readonly headers: IncomingHttpHeaders;
  /** Name and value of each header line, in the order of the wire. */
  readonly lines: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  readonly text: string;
  readonly trailers: NodeJS.Dict<string>;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Uint8Array;
}

/** One request on a connection of its own; redirects are not followed. Rejects when the connection is cut. */
export function ask(port: number, path: string, options: AskOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request({ host: "127.0.0.1", port, path, method: options.method ?? "GET", headers: options.headers ?? {}, agent: false });
    req.on("error", reject);
    req.on("response", (res) => {
      const chunks: Buffer[] = [];
      res.on("error", reject);
      res.on("data", (chunk: Buffer) => chunks.push(chunk));
      res.on("end", () => {
        const lines: [string, string][] = [];
        for (let index = 0; index < res.rawHeaders.length; index += 2) lines.push([res.rawHeaders[index] as string, res.rawHeaders[index + 1] as string]);
        const body = Buffer.concat(chunks);
        resolve({
          status: res.statusCode ?? 0,
          message: res.statusMessage ?? "",
          headers: res.headers,
          lines,
          body,
          text: body.toString("utf8"),
          trailers: res.trailers,
        });
      });
    });
    req.end(options.body);
  });
}

/** The values of all lines of one header. */
export function linesOf(answer: Answer, name: string): string[] {
  return answer.lines.filter(([line]) => line.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

/** Sends bytes as they are and returns every byte that comes back until the server closes. */
export function askRaw(port: number, bytes: string | Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve(Buffer.concat(chunks)));
  });
}

/** Remembers rejections that nobody handled. Attach it before the first request; `stop` returns what was seen. */
export function watchUnhandled(): { stop(): Promise<unknown[]> } {
  const seen: unknown[] = [];
  const remember = (reason: unknown): void => {
    seen.push(reason);
  };
  process.on("unhandledRejection", remember);
  process.on("uncaughtExceptionMonitor", remember);
  return {
    async stop() {
      await new Promise(setImmediate);
      process.off("unhandledRejection", remember);
      process.off("uncaughtExceptionMonitor", remember);
      return seen;
    },
  };
}
