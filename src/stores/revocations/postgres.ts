import { startTimer } from "../../clock.ts";
import { ConfigurationError } from "../../errors.ts";
import type { RevocationBus } from "../../store/revocation-bus.ts";

/** The part of a `pg` pool that is used. */
export interface PgBusPool {
  query(text: string, values: string[]): Promise<unknown>;
  connect(): Promise<PgBusClient>;
}

interface PgBusClient {
  query(text: string): Promise<unknown>;
  on(event: "notification", listener: (message: { readonly channel: string; readonly payload?: string | undefined }) => void): unknown;
  on(event: "error" | "end", listener: () => void): unknown;
  removeAllListeners(event: "notification"): unknown;
  release(destroy: boolean): void;
}

export interface PostgresRevocationsOptions {
  /** The name of the channel, letters, digits and underscores. Two applications in one database need two. Default: `"coatcheck_revoked"`. */
  readonly channel?: string;
}

/** After a broken connection the next one is tried so much later, in milliseconds. */
const RECONNECT_MS = 500;

/**
 * Tells the other nodes over PostgreSQL's LISTEN and NOTIFY which sessions have ended, through the `pg` pool that you pass in. Listening
 * keeps one of the pool's connections until `cloakroom.close()`. A pooler in transaction mode (PgBouncer) does not carry LISTEN: pass a
 * pool that goes around it.
 *
 * @throws ConfigurationError for something that is no pool, or an odd channel
 * @example
 * const cloakroom = createCoatcheck({ store: postgresStore(pool), revocations: postgresRevocations(pool) });
 */
export function postgresRevocations(pool: PgBusPool, options: PostgresRevocationsOptions = {}): RevocationBus {
  const channel = options.channel ?? "coatcheck_revoked";
  if (typeof (pool as Partial<PgBusPool> | null)?.connect !== "function") throw new ConfigurationError("postgresRevocations", "pass a Pool of the package `pg`");
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(channel)) throw new ConfigurationError("postgresRevocations.channel", "must be small letters, digits and underscores, at most 63");
  return {
    publish: async (text) => void (await pool.query("select pg_notify($1, $2)", [channel, text])),
    subscribe: async (hear, missed) => {
      const listener = new Listener(pool, channel, hear, missed);
      await listener.open();
      return async () => listener.close();
    },
  };
}

/** One connection that listens, and another one when it breaks. */
class Listener {
  readonly #pool: PgBusPool;
  readonly #channel: string;
  readonly #hear: (text: string) => void;
  readonly #missed: () => void;
  #client: PgBusClient | null = null;
  #stopTimer: (() => void) | null = null;
  #isClosed = false;

  constructor(pool: PgBusPool, channel: string, hear: (text: string) => void, missed: () => void) {
    this.#pool = pool;
    this.#channel = channel;
    this.#hear = hear;
    this.#missed = missed;
  }

  /** @throws what the connection or LISTEN failed with; nothing stays borrowed then */
  async open(): Promise<void> {
    const client = await this.#pool.connect();
    const lose = (): void => {
      // Before LISTEN was answered whoever waits for that is told; afterwards nobody waits.
      if (this.#client !== client) return;
      this.#let(client);
      this.#tryAgain();
    };
    client.on("error", lose);
    client.on("end", lose);
    client.on("notification", ({ channel, payload }) => {
      if (channel === this.#channel && payload !== undefined) this.#hear(payload);
    });
    try {
      if (!this.#isClosed) await client.query(`listen ${this.#channel}`);
    } catch (error) {
      this.#let(client);
      throw error;
    }
    if (this.#isClosed) this.#let(client);
    else this.#client = client;
  }

  close(): void {
    this.#isClosed = true;
    this.#stopTimer?.();
    if (this.#client !== null) this.#let(this.#client);
  }

  /** One attempt after another: the next begins when the last has failed. */
  #tryAgain(): void {
    if (this.#isClosed) return;
    this.#stopTimer = startTimer(RECONNECT_MS, () => {
      this.open().then(
        () => {
          if (!this.#isClosed) this.#missed();
        },
        () => this.#tryAgain(),
      );
    });
  }

  /** Gives it back to be destroyed: a connection that listens is of no use to anybody else. */
  #let(client: PgBusClient): void {
    this.#client = null;
    client.removeAllListeners("notification");
    client.release(true);
  }
}
