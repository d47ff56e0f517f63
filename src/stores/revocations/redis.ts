import { systemRandom } from "../../crypto/random.ts";
import { ConfigurationError } from "../../errors.ts";
import type { RevocationBus } from "../../store/revocation-bus.ts";
import { keepListening } from "./keep-listening.ts";

/** ioredis: `new Redis(...)`, Sentinel included. Only these members are used. */
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

/** ioredis: `new Redis.Cluster(...)`. */
export interface IoRedisBusCluster {
  publish(channel: string, text: string): Promise<unknown>;
  call(command: string): Promise<unknown>;
  nodes(role: "all"): readonly { duplicate(override: object): IoRedisSubscriber }[];
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

export type RedisBusClient = IoRedisBusClient | IoRedisBusCluster | NodeRedisBusClient;

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
    subscribe: (hear, missed) => {
      // The processes of an application begin with different nodes, and each goes on to the next one.
      let turn = systemRandomByte();
      if (has("call", "nodes")) return keepListening((lost) => listenToNode(client as IoRedisBusCluster, turn++, channel, hear, lost), missed);
      if (has("call")) return listenByIoRedis(client as IoRedisBusClient, channel, hear, missed);
      return listenByNodeRedis(client as NodeRedisBusClient, channel, hear, missed);
    },
  };
}

function systemRandomByte(): number {
  const byte = new Uint8Array(1);
  systemRandom(byte);
  return byte[0] ?? 0;
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

/**
 * Listens to one node of a Cluster, any of them, which hears what is published on the others. Not by the Cluster's own subscription: it
 * moves to another node without any event, and what was published meanwhile would be lost in silence.
 */
async function listenToNode(cluster: IoRedisBusCluster, turn: number, channel: string, hear: (text: string) => void, lost: () => void): Promise<() => void> {
  // The nodes are known once the Cluster has answered.
  if (cluster.nodes("all").length === 0) await cluster.call("PING");
  const nodes = cluster.nodes("all");
  const node = nodes[turn % nodes.length];
  if (node === undefined) throw new Error("The Cluster has no node.");
  const subscriber = node.duplicate({ retryStrategy: null, lazyConnect: true, enableOfflineQueue: true, enableReadyCheck: true, maxRetriesPerRequest: null });
  let isListening = false;
  subscriber.on("error", () => {});
  subscriber.on("message", (from = "", text = "") => {
    if (from === channel) hear(text);
  });
  subscriber.on("end", () => {
    if (!isListening) return;
    isListening = false;
    lost();
  });
  try {
    await subscriber.subscribe(channel);
  } catch (error) {
    subscriber.disconnect();
    throw error;
  }
  isListening = true;
  return () => {
    isListening = false;
    subscriber.disconnect();
  };
}

async function listenByNodeRedis(client: NodeRedisBusClient, channel: string, hear: (text: string) => void, missed: () => void): Promise<() => Promise<void>> {
  const subscriber = client.duplicate();
  let isOn = false;
  subscriber.on("error", () => {});
  // Of a Cluster: any node's, of which one is the one that listens.
  for (const event of ["ready", "node-ready"]) {
    subscriber.on(event, () => {
      if (isOn) missed();
    });
  }
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
