#!/usr/bin/env node
/** The program `coatcheck`. What it does is in `run.ts`; here it meets the process. */
import { spawn } from "node:child_process";
import { Console } from "node:console";
import process from "node:process";
import { systemClock } from "../clock.ts";
import { EXIT } from "./failure.ts";
import { TypesNeedFlag } from "./load-config.ts";
import { runCommandLine } from "./run.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
const FLAG = "--experimental-strip-types";

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of SIGNALS) process.once(signal, () => controller.abort());
  return controller.signal;
}

/** The same command once more, in a Node that reads TypeScript. */
function startAgain(): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, FLAG, "--disable-warning=ExperimentalWarning", ...process.argv.slice(1)], { stdio: "inherit" });
    for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? EXIT.failed));
  });
}

async function main(): Promise<number> {
  // What the application prints must not come between the lines of the result.
  globalThis.console = new Console({ stdout: process.stderr, stderr: process.stderr });
  try {
    return await runCommandLine(process.argv.slice(2), {
      cwd: process.cwd(),
      clock: systemClock,
      input: process.stdin,
      output: process.stdout,
      errors: process.stderr,
      isInteractive: process.stderr.isTTY,
      stopSignal,
    });
  } catch (error) {
    if (!(error instanceof TypesNeedFlag)) throw error;
    if (!process.execArgv.includes(FLAG)) return startAgain();
    process.stderr.write("coatcheck: This Node cannot read TypeScript: write the configuration as coatcheck.config.mjs, or use Node 22.13 or later.\n");
    return EXIT.usage;
  }
}

const exitCode = await main();
// The application may hold a pool open, which would keep the process alive. Written last, this runs when all output has left.
process.stdout.write("", () => process.stderr.write("", () => process.exit(exitCode)));
