/** ioredis (or iovalkey): `new Redis(...)`, Sentinel included. Only these members are used. */
export interface IoRedisClient {
  call(command: string, ...args: string[]): Promise<unknown>;
  readonly status: string;
  on(event: "ready" | "end" | "close", listener: () => void): unknown;
  off(event: "ready" | "end", listener: () => void): unknown;
  disconnect?(reconnect?: boolean): void;
  readonly options?: { readonly keyPrefix?: string | undefined };
}

/** ioredis: `new Redis.Cluster(...)`. */
export interface IoRedisCluster extends Omit<IoRedisClient, "options" | "on"> {
  on(event: "ready" | "end", listener: () => void): unknown;
  on(event: "+node", listener: (node: IoRedisNode) => void): unknown;
  nodes(role: "master" | "all"): readonly IoRedisNode[];
  readonly slots?: readonly (readonly string[] | undefined)[];
  readonly options?: { readonly keyPrefix?: string | undefined; readonly scaleReads?: unknown };
}

/** One node of an ioredis Cluster. */
export interface IoRedisNode {
  call(command: string, ...args: string[]): Promise<unknown>;
  readonly status?: string;
  on?(event: "close", listener: () => void): unknown;
  disconnect?(reconnect?: boolean): void;
  readonly options: { readonly host?: string | undefined; readonly port?: number | undefined };
}

/** What node-redis is told with a command. */
export interface NodeRedisCommandOptions {
  abortSignal?: AbortSignal;
  timeout?: number;
}

/** node-redis 5 or later: `createClient(...)` or `createClientPool(...)`. */
export interface NodeRedisClient {
  sendCommand(args: string[], options?: NodeRedisCommandOptions): Promise<unknown>;
  readonly isReady?: boolean;
  readonly isPubSubActive?: boolean;
  readonly options?: { readonly commandOptions?: { readonly timeout?: number | undefined } | undefined } | undefined;
  destroy?(): void;
  connect?(): Promise<unknown>;
}

/** node-redis: `createCluster(...)`. */
export interface NodeRedisCluster {
  sendCommand(firstKey: string | undefined, isReadonly: boolean | undefined, args: string[], options?: NodeRedisCommandOptions): Promise<unknown>;
  readonly masters: readonly unknown[];
  readonly slots?: readonly ({ readonly master?: { readonly address?: string } } | undefined)[];
  nodeClient(node: never): unknown;
}

/** node-redis: `createSentinel(...)`. */
export interface NodeRedisSentinel {
  sendCommand(isReadonly: boolean | undefined, args: string[], options?: NodeRedisCommandOptions): Promise<unknown>;
  getMasterNode(): unknown;
}

/** Every client that `redisStore` takes. It stays yours: connect it, give it an `error` listener, and close it. */
export type RedisClient = IoRedisClient | IoRedisCluster | NodeRedisClient | NodeRedisCluster | NodeRedisSentinel;
