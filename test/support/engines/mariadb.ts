import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { findEngine, requireEngine } from "../engine.ts";
import { runAs } from "./run-as.ts";
import { freePort, ServerProcess, temporaryFolder } from "./server-process.ts";

/** A MariaDB (or MySQL) to test with. */
export interface MariadbEngine {
  /** Without a database at its end where the server is ours: `database` is what to use. */
  readonly url: string;
  readonly port: number;
  readonly database: string;
  /** The process that runs it; undefined when `TEST_MYSQL_URL` names one that is not ours. */
  readonly server: ServerProcess | undefined;
  stop(): Promise<void>;
}

const EXISTING = process.env["TEST_MYSQL_URL"];

/** False, or why there can be no MariaDB. */
export const mariadbMissing = (): false | string => requireEngine("mariadb", () => EXISTING !== undefined || findEngine("mariadb") !== undefined);

/** The same for tests that must stop, freeze or restart the server. */
export const ownMariadbMissing = (): false | string => requireEngine("mariadb", () => findEngine("mariadb") !== undefined);

/** The one that the environment names, or a throwaway one. */
export async function startMariadb(): Promise<MariadbEngine> {
  if (EXISTING === undefined) return startOwnMariadb(["--innodb-flush-log-at-trx-commit=0"]);
  const url = new URL(EXISTING);
  return { url: EXISTING, port: Number(url.port || 3306), database: url.pathname.slice(1), server: undefined, stop: async () => {} };
}

/**
 * A throwaway server on loopback with a folder of its own, never as root. Without settings it may be killed: InnoDB writes the
 * heads of new files late, so it is started a second time, after an orderly end. It starts on an empty folder: without the
 * system tables it knows no users and lets everybody in, and a folder is a database.
 */
export async function startOwnMariadb(settings: readonly string[] = []): Promise<MariadbEngine> {
  const [folder, port, user] = [await temporaryFolder("mariadb"), await freePort(), runAs("mysql")];
  const data = join(folder.path, "data");
  const database = "coatcheck";
  for (const path of [folder.path, data, join(data, database)]) {
    mkdirSync(path, { recursive: true });
    user.own(path);
  }
  const [command = "", ...args] = [
    ...user.prefix,
    findEngine("mariadb") as string,
    "--no-defaults",
    `--datadir=${data}`,
    `--port=${port}`,
    "--bind-address=127.0.0.1",
    `--socket=${join(folder.path, "s")}`,
    `--pid-file=${join(folder.path, "pid")}`,
    "--skip-grant-tables",
    "--performance-schema=off",
    "--max-connections=200",
    ...settings,
  ];
  const server = new ServerProcess({ command, args, isReady: /ready for connections/, cwd: folder.path });
  await server.start();
  if (settings.length === 0) {
    await server.stop("SIGTERM");
    await server.start();
  }
  const stop = async (): Promise<void> => {
    await server.stop();
    await folder.remove();
  };
  return { url: `mysql://root@127.0.0.1:${port}/${database}`, port, database, server, stop };
}
