import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Subpaths that the exports map names before their files exist. Empty when the package is published. */
export const plannedDoors: readonly string[] = [];

/** Commands that package.json names before they exist. Empty when the package is published. */
export const plannedCommands: readonly string[] = [];

export interface Door {
  /** `.` or `./express`. */
  readonly subpath: string;
  /** The name that users import: `coatcheck` or `coatcheck/express`. */
  readonly specifier: string;
  readonly conditions: Readonly<Record<string, string>>;
  readonly source: string;
  readonly types: string;
  readonly module: string;
}

export interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly sideEffects: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

export function readManifest(root = "."): Manifest {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
}

/** Every subpath that leads to a module. */
export function listDoors(manifest: Manifest): Door[] {
  return Object.entries(manifest.exports).flatMap(([subpath, target]) =>
    typeof target === "string"
      ? []
      : [
          {
            subpath,
            specifier: manifest.name + subpath.slice(1),
            conditions: target,
            source: target["coatcheck-source"] ?? "",
            types: target["types"] ?? "",
            module: target["default"] ?? "",
          },
        ],
  );
}

/** The doors whose sources exist. */
export function listOpenDoors(manifest: Manifest, root = "."): Door[] {
  return listDoors(manifest).filter(({ source }) => existsSync(join(root, source)));
}
