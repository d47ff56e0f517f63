import type { IoRedisClient, IoRedisCluster } from "./clients.ts";

/** A place in the queue of those who wait for a client. */
export interface ReadyWait {
  /** Resolves when commands can leave, rejects when they never will. */
  readonly ready: Promise<void>;
  /** To be called by everybody, whatever came of it: the last one to leave takes the listeners along. */
  leave(): void;
}

/**
 * When ioredis is ready for commands. Handing it one earlier would put it into a queue that nothing can be taken out of: after a
 * limit has passed nobody could say whether the command will still be sent. All who wait share one pair of listeners.
 */
export class Readiness {
  readonly #client: IoRedisClient | IoRedisCluster;
  #shared: { readonly ready: Promise<void>; readonly letGo: () => void } | undefined;
  #waiting = 0;

  constructor(client: IoRedisClient | IoRedisCluster) {
    this.#client = client;
  }

  /** Undefined: now. A client made with `lazyConnect` starts to connect when it is asked the first time. */
  wait(): ReadyWait | undefined {
    const { status } = this.#client;
    if (status === "ready") return undefined;
    if (status === "end") return { ready: Promise.reject(new NeverReady("The client is closed.")), leave: () => {} };
    if (status === "wait") startConnecting(this.#client);
    this.#shared ??= this.#listen();
    this.#waiting += 1;
    return { ready: this.#shared.ready, leave: () => this.#leave() };
  }

  #leave(): void {
    this.#waiting -= 1;
    if (this.#waiting > 0) return;
    this.#shared?.letGo();
    this.#shared = undefined;
  }

  #listen(): { ready: Promise<void>; letGo: () => void } {
    const client = this.#client;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const end = (): void => reject(new NeverReady("The client was closed."));
    client.on("ready", resolve);
    client.on("end", end);
    const letGo = (): void => {
      client.off("ready", resolve);
      client.off("end", end);
    };
    promise.catch(() => {});
    return { ready: promise, letGo };
  }
}

/** The client will not send anything any more. */
export class NeverReady extends Error {}

function startConnecting(client: object): void {
  const { connect } = client as { connect?: () => Promise<unknown> };
  connect?.call(client).catch(() => {});
}
