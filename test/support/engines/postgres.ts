import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { findEngine, requireEngine } from "../engine.ts";
import { runAs } from "./run-as.ts";
import { freePort, ServerProcess, temporaryFolder } from "./server-process.ts";

/** A PostgreSQL to test with. */
export interface PostgresEngine {
  readonly url: string;
  readonly port: number;
  /** The process that runs it; undefined when `TEST_POSTGRES_URL` names one that is not ours. */
  readonly server: ServerProcess | undefined;
  stop(): Promise<void>;
}

const EXISTING = process.env["TEST_POSTGRES_URL"];

/** False, or why there can be no PostgreSQL. */
export const postgresMissing = (): false | string => requireEngine("postgres", () => EXISTING !== undefined || findEngine("postgres") !== undefined);

/** The same for tests that must stop, freeze or restart the server. */
export const ownPostgresMissing = (): false | string => requireEngine("postgres", () => findEngine("postgres") !== undefined);

/** The one that the environment names, or a throwaway one. */
export async function startPostgres(): Promise<PostgresEngine> {
  if (EXISTING === undefined) return startOwnPostgres(["-c", "fsync=off", "-c", "synchronous_commit=off"]);
  return { url: EXISTING, port: Number(new URL(EXISTING).port || 5432), server: undefined, stop: async () => {} };
}

/**
 * A throwaway server on loopback with a folder of its own, never as root. Without settings it is as durable as it is
 * anywhere, so that acknowledged writes outlive a kill.
 */
export async function startOwnPostgres(settings: readonly string[] = []): Promise<PostgresEngine> {
  const command = findEngine("postgres") as string;
  const [folder, port, user] = [await temporaryFolder("postgres"), await freePort(), runAs("postgres")];
  user.own(folder.path);
  const data = join(folder.path, "data");
  const [initCommand = "", ...initArgs] = [...user.prefix, join(dirname(command), "initdb"), "-D", data, "-U", "coatcheck", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
  execFileSync(initCommand, initArgs, { cwd: folder.path, stdio: ["ignore", "ignore", "pipe"] });
  const [program = "", ...args] = [...user.prefix, command, "-D", data, "-h", "127.0.0.1", "-p", String(port), "-k", folder.path, "-c", "max_connections=120", ...settings];
  const server = new ServerProcess({ command: program, args, isReady: /ready to accept connections/, cwd: folder.path });
  await server.start();
  const stop = async (): Promise<void> => {
    // The immediate shutdown: children are told to end too.
    await server.stop("SIGQUIT");
    await folder.remove();
  };
  return { url: `postgres://coatcheck@127.0.0.1:${port}/postgres`, port, server, stop };
}
