import { findEngine, requireEngine } from "../engine.ts";
import { freePort, ServerProcess, temporaryFolder } from "./server-process.ts";

export interface MemcachedEngine {
  readonly host: string;
  readonly port: number;
  /** `host:port`, as clients want it. */
  readonly address: string;
  /** Undefined when `TEST_MEMCACHED_URL` names one that is not ours. */
  readonly server: ServerProcess | undefined;
  stop(): Promise<void>;
}

const EXISTING = process.env["TEST_MEMCACHED_URL"];

/** False, or why there can be no memcached. */
export const memcachedMissing = (): false | string => requireEngine("memcached", () => EXISTING !== undefined || findEngine("memcached") !== undefined);

/** The same for tests that must stop the server themselves. */
export const ownMemcachedMissing = (): false | string => requireEngine("memcached", () => findEngine("memcached") !== undefined);

/** The one that `TEST_MEMCACHED_URL` names (`memcached://host:port`), or a throwaway one. */
export async function startMemcached(): Promise<MemcachedEngine> {
  if (EXISTING === undefined) return startOwnMemcached();
  const url = new URL(EXISTING);
  const port = Number(url.port || 11_211);
  return { host: url.hostname, port, address: `${url.hostname}:${port}`, server: undefined, stop: async () => {} };
}

/** A throwaway server on loopback, TCP only, never as root. */
export async function startOwnMemcached(settings: readonly string[] = []): Promise<MemcachedEngine> {
  const [folder, port] = [await temporaryFolder("memcached"), await freePort()];
  const user = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
  const server = new ServerProcess({
    command: findEngine("memcached") as string,
    args: ["-p", String(port), "-U", "0", "-l", "127.0.0.1", "-t", "1", "-vv", ...user, ...settings],
    isReady: /server listening/,
    cwd: folder.path,
  });
  await server.start();
  const stop = async (): Promise<void> => {
    await server.stop();
    await folder.remove();
  };
  return { host: "127.0.0.1", port, address: `127.0.0.1:${port}`, server, stop };
}
