import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import type { Clock } from "coatcheck";
import { runCommandLine } from "../../src/cli/run.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const noise = "--disable-warning=ExperimentalWarning";
const root = fileURLToPath(new URL("../../", import.meta.url));

/** A new folder in which `coatcheck` can be imported, with these files. Goes away after the test file. */
export function makeFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-cli-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules", "coatcheck"), "dir");
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly clock?: Clock;
  readonly input?: string;
  readonly isInteractive?: boolean;
  readonly stop?: AbortSignal;
}

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process. */
export async function runCli(words: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const read = (stream: PassThrough): (() => string) => {
    let text = "";
    stream.setEncoding("utf8").on("data", (part: string) => (text += part));
    return () => text;
  };
  const [out, err] = [read(output), read(errors)];
  input.end(options.input ?? "");
  const terminal: Terminal = {
    cwd: options.cwd ?? makeFolder(),
    clock: options.clock ?? new FakeClock(),
    input,
    output,
    errors,
    isInteractive: options.isInteractive ?? false,
    stopSignal: () => options.stop ?? new AbortController().signal,
  };
  const code = await runCommandLine(words, terminal);
  output.end();
  errors.end();
  await new Promise(setImmediate);
  return { code, out: out(), err: err() };
}

/** Runs it with --json and gives the one document that it printed. */
export async function runJson<Document>(words: readonly string[], options: CliOptions = {}): Promise<CliResult & { document: Document }> {
  const result = await runCli([...words, "--json"], options);
  return { ...result, document: JSON.parse(result.out) as Document };
}

/** The program in a process of its own. */
export function spawnCli(words: readonly string[], cwd: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ["--conditions=coatcheck-source", noise, main, ...words], { cwd, encoding: "utf8", timeout: 30_000 });
}
