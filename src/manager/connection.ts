/** What a request tells of the connection that it came over. */
export interface ConnectionView {
  header(name: string): string | undefined;
  isEncrypted(): boolean;
  host(): string | undefined;
  peerAddress(): string | undefined;
}

/**
 * - `secure`: https, as seen by the browser.
 * - `loopback`: http between this machine and itself, with nothing in between.
 * - `insecure`: any other http. No session travels over it unless `session.cookie.secure` is false.
 */
export type ConnectionKind = "secure" | "loopback" | "insecure";

export interface Connection {
  readonly kind: ConnectionKind;
  /** The scheme that the browser used. */
  readonly scheme: "http" | "https";
  readonly host: string | undefined;
  readonly clientAddress: string | undefined;
}

/** Finds out what the browser's connection was, from the request and what is known of the proxies before this process. */
export type ReadConnection = (view: ConnectionView) => Connection;

const LOOPBACK_HOST = /^(?:localhost|(?:[a-z0-9-]{1,63}\.)+localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;
const LOOPBACK_ADDRESS = /^(?:127(?:\.\d{1,3}){3}|::1)$/;

/** Headers that only something in between adds: whoever sends one is not simply this machine's browser. */
const FORWARDING_HEADERS = ["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "via"] as const;

/** An IPv4 address that is written as an IPv6 one is the same address. */
export function foldAddress(address: string | undefined): string | undefined {
  return address?.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

/** The connection as this process sees it, forwarding headers ignored. */
export function readDirectConnection(view: ConnectionView): Connection {
  return new DirectConnection(view);
}

/** Host and address are worked out when they are asked for: most requests with a session never do. */
class DirectConnection implements Connection {
  readonly kind: ConnectionKind;
  readonly #view: ConnectionView;

  constructor(view: ConnectionView) {
    this.kind = view.isEncrypted() ? "secure" : isOwnMachine(view) ? "loopback" : "insecure";
    this.#view = view;
  }

  get scheme(): "http" | "https" {
    return this.kind === "secure" ? "https" : "http";
  }

  get host(): string | undefined {
    return this.#view.host();
  }

  get clientAddress(): string | undefined {
    return foldAddress(this.#view.peerAddress());
  }
}

/**
 * Whether both ends are this machine and the browser knows it by a loopback name. A proxy on the same machine, which ends TLS for
 * the world, gives itself away by the host it passes on, by a forwarding header, or by an https Origin or Referer.
 * Where the runtime does not tell the peer's address, the host has to do.
 */
export function isOwnMachine(view: ConnectionView): boolean {
  const host = view.host();
  if (host === undefined || !LOOPBACK_HOST.test(host) || findDistantPeer(view) !== null) return false;
  if (FORWARDING_HEADERS.some((name) => view.header(name) !== undefined)) return false;
  return !startsWithHttps(view.header("origin")) && !startsWithHttps(view.header("referer"));
}

/** The address of a peer that is not this machine; null when it is, or when the runtime does not tell. */
function findDistantPeer(view: ConnectionView): string | null {
  const peer = foldAddress(view.peerAddress());
  return peer === undefined || LOOPBACK_ADDRESS.test(peer) ? null : peer;
}

/**
 * For the explanation of a cookie that was withheld over http.
 *
 * @returns names and addresses; `peer` only where the host is a loopback name, so that nothing but the peer speaks against it
 */
export function describeInsecure(view: ConnectionView, host: string | undefined): { readonly host: string | undefined; readonly proto: string | undefined; readonly peer: string | null } {
  return { host, proto: view.header("x-forwarded-proto"), peer: host !== undefined && LOOPBACK_HOST.test(host) ? findDistantPeer(view) : null };
}

function startsWithHttps(text: string | undefined): boolean {
  return text !== undefined && text.slice(0, 6).toLowerCase() === "https:";
}
