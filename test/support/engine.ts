import { existsSync, globSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * The programs that tests start, and where else than on PATH they are found. `scripts/provision` installs them on Debian.
 * The last match of a pattern wins, so that the newest version is used.
 */
const engines = {
  chromium: { commands: ["chromium", "chromium-browser", "google-chrome"], patterns: [] },
  postgres: { commands: ["postgres"], patterns: ["/usr/lib/postgresql/*/bin/postgres"] },
  mariadb: { commands: ["mariadbd", "mysqld"], patterns: ["/usr/sbin/mariadbd"] },
  redis: { commands: ["redis-server", "valkey-server"], patterns: [] },
  memcached: { commands: ["memcached"], patterns: [] },
} as const;

export type EngineName = keyof typeof engines;

/** The full path of an engine's program, or undefined. */
export function findEngine(name: EngineName): string | undefined {
  const { commands, patterns } = engines[name];
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const command of commands) {
    const found = folders.map((folder) => join(folder, command)).find((path) => existsSync(path));
    if (found !== undefined) return found;
  }
  return patterns.flatMap((pattern) => globSync(pattern).sort()).at(-1);
}

/**
 * For `describe("…", { skip: requireEngine("redis", () => …) }, …)`: false when `probe` finds what the tests need, otherwise the reason for
 * the skip. Where `CI` is set it throws instead, since a green run without the engine would prove nothing.
 */
export function requireEngine(name: string, probe: () => boolean): false | string {
  if (probe()) return false;
  const reason = `missing engine: ${name} (run scripts/provision, or install it yourself)`;
  if (process.env["CI"]) throw new Error(reason);
  return reason;
}

/** `requireEngine` for an engine that this file knows. */
export function engineMissing(name: EngineName): false | string {
  return requireEngine(name, () => findEngine(name) !== undefined);
}
