import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const KEPT_MS = 3_600_000;
const root = fileURLToPath(new URL("../../", import.meta.url));

/** Compiles the sources into `dist/` of a folder, which goes away again when they do not compile. */
function compile(stage: string): void {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json", "--pretty", "false", "--outDir", join(stage, "dist")], { cwd: root, encoding: "utf8" });
  if (status === 0) return;
  rmSync(stage, { recursive: true, force: true });
  throw new Error(`The sources do not compile:\n${stdout}`);
}

/** Runs npm itself, quietly and without the network. */
export function npm(args: readonly string[], cwd: string): string {
  return execFileSync("npm", [...args, "--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32",
  });
}

/**
 * The tarball that would be published from the sources as they are now. It is built beside `dist/`, under `tmp/`, and kept
 * for the next test that asks while nothing has changed.
 */
export function packTarball(): string {
  const inputs = ["src/**/*.ts", "package.json", "tsconfig*.json", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "docs/**/*.{md,png}"].flatMap((pattern) => globSync(pattern, { cwd: root })).sort();
  const hash = createHash("sha256");
  for (const input of inputs) hash.update(`${input}\0`).update(readFileSync(join(root, input))).update("\0");
  const kept = join(root, "tmp", "packed", hash.digest("hex").slice(0, 16));
  const tarball = join(kept, "coatcheck.tgz");
  if (existsSync(tarball)) return tarball;

  mkdirSync(join(root, "tmp", "packed"), { recursive: true });
  removeOld(join(root, "tmp", "packed"));
  const stage = mkdtempSync(join(root, "tmp", "packed", "stage-"));
  compile(stage);
  for (const input of inputs) {
    if (!input.startsWith("tsconfig")) cpSync(join(root, input), join(stage, input), { recursive: true });
  }
  const [name] = npm(["pack", "--silent"], stage).trim().split("\n").slice(-1);
  renameSync(join(stage, name ?? ""), join(stage, "coatcheck.tgz"));
  try {
    renameSync(stage, kept);
  } catch (error) {
    // Another run made the same tarball meanwhile.
    rmSync(stage, { recursive: true, force: true });
    if (!existsSync(tarball)) throw error;
  }
  return tarball;
}

function removeOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (statSync(join(folder, name)).mtimeMs < Date.now() - KEPT_MS) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** A new folder outside the repository with the packed package installed, and nothing else. Remove it afterwards. */
export function installPacked(): string {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-consumer-"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", version: "1.0.0", private: true, type: "module" }));
  npm(["install", "--no-save", "--no-package-lock", packTarball()], folder);
  return folder;
}

/** Makes packages of the project's own node_modules resolvable in another folder. */
export function linkPackages(folder: string, names: readonly string[]): void {
  for (const name of names) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve(root, "node_modules", name), link, "dir");
  }
}
