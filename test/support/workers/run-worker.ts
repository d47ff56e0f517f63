import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { StoreJob } from "./store-worker.ts";

const WORKER = fileURLToPath(new URL("store-worker.ts", import.meta.url));

export interface StoreWorker {
  /** Lets it begin. */
  go(): void;
  /** What it found. */
  readonly result: Promise<unknown>;
}

/** Starts a second process on a store; it has opened the store when this resolves. */
export async function startStoreWorker(kind: string, address: string, prefix: string, job: StoreJob): Promise<StoreWorker> {
  const child = spawn(process.execPath, ["--conditions=coatcheck-source", WORKER, kind, address, prefix, JSON.stringify(job)], { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  const lines: string[] = [];
  child.stdout.setEncoding("utf8");
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (chunk: string) => {
      output += chunk;
      lines.splice(0, lines.length, ...output.split("\n").slice(0, -1));
      if (lines[0] === "ready") resolve();
    });
    child.once("exit", (code) => reject(new Error(`the worker ended with ${code} before it was ready`)));
  });
  const ended = once(child, "exit") as Promise<[number | null]>;
  await ready;
  return {
    go: () => {
      child.stdin.write("go\n");
    },
    result: ended.then(([code]): unknown => {
      if (code !== 0) throw new Error(`the worker ended with ${code}`);
      return JSON.parse(lines[1] ?? "null");
    }),
  };
}
