/**
 * Runs the tests, group by group, and closes with one line of counts.
 *
 *   node scripts/test.ts [--provision] [--verbose] [--name=PATTERN] [GROUP | FILE | FOLDER]...
 */
import { spawnSync } from "node:child_process";
import { globSync, statSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { parseArgs } from "node:util";
import { findGroup, groups } from "./test-runner/groups.ts";
import type { Group } from "./test-runner/groups.ts";
import { printFailures, printGroup, printSkips, sum } from "./test-runner/print.ts";
import { runFile } from "./test-runner/run-file.ts";
import type { FileResult } from "./test-runner/run-file.ts";

const print = (line: string): void => console.log(line);
const root = process.cwd();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { provision: { type: "boolean" }, verbose: { type: "boolean" }, name: { type: "string" } },
});

if (values.provision && process.platform !== "win32") {
  const { status } = spawnSync("bash", ["scripts/provision"], { stdio: "inherit" });
  if (status !== 0) print("scripts/provision failed (see above): tests that need what is missing are skipped, or fail where CI is set.");
}

const all = globSync("test/**/*.test.ts", { cwd: root })
  .map((file) => file.replaceAll(sep, "/"))
  .filter((file) => !file.includes("/fixtures/") && !file.includes("/consumers/"))
  .sort();
const files = positionals.length === 0 ? all : [...new Set(positionals.flatMap(select))];

/** A group's name, a file, or a folder. */
function select(argument: string): string[] {
  const asGroup = all.filter((file) => findGroup(file)?.name === argument);
  if (asGroup.length > 0) return asGroup;
  const path = relative(root, resolve(root, argument)).replaceAll(sep, "/");
  const stat = statSync(resolve(root, argument), { throwIfNoEntry: false });
  if (stat?.isFile()) return [path];
  return all.filter((file) => file.startsWith(`${path}/`));
}

async function runGroup(group: Group, groupFiles: readonly string[]): Promise<FileResult[]> {
  const results: FileResult[] = [];
  const queue = [...groupFiles];
  const work = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const result = await runFile(file, {
        root,
        limitSeconds: group.fileLimitSeconds,
        ...(values.name === undefined ? {} : { namePattern: values.name }),
      });
      results.push(result);
      if (values.verbose) print(`  ${file}: ${result.passed} ok (${(result.milliseconds / 1000).toFixed(1)} s)`);
      printFailures(result, print);
    }
  };
  await Promise.all(Array.from({ length: group.concurrency }, work));
  return results;
}

const results: FileResult[] = [];
for (const group of groups) {
  const groupFiles = files.filter((file) => (findGroup(file) ?? groups[0]) === group);
  if (groupFiles.length === 0) continue;
  const started = performance.now();
  const groupResults = await runGroup(group, groupFiles);
  printGroup(group.name, groupResults, performance.now() - started, print);
  results.push(...groupResults);
}

printSkips(results, print);
const passed = sum(results, (r) => r.passed);
const skipped = sum(results, (r) => r.skips.length);
let failed = sum(results, (r) => r.failures.length);
if (process.env["CI"]) {
  const missing = results.flatMap((r) => r.skips).filter(({ reason }) => reason.startsWith("missing engine"));
  if (missing.length > 0) print(`\n✖ Where CI is set, a missing engine is a failure: ${missing.length} of the skips above.`);
  failed += missing.length;
}
if (passed + failed + skipped === 0) {
  print(`No test was found${positionals.length > 0 ? ` for ${positionals.join(" ")}` : ""}.`);
  failed = 1;
}
print("");
print(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
