import { createHash } from "node:crypto";
import { ConfigurationError } from "../../errors.ts";
import { NotSentError, type MemcachedClient, type MemcachedItem, type MemcachedWrite } from "./client.ts";
import { MetaConnection } from "./meta-connection.ts";
import type { MetaReply } from "./meta-reply.ts";

/** What `connectMemcached` returns. */
export interface MemcachedConnection extends MemcachedClient {
  /** Closes the connections. What was sent and not answered rejects. */
  close(): void;
}

const ADDRESS = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/;
const DEFAULT_PORT = 11_211;

/**
 * A small client of memcached's meta protocol (1.6 or later): one pipelined connection for each server, opened when it is first needed and
 * again after a failure. With several servers each key has its own, and a dead server's sessions are lost until it is back; none
 * moves to another, where an old copy might wait.
 *
 * @param addresses `host:port`; the port is 11211 where none is given
 * @throws ConfigurationError when an address is none.
 * @example
 * const cloakroom = createCoatcheck({ store: memcachedStore(connectMemcached("127.0.0.1:11211")) });
 */
export function connectMemcached(addresses: string | readonly string[]): MemcachedConnection {
  return new MetaClient(typeof addresses === "string" ? [addresses] : addresses);
}

interface Server {
  readonly name: string;
  readonly connection: MetaConnection;
}

class MetaClient implements MemcachedConnection {
  readonly serverOf?: (key: string) => string;
  readonly #servers: readonly Server[];
  #lastKey: string | undefined;
  #lastServer: Server | undefined;

  constructor(addresses: readonly string[]) {
    if (addresses.length === 0) throw new ConfigurationError("connectMemcached", "needs the address of at least one server, for instance \"127.0.0.1:11211\"");
    this.#servers = addresses.map((address) => {
      const parts = ADDRESS.exec(address);
      if (parts === null) throw new ConfigurationError("connectMemcached", `${JSON.stringify(address)} is no address: write host:port, for instance "127.0.0.1:11211"`);
      const host = (parts[1] as string).replace(/^\[|\]$/g, "");
      return { name: address, connection: new MetaConnection(host, Number(parts[2] ?? DEFAULT_PORT)) };
    });
    if (addresses.length > 1) this.serverOf = (key) => this.#serverOf(key).name;
  }

  async gets(key: string, signal?: AbortSignal): Promise<MemcachedItem | undefined> {
    const reply = await this.#send(key, `mg ${key} c v`, "", signal);
    if (reply.code === "EN") return undefined;
    if (reply.code === "VA" && reply.value) return { value: new TextDecoder("utf-8", { ignoreBOM: true }).decode(reply.value), cas: markIn(reply) ?? "" };
    throw refusal(reply);
  }

  add(key: string, value: string, expiresAtSeconds: number, signal?: AbortSignal): Promise<MemcachedWrite> {
    return this.#write(key, value, `c ME T${expiresAtSeconds}`, signal);
  }

  cas(key: string, value: string, expiresAtSeconds: number, cas: string, signal?: AbortSignal): Promise<MemcachedWrite> {
    return this.#write(key, value, `c C${cas} T${expiresAtSeconds}`, signal);
  }

  async delete(key: string, signal?: AbortSignal): Promise<boolean> {
    const reply = await this.#send(key, `md ${key}`, "", signal);
    if (reply.code === "HD") return true;
    if (reply.code === "NF") return false;
    throw refusal(reply);
  }

  close(): void {
    for (const { connection } of this.#servers) connection.close();
  }

  async #write(key: string, value: string, flags: string, signal: AbortSignal | undefined): Promise<MemcachedWrite> {
    const size = new TextEncoder().encode(value).length;
    const reply = await this.#send(key, `ms ${key} ${size} ${flags}`, `${value}\r\n`, signal);
    if (reply.code === "HD") return { stored: true, cas: markIn(reply) };
    if (reply.code === "NS" || reply.code === "EX" || reply.code === "NF") return { stored: false };
    throw refusal(reply);
  }

  #send(key: string, line: string, block: string, signal: AbortSignal | undefined): Promise<MetaReply> {
    return this.#serverOf(key).connection.send(line, block, signal);
  }

  /** Each key goes to the server with which it hashes highest: adding a server moves only the keys that become its own. */
  #serverOf(key: string): Server {
    const [only] = this.#servers as [Server];
    if (this.#servers.length === 1) return only;
    // A call asks for its key twice, once to be watched and once to be sent.
    if (this.#lastKey === key) return this.#lastServer as Server;
    const weigh = (name: string): string => createHash("sha256").update(`${name} ${key}`).digest("hex");
    this.#lastKey = key;
    this.#lastServer = this.#servers.reduce((best, one) => (weigh(one.name) > weigh(best.name) ? one : best));
    return this.#lastServer;
  }
}

const markIn = (reply: MetaReply): string | undefined => /(?:^| )c(\d+)/.exec(reply.rest)?.[1];

/** SERVER_ERROR, CLIENT_ERROR, ERROR: the server wrote nothing. */
const refusal = (reply: MetaReply): NotSentError => new NotSentError(`memcached answered ${reply.code} ${reply.rest}`.trim());
