import { ConfigurationError } from "../../errors.ts";
import type { RevocationBus } from "../../store/revocation-bus.ts";

/** ioredis: `new Redis(...)` or `new Redis.Cluster(...)`. Only these members are used. */
export interface IoRedisBusClient {
  readonly status: string;
  publish(channel: string, text: string): Promise<unknown>;
  duplicate(): IoRedisSubscriber;
}

interface IoRedisSubscriber {
  subscribe(channel: string): Promise<unknown>;
  on(event: string, listener: (...values: string[]) => void): unknown;
  disconnect(): void;
}

/** node-redis: `createClient(...)` or `createCluster(...)`. */
export interface NodeRedisBusClient {
  publish(channel: string, text: string): Promise<unknown>;
  duplicate(): NodeRedisSubscriber;
}

interface NodeRedisSubscriber {
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: (text: string) => void): Promise<unknown>;
  on(event: string, listener: () => void): unknown;
  destroy(): void;
}

export type RedisBusClient = IoRedisBusClient | NodeRedisBusClient;

export interface RedisRevocationsOptions {
  /** The name of the channel. Two applications on one server need two. Default: `"coatcheck:revoked"`. */
  readonly channel?: string;
}

/**
 * Tells the other nodes over Redis (or Valkey) pub/sub which sessions have ended, through the ioredis or node-redis client that you pass
 * in. To listen it opens one connection like it, which `cloakroom.close()` closes.
 *
 * @throws ConfigurationError for an unknown client
 * @example
 * const cloakroom = createCoatcheck({ store: redisStore(client), revocations: redisRevocations(client) });
 */
export function redisRevocations(client: RedisBusClient, options: RedisRevocationsOptions = {}): RevocationBus {
  const channel = options.channel ?? "coatcheck:revoked";
  const has = (...names: string[]): boolean => names.every((name) => typeof (client as unknown as Record<string, unknown> | null)?.[name] === "function");
  if (!has("publish", "duplicate")) throw new ConfigurationError("redisRevocations", "the client is neither of ioredis nor of node-redis: it has no publish or duplicate");
  return {
    publish: async (text) => void (await client.publish(channel, text)),
    subscribe: (hear, missed) => (has("call") ? listenByIoRedis(client as IoRedisBusClient, channel, hear, missed) : listenByNodeRedis(client as NodeRedisBusClient, channel, hear, missed)),
  };
}

async function listenByIoRedis(client: IoRedisBusClient, channel: string, hear: (text: string) => void, missed: () => void): Promise<() => Promise<void>> {
  const subscriber = client.duplicate();
  let isOn = false;
  subscriber.on("error", () => {});
  subscriber.on("message", (from = "", text = "") => {
    if (from === channel) hear(text);
  });
  // The client subscribes again by itself; asking once more says when that has happened.
  subscriber.on("ready", () => {
    if (isOn) subscriber.subscribe(channel).then(missed, () => {});
  });
  try {
    await subscriber.subscribe(channel);
  } catch (error) {
    subscriber.disconnect();
    throw error;
  }
  isOn = true;
  return async () => subscriber.disconnect();
}

async function listenByNodeRedis(client: NodeRedisBusClient, channel: string, hear: (text: string) => void, missed: () => void): Promise<() => Promise<void>> {
  const subscriber = client.duplicate();
  let isOn = false;
  subscriber.on("error", () => {});
  subscriber.on("ready", () => {
    if (isOn) missed();
  });
  try {
    await subscriber.connect();
    await subscriber.subscribe(channel, hear);
  } catch (error) {
    subscriber.destroy();
    throw error;
  }
  isOn = true;
  return async () => subscriber.destroy();
}
