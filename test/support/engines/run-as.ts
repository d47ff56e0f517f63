import { execFileSync } from "node:child_process";
import { chownSync } from "node:fs";

/** How to start a program that refuses to run as root: as the user whom its package made. */
export interface RunAs {
  /** What stands before the command. */
  readonly prefix: readonly string[];
  /** Gives a folder to that user. */
  own(path: string): void;
}

/** The user, when this process is root; otherwise whoever we are. `setpriv` becomes the program, so its pid stays the same. */
export function runAs(user: string): RunAs {
  if (process.getuid?.() !== 0) return { prefix: [], own: () => {} };
  const idOf = (flag: string): number => Number(execFileSync("id", [flag, user], { encoding: "utf8" }));
  const [uid, gid] = [idOf("-u"), idOf("-g")];
  return {
    prefix: ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"],
    own: (path) => chownSync(path, uid, gid),
  };
}
