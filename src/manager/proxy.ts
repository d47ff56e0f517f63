import { ConfigurationError } from "../errors.ts";
import { isInNetwork, parseAddress, parseNetwork, type Network } from "./address.ts";
import { foldAddress, readDirectConnection, type Connection, type ConnectionView, type ReadConnection } from "./connection.ts";

/**
 * Which proxies stand before this process: how many, or their addresses and networks. Nothing else makes a forwarding header
 * count. Django: SECURE_PROXY_SSL_HEADER.
 */
export type TrustProxy = number | readonly string[];

/** A header longer than this was not written by a proxy that anybody set up. */
const LONGEST_HEADER = 4096;
const MOST_HOPS = 32;

/** Makes the function that reads connections behind the given proxies. @throws ConfigurationError for an address that is none */
export function trustProxies(trust: TrustProxy | undefined): ReadConnection {
  if (trust === undefined || trust === 0) return readDirectConnection;
  if (typeof trust === "number") return (view) => readForwarded(view, (chain) => chain[Math.max(0, chain.length - 1 - trust)]);
  const networks = trust.map((text) => parseNetwork(text) ?? refuse(text));
  const isTrusted = (address: string | undefined): boolean => networks.some((network: Network) => isInNetwork(address, network));
  return (view) => {
    if (!isTrusted(foldAddress(view.peerAddress()))) return readDirectConnection(view);
    return readForwarded(view, (chain) => chain.findLast((address) => !isTrusted(address)) ?? chain[0]);
  };
}

function refuse(text: unknown): never {
  throw new ConfigurationError("trustProxy", `${JSON.stringify(text)} is neither an IP address nor a network such as "10.0.0.0/8".`);
}

/** @param pickClient chooses among the addresses, from the one farthest away to the peer's own */
function readForwarded(view: ConnectionView, pickClient: (chain: readonly string[]) => string | undefined): Connection {
  const direct = readDirectConnection(view);
  const secure = isForwardedSecure(view, direct.scheme === "https");
  const chain = readAddresses(view);
  if (direct.clientAddress !== undefined) chain.push(direct.clientAddress);
  const hasHeaders = view.header("x-forwarded-proto") !== undefined || view.header("forwarded") !== undefined;
  return {
    kind: secure ? "secure" : hasHeaders ? "insecure" : direct.kind,
    scheme: secure ? "https" : "http",
    host: readForwardedHost(view) ?? direct.host,
    clientAddress: pickClient(chain) ?? direct.clientAddress,
  };
}

/**
 * Whether every hop says https. A list, a repetition or two headers that disagree resolve to http: whoever put something in
 * front gains nothing by it.
 */
function isForwardedSecure(view: ConnectionView, encrypted: boolean): boolean {
  const said: string[] = [];
  const proto = view.header("x-forwarded-proto");
  if (proto !== undefined) said.push(...(proto.length > LONGEST_HEADER ? ["?"] : proto.split(",")));
  for (const element of readElements(view)) {
    const match = /(?:^|;)[ \t]*proto[ \t]*=[ \t]*"?([^";]*)"?/i.exec(element);
    if (match !== null) said.push(match[1] ?? "");
  }
  return said.length === 0 ? encrypted : said.every((word) => word.trim().toLowerCase() === "https");
}

/** One host, said once, by the proxy that is trusted. */
function readForwardedHost(view: ConnectionView): string | undefined {
  const host = view.header("x-forwarded-host");
  return host !== undefined && /^(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i.test(host) ? host : undefined;
}

function readAddresses(view: ConnectionView): string[] {
  const list = view.header("x-forwarded-for");
  const texts =
    list !== undefined
      ? list.length > LONGEST_HEADER ? [] : list.split(",")
      : readElements(view).map((element) => /(?:^|;)[ \t]*for[ \t]*=[ \t]*"?\[?([^";\]]*)/i.exec(element)?.[1] ?? "");
  const addresses = texts.slice(-MOST_HOPS).map((text) => foldAddress(stripPort(text.trim())) ?? "");
  // From the right, up to the first thing that is no address: what stands before it, anyone may have written.
  const broken = addresses.findLastIndex((address) => parseAddress(address) === null);
  return addresses.slice(broken + 1);
}

function stripPort(text: string): string {
  return text.replace(/^\[(.*)\](?::\d+)?$/, "$1").replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
}

function readElements(view: ConnectionView): string[] {
  const forwarded = view.header("forwarded");
  return forwarded === undefined || forwarded.length > LONGEST_HEADER ? [] : forwarded.split(",");
}
