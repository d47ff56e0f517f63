import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A port on loopback that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** What the server prints when it takes connections; it is looked for in both outputs. */
  readonly isReady: RegExp;
  readonly cwd: string;
}

const MOST_STARTUP_MS = 20_000;

/** A server that this test process started, and ends at the latest when it ends itself. */
export class ServerProcess {
  readonly #command: ServerCommand;
  #child: ChildProcess | undefined;
  #output = "";

  constructor(command: ServerCommand) {
    this.#command = command;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts it and waits until it says that it is ready. */
  async start(): Promise<void> {
    const { command, args, cwd, isReady } = this.#command;
    const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    process.once("exit", this.#endNow);
    this.#output = "";
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${command} was not ready in time:\n${this.#output}`)), MOST_STARTUP_MS);
      const hear = (chunk: Buffer): void => {
        this.#output = (this.#output + chunk.toString()).slice(-8000);
        if (isReady.test(this.#output)) settle();
      };
      const settle = (error?: Error): void => {
        clearTimeout(timer);
        child.off("error", settle);
        child.off("exit", exited);
        if (error) reject(error);
        else resolve();
      };
      const exited = (): void => settle(new Error(`${command} ended before it was ready:\n${this.#output}`));
      child.stdout?.on("data", hear);
      child.stderr?.on("data", hear);
      child.on("error", settle);
      child.on("exit", exited);
    });
  }

  /** Ends it and waits until it has ended. `SIGKILL` leaves it no time to say goodbye. */
  async stop(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    process.off("exit", this.#endNow);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGCONT");
    child.kill(signal);
    await ended;
  }

  /** Stops the clock of the process: it keeps its connections, takes new ones, and answers nobody. */
  async freeze(): Promise<void> {
    this.#child?.kill("SIGSTOP");
    const file = `/proc/${this.pid}/stat`;
    if (existsSync(file)) await until("the server stands still", () => /\) T /.test(readFileSync(file, "utf8")));
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  readonly #endNow = (): void => {
    this.#child?.kill("SIGKILL");
  };
}

/** A temporary folder, and the function that removes it. */
export async function temporaryFolder(name: string): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), `coatcheck-${name}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/**
 * Asks again and again, a few milliseconds apart, until the answer is yes.
 *
 * @throws Error with `what` when it takes longer than `mostMs`.
 */
export async function until(what: string, isTrue: () => Promise<boolean> | boolean, mostMs = 20_000): Promise<void> {
  const end = Date.now() + mostMs;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`waited ${mostMs} ms in vain: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}
