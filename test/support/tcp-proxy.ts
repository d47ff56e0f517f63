import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A wire that can be cut and muted, and whose connections can be lost without anybody being told. */
export class TcpProxy {
  readonly port: number;
  readonly #sockets = new Set<Socket>();
  readonly #swallowed = new WeakSet<Socket>();
  readonly #close: () => Promise<void>;
  /** Takes connections and bytes, and answers nothing. */
  isMute = false;

  private constructor(port: number, close: () => Promise<void>) {
    this.port = port;
    this.#close = close;
  }

  /** @param target a port on loopback */
  static async start(target: number): Promise<TcpProxy> {
    const server = createServer((near) => proxy.#join(near, connect(target, "127.0.0.1"))).listen(0, "127.0.0.1");
    await once(server, "listening");
    const proxy: TcpProxy = new TcpProxy((server.address() as AddressInfo).port, async () => {
      server.close();
      await once(server, "close");
    });
    return proxy;
  }

  /** How many connections lead through it. */
  get connections(): number {
    return this.#sockets.size / 2;
  }

  /** Ends every connection without a goodbye. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /**
   * From now on the connections that exist carry nothing in either direction, not even their end, as when a machine has lost its power or an
   * address has moved. New ones work.
   */
  swallow(): void {
    for (const socket of this.#sockets) {
      this.#swallowed.add(socket);
      socket.pause();
    }
  }

  async stop(): Promise<void> {
    this.cut();
    await this.#close();
  }

  #join(near: Socket, far: Socket): void {
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        if (!this.#swallowed.has(other)) other.destroy();
      });
    }
    near.on("data", (chunk) => void (this.isMute || far.write(chunk)));
    far.on("data", (chunk) => void (this.isMute || near.write(chunk)));
  }
}
