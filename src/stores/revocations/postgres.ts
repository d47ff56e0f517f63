import { ConfigurationError } from "../../errors.ts";
import type { RevocationBus } from "../../store/revocation-bus.ts";
import { keepListening } from "./keep-listening.ts";

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
    subscribe: (hear, missed) => keepListening((lost) => listen(pool, channel, hear, lost), missed),
  };
}

async function listen(pool: PgBusPool, channel: string, hear: (text: string) => void, lost: () => void): Promise<() => void> {
  const client = await pool.connect();
  let isListening = false;
  // Given back to be destroyed, once: a connection that listens is of no use to anybody else.
  const giveBack = (): void => {
    isListening = false;
    client.removeAllListeners("notification");
    client.release(true);
  };
  // Until LISTEN was answered its rejection tells; afterwards nobody waits.
  const lose = (): void => {
    if (!isListening) return;
    giveBack();
    lost();
  };
  client.on("error", lose);
  client.on("end", lose);
  client.on("notification", (message) => {
    if (message.channel === channel && message.payload !== undefined) hear(message.payload);
  });
  try {
    await client.query(`listen ${channel}`);
  } catch (error) {
    giveBack();
    throw error;
  }
  isListening = true;
  return giveBack;
}
