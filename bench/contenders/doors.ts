import type { IncomingMessage, ServerResponse } from "node:http";
import type { Slice } from "../harness/rounds.ts";
import { makeExchange, parseWire } from "../harness/raw-http.ts";
import type { Answer, Ask, Door } from "./contender.ts";

const HOST = "shop.example";

/** A handler of the fetch API: real `Request`s, made before the clock starts, and real `Response`s. */
export function fetchDoor(handler: (request: Request) => Promise<Response>): Door {
  const make = (ask: Ask): Request => new Request(`https://${HOST}${ask.path}`, { headers: { cookie: ask.cookie } });
  return {
    async send(ask: Ask): Promise<Answer> {
      const response = await handler(make(ask));
      return { status: response.status, body: await response.text(), setCookies: response.headers.getSetCookie() };
    },
    prepare(asks: readonly Ask[], inFlight: number): Slice {
      const requests = asks.map(make);
      return {
        async run(lap): Promise<void> {
          for (let first = 0; first < requests.length; first += inFlight) {
            const responses = await Promise.all(requests.slice(first, first + inFlight).map(handler));
            for (const response of responses) if (response.status !== 200) throw new Error(`Status ${response.status}.`);
            lap();
          }
        },
      };
    },
  };
}

/** An application for `node:http`: real requests and responses of that module over a socket that goes nowhere. */
export function nodeDoor(application: (request: IncomingMessage, response: ServerResponse) => void): Door {
  const headersOf = (ask: Ask): Record<string, string> => ({ host: HOST, cookie: ask.cookie });
  return {
    send(ask: Ask): Promise<Answer> {
      return new Promise((resolve, reject) => {
        const { request, response, socket } = makeExchange(ask.path, headersOf(ask), true);
        response.on("finish", () => {
          try {
            resolve(parseWire(socket.heard.join("")));
          } catch (error) {
            reject(error as Error);
          }
        });
        application(request, response);
      });
    },
    prepare(asks: readonly Ask[], inFlight: number): Slice {
      const exchanges = asks.map((ask) => makeExchange(ask.path, headersOf(ask)));
      return {
        async run(lap): Promise<void> {
          for (let first = 0; first < exchanges.length; first += inFlight) {
            const batch = exchanges.slice(first, first + inFlight);
            await new Promise<void>((resolve, reject) => {
              let open = batch.length;
              const finish = function (this: ServerResponse): void {
                if (this.statusCode !== 200) reject(new Error(`Status ${this.statusCode}.`));
                else if (--open === 0) resolve();
              };
              for (const { request, response } of batch) {
                response.on("finish", finish);
                application(request, response);
              }
            });
            lap();
          }
        },
      };
    },
  };
}
