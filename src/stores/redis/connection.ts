import { ConfigurationError } from "../../errors.ts";
import type { IoRedisClient, IoRedisCluster, IoRedisNode, NodeRedisClient, NodeRedisCluster, NodeRedisCommandOptions, NodeRedisSentinel, RedisClient } from "./clients.ts";
import type { RedisLink } from "./path-check.ts";
import { Readiness, type ReadyWait } from "./readiness.ts";
import { slotOf } from "./slots.ts";
import { countLosses, NO_LOSSES, type Losses } from "./resends.ts";

/** The same few verbs over every client. */
export interface RedisConnection {
  /** Sends a command whose only key is `key`. Where the client allows it, aborting takes an unsent command back out of its queue. */
  send(key: string, args: string[], signal: AbortSignal | undefined): Promise<unknown>;
  /** Undefined when commands can leave now; else the wait for that moment. */
  whenReady(): ReadyWait | undefined;
  /** True when a command may have to wait inside the client and can be taken back, so that a limit tells "not sent" from "unknown". */
  takesBack(): boolean;
  /** True when the user's client sends plain reads to replicas: such reads may be old, so a script does them on the primary. */
  readonly readsFromReplicas: boolean;
  /** Counts what may have made the client send commands a second time. */
  readonly losses: Losses;
  /** What the client itself puts before each key. */
  readonly keyPrefix: string;
  /** Every primary, in a stable order, for SCAN. */
  primaries(): Promise<RedisPrimary[]>;
  /** The primary that a key is on now, where there are several and the client knows. */
  serverOf?(key: string): string | undefined;
  /** The connections that are open and can be made anew; empty where the client offers no way. */
  links(): RedisLink[];
}

export interface RedisPrimary {
  /** The same name for the same server at every call. */
  readonly name: string;
  send(args: string[]): Promise<unknown>;
}

/**
 * Recognises the client by its shape.
 *
 * @param limitMs how long the store waits for an answer
 * @throws ConfigurationError when it is none of the known ones.
 */
export function connect(client: RedisClient, limitMs: number): RedisConnection {
  if (isIoCluster(client)) return connectIoCluster(client);
  if (isIoRedis(client)) return connectIoRedis(client);
  if (isNodeCluster(client)) return connectNodeCluster(client);
  if (isNodeSentinel(client)) return connectNodeSentinel(client);
  if (isNodeRedis(client)) return connectNodeRedis(client, limitMs);
  throw new ConfigurationError("redisStore", "the client is neither of ioredis (Redis, Cluster) nor of node-redis 5 or later (createClient, createClientPool, createCluster, createSentinel)");
}

const has = (client: unknown, ...methods: string[]): boolean =>
  typeof client === "object" && client !== null && methods.every((method) => typeof (client as Record<string, unknown>)[method] === "function");

const isIoRedis = (client: RedisClient): client is IoRedisClient => has(client, "call", "on", "off") && "status" in client;
const isIoCluster = (client: RedisClient): client is IoRedisCluster => isIoRedis(client) && has(client, "nodes");
const isNodeRedis = (client: RedisClient): client is NodeRedisClient => has(client, "sendCommand");
const isNodeCluster = (client: RedisClient): client is NodeRedisCluster => has(client, "sendCommand", "nodeClient") && "masters" in client;
const isNodeSentinel = (client: RedisClient): client is NodeRedisSentinel => has(client, "sendCommand", "getMasterNode");

const call = (client: IoRedisClient | IoRedisCluster | IoRedisNode, args: string[]): Promise<unknown> => client.call(args[0] as string, ...args.slice(1));

/**
 * An ioredis that is not ready is busy connecting, or closed. While it asks its Sentinels for the primary, `disconnect` would end it for ever, so
 * its state is looked at again when the time for an answer is over.
 */
const ioLinks = (nodes: readonly (IoRedisClient | IoRedisNode)[]): RedisLink[] =>
  nodes.filter((node) => node.status === "ready" && node.disconnect !== undefined).map((node) => {
    const reconnect = (): void => {
      if (node.status === "ready") node.disconnect?.(true);
    };
    return { ping: () => call(node, ["PING"]), reconnect };
  });

/**
 * node-redis has no word for "again": the client is destroyed and connects anew, which keeps everything but subscriptions. One that has any is
 * left as it is.
 */
const nodeLinks = (clients: readonly unknown[]): RedisLink[] =>
  clients.flatMap((client) => {
    if (!has(client, "sendCommand", "destroy", "connect")) return [];
    const node = client as NodeRedisClient;
    if (node.isReady !== true || node.isPubSubActive === true) return [];
    const reconnect = (): void => {
      if (node.isReady !== true) return;
      node.destroy?.();
      node.connect?.().catch(() => {});
    };
    return [{ ping: () => node.sendCommand(["PING"]), reconnect }];
  });

function connectIoRedis(client: IoRedisClient): RedisConnection {
  const readiness = new Readiness(client);
  return {
    send: (_key, args) => call(client, args),
    whenReady: () => readiness.wait(),
    takesBack: () => false,
    readsFromReplicas: false,
    losses: countLosses(client),
    keyPrefix: client.options?.keyPrefix ?? "",
    primaries: async () => [{ name: "0", send: (args) => call(client, args) }],
    links: () => ioLinks([client]),
  };
}

function connectIoCluster(client: IoRedisCluster): RedisConnection {
  const readiness = new Readiness(client);
  const keyPrefix = client.options?.keyPrefix ?? "";
  const scaleReads = client.options?.scaleReads;
  return {
    send: (_key, args) => call(client, args),
    whenReady: () => readiness.wait(),
    takesBack: () => false,
    readsFromReplicas: scaleReads !== undefined && scaleReads !== "master",
    losses: countLosses(client),
    keyPrefix,
    serverOf: (key) => client.slots?.[slotOf(keyPrefix + key)]?.[0],
    primaries: async () =>
      inOrder(client.nodes("master").map((node) => ({ name: `${node.options.host}:${node.options.port}`, send: (args) => call(node, args) }))),
    links: () => ioLinks(client.nodes("master")),
  };
}

/**
 * node-redis starts a timer for each command, for the time that it waits to be sent: of 5 seconds, unless the application said otherwise. The store has a limit for
 * all of its calls with one timer, and a timer for each costs more than the whole rest of a read. A shorter limit that the application has set is left alone.
 */
function withoutTimer({ options }: NodeRedisClient, limitMs: number): NodeRedisCommandOptions | undefined {
  const own = options?.commandOptions?.timeout;
  return own !== undefined && own > 0 && own < limitMs ? undefined : { timeout: 0 };
}

function connectNodeRedis(client: NodeRedisClient, limitMs: number): RedisConnection {
  const usual = withoutTimer(client, limitMs);
  return {
    send: (_key, args, signal) => client.sendCommand(args, signal === undefined ? usual : { ...usual, abortSignal: signal }),
    whenReady: () => undefined,
    takesBack: () => client.isReady !== true,
    readsFromReplicas: false,
    losses: NO_LOSSES,
    keyPrefix: "",
    primaries: async () => [{ name: "0", send: (args) => client.sendCommand(args) }],
    links: () => nodeLinks([client]),
  };
}

/** The reads say that they are none (`isReadonly` false), so that `useReplicas` never shows an old session. */
function connectNodeCluster(client: NodeRedisCluster): RedisConnection {
  return {
    send: (key, args, signal) => client.sendCommand(key, false, args, signal && { abortSignal: signal }),
    whenReady: () => undefined,
    takesBack: () => true,
    readsFromReplicas: false,
    losses: NO_LOSSES,
    keyPrefix: "",
    serverOf: (key) => client.slots?.[slotOf(key)]?.master?.address,
    primaries: async () => {
      const masters = client.masters as readonly { readonly address: string }[];
      const primaries = masters.map(async (master) => {
        const node = (await client.nodeClient(master as never)) as NodeRedisClient;
        return { name: master.address, send: (args: string[]) => node.sendCommand(args) };
      });
      return inOrder(await Promise.all(primaries));
    },
    links: () => nodeLinks((client.masters as readonly { readonly client?: unknown }[]).map((master) => master.client)),
  };
}

function connectNodeSentinel(client: NodeRedisSentinel): RedisConnection {
  return {
    send: (_key, args, signal) => client.sendCommand(false, args, signal && { abortSignal: signal }),
    whenReady: () => undefined,
    takesBack: () => true,
    readsFromReplicas: false,
    losses: NO_LOSSES,
    keyPrefix: "",
    primaries: async () => [{ name: "0", send: (args) => client.sendCommand(false, args) }],
    links: () => [],
  };
}

const inOrder = (primaries: RedisPrimary[]): RedisPrimary[] => primaries.sort((a, b) => (a.name < b.name ? -1 : 1));
