import { findEngine, requireEngine } from "../engine.ts";
import { freePort, ServerProcess, temporaryFolder } from "./server-process.ts";

/** A Redis (or Valkey) to test with. */
export interface RedisEngine {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** The process that runs it; undefined when `TEST_REDIS_URL` or `TEST_VALKEY_URL` names one that is not ours. */
  readonly server: ServerProcess | undefined;
  stop(): Promise<void>;
}

const EXISTING = process.env["TEST_REDIS_URL"] ?? process.env["TEST_VALKEY_URL"];

/** False, or why there can be no Redis. */
export const redisMissing = (): false | string => requireEngine("redis", () => EXISTING !== undefined || findEngine("redis") !== undefined);

/** The same for tests that must start, stop or configure the server themselves. */
export const ownRedisMissing = (): false | string => requireEngine("redis", () => findEngine("redis") !== undefined);

/** The one that the environment names, or a throwaway one. */
export async function startRedis(): Promise<RedisEngine> {
  if (EXISTING === undefined) return startOwnRedis();
  const url = new URL(EXISTING);
  return { host: url.hostname, port: Number(url.port || 6379), url: EXISTING, server: undefined, stop: async () => {} };
}

/** A throwaway server on loopback with a folder of its own. Every acknowledged write is on disk, so that it survives a kill. */
export async function startOwnRedis(settings: readonly string[] = ["--appendonly", "yes", "--appendfsync", "always"], port?: number): Promise<RedisEngine> {
  const [folder, ownPort] = [await temporaryFolder("redis"), port ?? (await freePort())];
  const server = new ServerProcess({
    command: findEngine("redis") as string,
    args: ["--port", String(ownPort), "--bind", "127.0.0.1", "--dir", folder.path, "--save", "", "--daemonize", "no", "--loglevel", "notice", "--logfile", "", ...settings],
    isReady: /Ready to accept connections/,
    cwd: folder.path,
  });
  await server.start();
  const stop = async (): Promise<void> => {
    await server.stop();
    await folder.remove();
  };
  return { host: "127.0.0.1", port: ownPort, url: `redis://127.0.0.1:${ownPort}`, server, stop };
}
