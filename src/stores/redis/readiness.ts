import type { IoRedisClient, IoRedisCluster } from "./clients.ts";

/**
 * When ioredis is ready for commands. Handing it one earlier would put it into a queue that nothing can be taken out of: after a
 * limit has passed nobody could say whether the command will still be sent. All who wait share one pair of listeners.
 */
export class Readiness {
  readonly #client: IoRedisClient | IoRedisCluster;
  #coming: Promise<void> | undefined;

  constructor(client: IoRedisClient | IoRedisCluster) {
    this.#client = client;
  }

  /** Undefined: now. A client made with `lazyConnect` starts to connect when it is asked the first time. */
  wait(): Promise<void> | undefined {
    const { status } = this.#client;
    if (status === "ready") return undefined;
    if (status === "end") return Promise.reject(new NeverReady("The client is closed."));
    if (status === "wait") startConnecting(this.#client);
    this.#coming ??= this.#listen().finally(() => {
      this.#coming = undefined;
    });
    return this.#coming;
  }

  #listen(): Promise<void> {
    const client = this.#client;
    return new Promise((resolve, reject) => {
      const letGo = (): void => {
        client.off("ready", ready);
        client.off("end", end);
      };
      const ready = (): void => {
        letGo();
        resolve();
      };
      const end = (): void => {
        letGo();
        reject(new NeverReady("The client was closed."));
      };
      client.on("ready", ready);
      client.on("end", end);
    });
  }
}

/** The client will not send anything any more. */
export class NeverReady extends Error {}

function startConnecting(client: object): void {
  const { connect } = client as { connect?: () => Promise<unknown> };
  connect?.call(client).catch(() => {});
}
