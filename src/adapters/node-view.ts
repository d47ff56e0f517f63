import type { IncomingHttpHeaders } from "node:http";
import type { FieldValue, FormFields, RequestView } from "../coat/exchange.ts";
import { fieldOf, fieldsOf, isPlainForm } from "./body-field.ts";

/** The parts of a Node request that are looked at; Express's and HTTP/2's requests have them too. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** What frameworks add to it. */
interface FrameworkRequest extends NodeRequest {
  readonly originalUrl?: unknown;
  readonly body?: unknown;
}

/** Shows a Node request to the coat. */
export class NodeView implements RequestView {
  readonly #req: FrameworkRequest;

  constructor(req: NodeRequest) {
    this.#req = req;
  }

  get method(): string {
    return this.#req.method ?? "GET";
  }

  header(name: string): string | undefined {
    const value = this.#req.headers[name];
    return typeof value === "string" || value === undefined ? value : value.join(", ");
  }

  isEncrypted(): boolean {
    return (this.#req.socket as { encrypted?: unknown }).encrypted === true;
  }

  host(): string | undefined {
    return this.header(":authority") ?? this.#req.headers.host;
  }

  target(): string {
    const { originalUrl, url } = this.#req;
    const asked = typeof originalUrl === "string" ? originalUrl : (url ?? "/");
    if (asked.startsWith("/") || asked === "*") return asked;
    // The absolute form that proxies use (RFC 9112 section 3.2.2): frameworks dispatch on its path.
    const parsed = URL.parse(asked);
    return parsed === null ? "/" : parsed.pathname + parsed.search;
  }

  peerAddress(): string | undefined {
    return this.#req.socket.remoteAddress;
  }

  bodyField(name: string): FieldValue {
    return fieldOf(this.#req.body, name);
  }

  bodyFields(): FormFields | undefined {
    return isPlainForm(this.#req.headers["content-type"]) ? fieldsOf(this.#req.body) : undefined;
  }
}
