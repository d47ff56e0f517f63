import { Redis } from "ioredis";
import { startOwnRedis, type RedisEngine } from "./redis.ts";
import { freePort, until } from "./server-process.ts";

const PRIMARIES = 3;
const SLOTS = 16_384;

/** Quick to notice a dead node; replicas never refuse to take over. */
const SETTINGS = (busPort: number): string[] => [
  ...["--cluster-enabled", "yes", "--cluster-port", String(busPort), "--cluster-node-timeout", "1000", "--cluster-replica-validity-factor", "0"],
  ...["--appendonly", "no", "--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0", "--min-replicas-to-write", "0"],
];

export interface RedisClusterEngine {
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  /** The process behind a port, for tests that kill it. */
  engineAt(port: number): RedisEngine | undefined;
  stop(): Promise<void>;
}

/** Three primaries with a replica each: `TEST_REDIS_CLUSTER_URLS` (with commas between), or six throwaway servers. */
export async function startRedisCluster(): Promise<RedisClusterEngine> {
  const existing = process.env["TEST_REDIS_CLUSTER_URLS"];
  if (existing !== undefined) {
    const nodes = existing.split(",").map((text) => new URL(text.trim())).map((url) => ({ host: url.hostname, port: Number(url.port) }));
    return { nodes, engineAt: () => undefined, stop: async () => {} };
  }
  const engines = await Promise.all(Array.from({ length: 2 * PRIMARIES }, async () => startOwnRedis(SETTINGS(await freePort()))));
  const admins = engines.map((engine) => new Redis(engine.url, { lazyConnect: false }));
  try {
    await form(engines, admins);
  } finally {
    for (const admin of admins) admin.disconnect();
  }
  return {
    nodes: engines.map(({ host, port }) => ({ host, port })),
    engineAt: (port) => engines.find((engine) => engine.port === port),
    stop: async () => {
      await Promise.all(engines.map((engine) => engine.stop()));
    },
  };
}

async function form(engines: readonly RedisEngine[], admins: readonly Redis[]): Promise<void> {
  const first = admins[0] as Redis;
  for (const [index, admin] of admins.entries()) {
    await admin.call("CLUSTER", "SET-CONFIG-EPOCH", String(index + 1));
    if (index < PRIMARIES) {
      const [from, to] = [Math.ceil((index * SLOTS) / PRIMARIES), Math.ceil(((index + 1) * SLOTS) / PRIMARIES) - 1];
      await admin.call("CLUSTER", "ADDSLOTSRANGE", String(from), String(to));
    }
  }
  for (const engine of engines.slice(1)) {
    const busPort = String(await busPortOf(admins[engines.indexOf(engine)] as Redis));
    await first.call("CLUSTER", "MEET", engine.host, String(engine.port), busPort);
  }
  for (const admin of admins) await until("all nodes know one another", async () => (await clusterInfo(admin, "cluster_known_nodes")) === String(engines.length));
  const ids = await Promise.all(admins.map((admin) => admin.call("CLUSTER", "MYID") as Promise<string>));
  for (let index = 0; index < PRIMARIES; index++) {
    const replica = admins[PRIMARIES + index] as Redis;
    await until("the replica knows its primary", async () => ((await replica.call("CLUSTER", "NODES")) as string).includes(ids[index] as string));
    await replica.call("CLUSTER", "REPLICATE", ids[index] as string);
  }
  for (const admin of admins) await until("the cluster is whole", async () => (await clusterInfo(admin, "cluster_state")) === "ok");
  for (const admin of admins.slice(0, PRIMARIES)) await until("each replica is in step", async () => /slave0:.*state=online/.test(await admin.info("replication")));
  for (const admin of admins) {
    await until("everybody knows the roles", async () => ((await admin.call("CLUSTER", "NODES")) as string).split("\n").filter((line) => line.includes("slave")).length === PRIMARIES);
  }
}

async function busPortOf(admin: Redis): Promise<number> {
  const [, value] = (await admin.config("GET", "cluster-port")) as string[];
  return Number(value);
}

async function clusterInfo(admin: Redis, field: string): Promise<string | undefined> {
  const text = (await admin.call("CLUSTER", "INFO")) as string;
  return new RegExp(`^${field}:(.*?)\r?$`, "m").exec(text)?.[1];
}
