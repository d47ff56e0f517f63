import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findGroup } from "../../scripts/test-runner/groups.ts";
import { runFile } from "../../scripts/test-runner/run-file.ts";
import type { FileResult } from "../../scripts/test-runner/run-file.ts";

const script = fileURLToPath(new URL("../../scripts/test.ts", import.meta.url));
let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "coatcheck-runner-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, body: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `import { describe, it } from "node:test";\nimport assert from "node:assert/strict";\nvoid [describe, it, assert];\n${body}\n`);
  return name;
}

/** Asks every few milliseconds until there is an answer; the test's own limit ends it. */
async function until(ask: () => string): Promise<string> {
  for (;;) {
    const answer = ask();
    if (answer !== "") return answer;
    await setTimeout(20);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const run = (body: string, limitSeconds = 20): Promise<FileResult> => runFile(write("one.test.ts", body), { root: folder, limitSeconds, idleLimitSeconds: 1 });
const failuresOf = (result: FileResult): string => result.failures.map(({ name, detail }) => `${name}: ${detail}`).join("\n");

describe("one test file", () => {
  it("counts what passed", async () => {
    const result = await run('describe("a", () => { it("b", () => {}); describe("c", () => { it("d", () => {}); }); }); it("e", () => {});');
    assert.equal(result.passed, 3);
    assert.deepEqual([result.failures, result.skips], [[], []]);
  });

  const bad: readonly [name: string, body: string, expected: RegExp][] = [
    ["a failed assertion", 'it("b", () => assert.equal(1, 2));', /^b: AssertionError/],
    ["an error before any test", 'throw new Error("at once");', /^the file: ended with exit code 1/],
    ["no test", "", /^the file: holds no test/],
    ["a suite without a test", 'describe("a", () => {});', /^the file: holds no test/],
    ["a todo", 'it("b", { todo: true }, () => {});', /^b: is marked todo/],
    ["an error after the test", 'it("b", () => { setTimeout(() => { throw new Error("late"); }, 5); });', /an error that no test caught: .*late/],
    ["a promise that nobody caught", 'it("b", () => { void Promise.reject(new Error("floating")); });', /an error that no test caught: .*floating|b: .*floating/],
    ["a warning", 'it("b", () => process.emitWarning("careful"));', /a warning of the process: Warning: careful/],
    ["an exit code", 'it("b", () => { process.on("exit", () => { process.exitCode = 3; }); });', /^the file: ended with exit code 3/],
    ["an end by a signal", 'it("b", () => process.kill(process.pid, "SIGKILL"));', /^the file: was ended by SIGKILL/],
    ["something left open", 'it("b", () => { setInterval(() => {}, 1000); });', /^the file: every test had ended, but something left open/],
  ];
  for (const [name, body, expected] of bad) {
    it(`fails for ${name}`, async () => {
      assert.match(failuresOf(await run(body)), expected);
    });
  }

  it("fails when it takes too long, and says what was running", async () => {
    assert.match(failuresOf(await run('it("forever", () => new Promise((r) => setInterval(r, 1e6)));', 0.8)), /took longer than 0.8 s; running: .*forever/);
  });

  it("ends with its runner, so that nothing is left running behind", async () => {
    const pidFile = join(folder, "pid");
    const stuck = write("stuck.test.ts", `import { writeFileSync } from "node:fs";\nit("forever", () => { writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); return new Promise((r) => setInterval(r, 1e6)); });`);
    const module = fileURLToPath(new URL("../../scripts/test-runner/run-file.ts", import.meta.url));
    const runner = spawn(process.execPath, ["--input-type=module", "-e", `const { runFile } = await import(${JSON.stringify(module)}); await runFile(${JSON.stringify(stuck)}, { root: ${JSON.stringify(folder)}, limitSeconds: 60 });`], { stdio: "ignore" });
    const pid = Number(await until(() => (existsSync(pidFile) ? readFileSync(pidFile, "utf8") : "")));
    runner.kill("SIGKILL");
    await until(() => (isAlive(pid) ? "" : "gone"));
  });

  it("reports skips with their reasons, a skipped suite as one", async () => {
    const result = await run('describe("a", { skip: "no engine" }, () => { it("b", () => {}); it("c", () => {}); }); it("d", { skip: true }, () => {}); it("e", () => {});');
    assert.deepEqual(result.skips, [
      { name: "a", reason: "no engine" },
      { name: "d", reason: "" },
    ]);
    assert.equal(result.passed, 1);
  });

  it("tolerates by name the warning that Node 22 gives of SQLite", async () => {
    const result = await run('it("b", () => process.emitWarning("SQLite is an experimental feature and might change at any time", "ExperimentalWarning"));');
    assert.equal(failuresOf(result), "");
  });

  it("does not hand down settings of whoever runs the tests", async () => {
    const result = await run('it("b", () => assert.equal(process.env.NODE_ENV, undefined));');
    assert.equal(failuresOf(result), "");
  });
});

describe("the runner", () => {
  function runAll(files: Readonly<Record<string, string>>, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): { status: number | null; text: string; last: string } {
    rmSync(join(folder, "test"), { recursive: true, force: true });
    mkdirSync(join(folder, "test"), { recursive: true });
    for (const [name, body] of Object.entries(files)) write(name, body);
    const { status, stdout } = spawnSync(process.execPath, [script, ...args], { cwd: folder, encoding: "utf8", env: { ...process.env, CI: "", ...env } });
    return { status, text: stdout, last: stdout.trimEnd().split("\n").at(-1) ?? "" };
  }
  const good = 'it("a", () => {}); it("b", () => {});';

  it("closes with the counts alone on a line", () => {
    const { status, last } = runAll({ "test/a.test.ts": good, "test/races/b.test.ts": 'it("c", () => {}); it("d", { skip: "why" }, () => {});' });
    assert.equal(last, "3 passed, 0 failed, 1 skipped");
    assert.equal(status, 0);
  });

  it("fails with a failure, and shows it", () => {
    const { status, last, text } = runAll({ "test/a.test.ts": good, "test/b.test.ts": 'it("wrong", () => assert.equal(1, 2));' });
    assert.equal(last, "2 passed, 1 failed, 0 skipped");
    assert.match(text, /✖ test\/b\.test\.ts: wrong/);
    assert.equal(status, 1);
  });

  it("fails without a test", () => {
    const { status, last } = runAll({});
    assert.equal(last, "0 passed, 1 failed, 0 skipped");
    assert.equal(status, 1);
  });

  it("fails when everything was skipped", () => {
    assert.equal(runAll({ "test/a.test.ts": 'it("c", { skip: "why" }, () => {});' }).status, 1);
  });

  it("runs a group, a file or a folder when asked, and fails for one that is not there", () => {
    const files = { "test/a.test.ts": good, "test/races/b.test.ts": 'it("c", () => {});', "test/cookie/c.test.ts": 'it("d", () => {});' };
    assert.equal(runAll(files, ["races"]).last, "1 passed, 0 failed, 0 skipped");
    assert.equal(runAll(files, ["test/a.test.ts"]).last, "2 passed, 0 failed, 0 skipped");
    assert.equal(runAll(files, ["test/cookie", "races"]).last, "2 passed, 0 failed, 0 skipped");
    assert.equal(runAll(files, ["test/nowhere"]).status, 1);
  });

  it("shows the reasons of skips, and fails for a missing engine where CI is set", () => {
    const files = { "test/a.test.ts": `${good} describe("redis", { skip: "missing engine: redis" }, () => {});` };
    const local = runAll(files);
    assert.match(local.text, /SKIPPED 1: missing engine: redis/);
    assert.deepEqual([local.status, local.last], [0, "2 passed, 0 failed, 1 skipped"]);
    const ci = runAll(files, [], { CI: "true" });
    assert.deepEqual([ci.status, ci.last], [1, "2 passed, 1 failed, 1 skipped"]);
  });

  it("puts each file into the group with the longest folder", () => {
    assert.equal(findGroup("test/races/a.test.ts")?.name, "races");
    assert.equal(findGroup("test/cookie/parse.test.ts")?.name, "unit");
    assert.equal(findGroup("src/a.test.ts"), undefined);
  });
});
