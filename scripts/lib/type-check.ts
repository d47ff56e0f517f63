import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

export interface Diagnostic {
  /** As it was named in the call, or relative to the root for a file of the project. */
  readonly file: string;
  readonly line: number;
  /** For instance `TS2345`. */
  readonly code: string;
  readonly message: string;
}

export interface TypeCheckOptions {
  /** Compiler options beside those of the project's own tsconfig.json. */
  readonly compilerOptions?: Readonly<Record<string, unknown>>;
  /** Where the project stands. Default: the working folder. */
  readonly root?: string;
}

const MESSAGE = /^(.+?)\((\d+),\d+\): error (TS\d+): (.*)$/;

/**
 * Type-checks texts as modules of one program, inside the package, so that they can import it by its own name.
 * The keys of `sources` are file names, which may have folders.
 */
export function typeCheck(sources: Readonly<Record<string, string>>, options: TypeCheckOptions = {}): Diagnostic[] {
  const root = resolve(options.root ?? ".");
  return inScratchFolder(root, (folder) => {
    for (const [name, text] of Object.entries(sources)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return runCompiler(root, folder, Object.keys(sources), options.compilerOptions ?? {});
  });
}

/** A new folder under `tmp/`, which belongs to the package and not to the repository; removed afterwards. */
export function inScratchFolder<T>(root: string, use: (folder: string) => T): T {
  mkdirSync(join(root, "tmp"), { recursive: true });
  const folder = mkdtempSync(join(root, "tmp", "check-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runCompiler(root: string, folder: string, files: readonly string[], compilerOptions: Readonly<Record<string, unknown>>): Diagnostic[] {
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: "../../tsconfig.json",
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, ...compilerOptions },
      files,
      include: [],
    }),
  );
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const { stdout, stderr, status } = spawnSync(process.execPath, [compiler, "-p", join(folder, "tsconfig.json"), "--pretty", "false"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  const diagnostics: Diagnostic[] = [];
  for (const text of stdout.split("\n")) {
    const match = MESSAGE.exec(text);
    if (match === null) continue;
    const [, path = "", line = "0", code = "", message = ""] = match;
    const inFolder = relative(folder, resolve(root, path)).replaceAll(sep, "/");
    diagnostics.push({ file: inFolder.startsWith("..") ? path : inFolder, line: Number(line), code, message });
  }
  if (status !== 0 && diagnostics.length === 0) throw new Error(`The compiler failed without naming a file: ${stdout}${stderr}`);
  return diagnostics;
}
