import type { RequestView } from "coatcheck";

/** Session data for tests that do not care about types. */
export type AnyData = Record<string, unknown>;

/** One request as an adapter would describe it. */
export interface ViewOptions {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly peerAddress?: string;
}

export function makeView({ method = "GET", url = "https://shop.example/", headers = {}, peerAddress }: ViewOptions = {}): RequestView {
  const parsed = new URL(url);
  return {
    method,
    header: (name) => headers[name],
    isEncrypted: () => parsed.protocol === "https:",
    host: () => headers["host"] ?? parsed.host,
    target: () => parsed.pathname + parsed.search,
    peerAddress: () => peerAddress,
  };
}
