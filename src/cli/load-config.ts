import { existsSync } from "node:fs";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isCoatcheck, type Coatcheck } from "../coat/coatcheck.ts";
import { EXIT, CommandFailure, usageFailure } from "./failure.ts";

const NAMES = ["coatcheck.config.ts", "coatcheck.config.js", "coatcheck.config.mjs"] as const;

/** This Node reads TypeScript only when it is told so at its start. */
export class TypesNeedFlag extends Error {}

/** The application's module: what was named, or the first of the usual names that is there. */
export function findConfig(cwd: string, named: string | undefined): string | null {
  if (named !== undefined) {
    const path = resolve(cwd, named);
    if (!existsSync(path)) throw usageFailure(`--config: there is no file ${JSON.stringify(named)}.`);
    return path;
  }
  return NAMES.map((name) => resolve(cwd, name)).find((path) => existsSync(path)) ?? null;
}

export interface LoadedConfig {
  readonly cloakroom: Coatcheck;
  readonly exports: Readonly<Record<string, unknown>>;
}

/**
 * The cloakroom that a module exports, as default or by the name `cloakroom`.
 *
 * @throws TypesNeedFlag for TypeScript where this process cannot read it
 */
export async function loadConfig(path: string): Promise<LoadedConfig> {
  if (/^\.[cm]?ts$/.test(extname(path)) && !(process.features as { typescript?: unknown }).typescript) throw new TypesNeedFlag();
  let exports: Record<string, unknown>;
  try {
    exports = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (cause) {
    throw explainImport(path, cause);
  }
  for (const candidate of [await exports["default"], await exports["cloakroom"]]) {
    if (isCoatcheck(candidate)) return { cloakroom: candidate, exports };
  }
  throw usageFailure(`${path} exports no cloakroom: add \`export const cloakroom = createCoatcheck(…)\`, or export it as default.`);
}

/** What was thrown is passed on when it is Coatcheck's own, since that names a setting and the cure. */
function explainImport(path: string, cause: unknown): unknown {
  const { code, name } = cause as { code?: unknown; name?: unknown };
  if (typeof code === "string" && code.startsWith("COAT_")) return cause;
  const what = typeof code === "string" ? code : typeof name === "string" ? name : "an error";
  return new CommandFailure(EXIT.usage, `${path} cannot be loaded (${what}); --verbose shows why.`, { cause });
}
