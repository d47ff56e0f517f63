import { Redis } from "ioredis";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findEngine } from "../engine.ts";
import { ownRedisMissing, startOwnRedis, type RedisEngine } from "./redis.ts";
import { freePort, ServerProcess, temporaryFolder, until } from "./server-process.ts";

export interface RedisSentinelEngine {
  /** What the sentinels call the group. */
  readonly name: string;
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  /** The server that is primary until somebody kills it; undefined when `TEST_REDIS_SENTINEL_URL` names sentinels that are not ours. */
  readonly primary: RedisEngine | undefined;
  stop(): Promise<void>;
}

const EXISTING = process.env["TEST_REDIS_SENTINEL_URL"];

/** False, or why there can be no Sentinel. */
export const redisSentinelMissing = (): false | string => (EXISTING === undefined ? ownRedisMissing() : false);

/** The one that `TEST_REDIS_SENTINEL_URL` names (`redis://host:port/NAME`, several with commas between), or a throwaway one. */
export async function startRedisSentinel(): Promise<RedisSentinelEngine> {
  if (EXISTING === undefined) return startOwnRedisSentinel();
  const urls = EXISTING.split(",").map((text) => new URL(text.trim()));
  const name = urls.map(({ pathname }) => decodeURIComponent(pathname.slice(1))).find((one) => one !== "");
  if (name === undefined) throw new Error("TEST_REDIS_SENTINEL_URL names no group: write redis://host:port/NAME.");
  return { name, sentinels: urls.map(({ hostname, port }) => ({ host: hostname, port: Number(port || 26_379) })), primary: undefined, stop: async () => {} };
}

/** A primary, a replica, and a sentinel that notices a dead primary within half a second. */
export async function startOwnRedisSentinel(): Promise<RedisSentinelEngine & { readonly primary: RedisEngine }> {
  const settings = ["--appendonly", "no", "--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0"];
  const primary = await startOwnRedis(settings);
  const replica = await startOwnRedis([...settings, "--replicaof", `127.0.0.1 ${primary.port}`]);
  const [folder, port, name] = [await temporaryFolder("sentinel"), await freePort(), "coats"];
  const file = join(folder.path, "sentinel.conf");
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    "daemonize no",
    `dir ${folder.path}`,
    `sentinel monitor ${name} 127.0.0.1 ${primary.port} 1`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 3000`,
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  const sentinel = new ServerProcess({ command: findEngine("redis") as string, args: [file, "--sentinel"], isReady: /\+monitor/, cwd: folder.path });
  await sentinel.start();
  await waitForReplica(primary.url, port, name);
  return {
    name,
    sentinels: [{ host: "127.0.0.1", port }],
    primary,
    stop: async () => {
      await sentinel.stop();
      await Promise.all([primary.stop(), replica.stop()]);
      await folder.remove();
    },
  };
}

async function waitForReplica(primaryUrl: string, sentinelPort: number, name: string): Promise<void> {
  const primary = new Redis(primaryUrl);
  const sentinel = new Redis(sentinelPort, "127.0.0.1");
  try {
    await until("the replica is in step", async () => /slave0:.*state=online/.test(await primary.info("replication")));
    await until("the sentinel knows the replica", async () => ((await sentinel.call("SENTINEL", "REPLICAS", name)) as unknown[]).length === 1);
  } finally {
    primary.disconnect();
    sentinel.disconnect();
  }
}
