import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ChildName, SectionResults, SectionSettings } from "./sections.ts";

const CHILD = fileURLToPath(new URL("./child.ts", import.meta.url));

/**
 * The young generation has the size that it grows to by itself under load, from the beginning: then a slice, which follows a
 * collection, fits into it, and no contender is charged for what another left behind. Marking happens at once instead of
 * bit by bit: the requests that lie ready make the old generation grow far faster than a server's, and while marking goes
 * on every store into an object costs more, which would be charged to whoever happens to run.
 */
const FLAGS = ["--expose-gc", "--min-semi-space-size=16", "--max-semi-space-size=16", "--no-incremental-marking"];

/** Runs one part in a fresh process, so that no part meets code that another has warmed up or spoiled. */
export function runChild<Name extends ChildName>(name: Name, settings: SectionSettings): Promise<SectionResults[Name]> {
  const { NODE_ENV: _, ...environment } = process.env;
  const child = fork(CHILD, [name, JSON.stringify(settings)], {
    execArgv: [...process.execArgv, ...FLAGS],
    env: environment,
    serialization: "advanced",
  });
  return new Promise((resolve, reject) => {
    let result: SectionResults[Name] | undefined;
    child.on("message", (message) => {
      result = message as SectionResults[Name];
      child.disconnect();
    });
    child.on("error", reject);
    child.on("exit", (code) => {
      if (code === 0 && result !== undefined) resolve(result);
      else reject(new Error(`The part ${name} ended with code ${code} and ${result === undefined ? "no" : "a"} result.`));
    });
  });
}
