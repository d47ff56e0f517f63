import { ConfigurationError } from "../errors.ts";

/** Whether an origin, as a browser sends it, is on the list. */
export type OriginMatcher = (origin: string) => boolean;

const HOST = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*(?::\d{1,5})?$|^\[[0-9a-f:.]{2,45}\](?::\d{1,5})?$/;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { https: ":443", http: ":80" };

/**
 * Makes the matcher of a list of origins: scheme, host and port, `https://shop.example` or `https://*.shop.example` (any label in
 * place of the star, at least one).
 *
 * @throws ConfigurationError for anything that is no full origin: a path, a missing scheme, `null`, a bare star
 */
export function makeOriginMatcher(setting: string, list: readonly string[]): OriginMatcher {
  if (list.length === 0) return () => false;
  const exact = new Set<string>();
  const suffixes: { readonly scheme: string; readonly suffix: string }[] = [];
  for (const entry of list) {
    const [scheme, host] = splitOrigin(setting, entry);
    if (host.startsWith("*.")) suffixes.push({ scheme, suffix: host.slice(1) });
    else exact.add(`${scheme}://${host}`);
  }
  return (origin) => {
    const normal = normalizeOrigin(origin);
    if (normal === null) return false;
    if (exact.has(normal)) return true;
    const host = normal.slice(normal.indexOf("://") + 3);
    return suffixes.some(({ scheme, suffix }) => normal.startsWith(`${scheme}://`) && host.endsWith(suffix) && host.length > suffix.length);
  };
}

function splitOrigin(setting: string, entry: unknown): [scheme: string, host: string] {
  const parts = typeof entry === "string" ? /^(https?):\/\/(.+)$/.exec(entry) : null;
  const [, scheme = "", rest = ""] = parts ?? [];
  if (parts === null || !HOST.test(rest)) {
    throw new ConfigurationError(setting, `${typeof entry === "string" ? JSON.stringify(entry.slice(0, 80)) : String(entry)} is not an origin. Write scheme and host, "https://shop.example", in lower case and without a path; "https://*.shop.example" stands for every host below.`);
  }
  return [scheme, dropDefaultPort(scheme, rest)];
}

function dropDefaultPort(scheme: string, host: string): string {
  const port = DEFAULT_PORTS[scheme] ?? "";
  return host.endsWith(port) ? host.slice(0, -port.length) : host;
}

/** An origin in its one spelling; null for `null` and everything that is none. */
export function normalizeOrigin(origin: string): string | null {
  const parts = origin.length > 512 ? null : /^(https?):\/\/([^/?#@\\\s,*]+)$/.exec(origin);
  if (parts === null) return null;
  const [, scheme = "", host = ""] = parts;
  return HOST.test(host) ? `${scheme}://${dropDefaultPort(scheme, host)}` : null;
}
