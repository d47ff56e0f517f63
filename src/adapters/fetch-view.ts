import type { FieldValue, FormFields, RequestView } from "../coat/exchange.ts";
import { readField, readFields } from "./fetch-body.ts";

/** Shows a Fetch request to the coat. */
export class FetchView implements RequestView {
  readonly #request: Request;
  readonly #peerAddress: (() => string | undefined) | undefined;

  constructor(request: Request, peerAddress?: () => string | undefined) {
    this.#request = request;
    this.#peerAddress = peerAddress;
  }

  get method(): string {
    return this.#request.method;
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined;
  }

  isEncrypted(): boolean {
    return this.#request.url.startsWith("https:");
  }

  host(): string | undefined {
    const named = this.#request.headers.get("host");
    if (named !== null) return named;
    const url = this.#request.url;
    const start = url.indexOf("//") + 2;
    return url.slice(start, endOfHost(url, start));
  }

  target(): string {
    const url = this.#request.url;
    const start = endOfHost(url, url.indexOf("//") + 2);
    const hash = url.indexOf("#", start);
    return url.slice(start, hash === -1 ? undefined : hash) || "/";
  }

  peerAddress(): string | undefined {
    return this.#peerAddress?.();
  }

  bodyField(name: string, maxBytes: number): Promise<FieldValue> {
    return readField(this.#request, name, maxBytes);
  }

  bodyFields(maxBytes: number): Promise<FormFields | undefined> {
    return readFields(this.#request, maxBytes);
  }
}

/** Where host and port end; a serialised URL of http or https always has a path. */
function endOfHost(url: string, start: number): number {
  const slash = url.indexOf("/", start);
  return slash === -1 ? url.length : slash;
}
