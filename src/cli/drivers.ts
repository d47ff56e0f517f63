import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { usageFailure } from "./failure.ts";

export interface Driver {
  /** Which of the packages was there. */
  readonly name: string;
  /** What it exports. */
  readonly module: unknown;
}

/**
 * The first of the packages that is installed where the command runs.
 *
 * @param engine for the sentence that names the cure
 * @throws CommandFailure when none is
 */
export async function importDriver(cwd: string, engine: string, names: readonly string[]): Promise<Driver> {
  const { resolve } = createRequire(join(cwd, "package.json"));
  for (const name of names) {
    let path: string;
    try {
      path = resolve(name);
    } catch {
      continue;
    }
    const module = (await import(pathToFileURL(path).href)) as { default?: unknown };
    // Of a CommonJS package the default is everything that it exports; its names may be unknown to import().
    return { name, module: module.default ?? module };
  }
  const packages = names.map((name) => name.split("/")[0] as string);
  throw usageFailure(`${engine} needs the package ${packages.join(" or ")}, which is not installed here: run \`npm install ${packages[0]}\`.`);
}
