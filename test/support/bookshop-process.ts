import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A bookshop in a process of its own, started as `npm start` starts it. */
export interface BookshopProcess {
  readonly url: string;
  readonly port: number;
  /** Ends the process and waits until it is gone. @returns the exit code, or the signal that ended it */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<number | string | null>;
}

/** Starts the shop and waits until it says where it listens. @param port 0 for any @param settings further ones, as its README names them */
export async function startBookshop(databasePath: string, port = 0, settings: Readonly<Record<string, string>> = {}): Promise<BookshopProcess> {
  const child = spawn(process.execPath, ["--conditions=coatcheck-source", "examples/bookshop/main.ts"], {
    cwd: ROOT,
    env: { ...process.env, ...settings, BOOKSHOP_DB: databasePath, PORT: String(port) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await readUrl(child);
  return {
    url,
    port: Number(new URL(url).port),
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode;
      child.kill(signal);
      const [code, endedBy] = (await once(child, "exit")) as [number | null, string | null];
      return code ?? endedBy;
    },
  };
}

async function readUrl(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("The shop has no standard output.");
  for await (const line of createInterface(child.stdout)) {
    const found = /http:\/\/\S+/.exec(line)?.[0];
    if (found !== undefined) return found;
  }
  throw new Error("The shop ended before it opened.");
}
