import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/**
 * A rule, broken on purpose in a copy of the sources: a named test must notice. A mutant whose text is not found any more fails as well, so
 * that none of them goes stale.
 */
export interface Mutant {
  readonly rule: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The test file that must fail, and which of its tests. */
  readonly test: string;
  readonly name: string;
}

const root = new URL("../../", import.meta.url).pathname;

/** A copy of the sources and tests that imports itself by its own name. */
function copyTree(): string {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-mutants-"));
  for (const part of ["src", "test", "package.json"]) cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** Runs some tests of the copy. A mutant that loops is stopped, which counts as noticed. */
function run(folder: string, test: string, name: string): Promise<{ failed: boolean; output: string }> {
  const environment: NodeJS.ProcessEnv = { ...process.env, NODE_ENV: "test", RACE_RUNS: "60" };
  delete environment["NODE_TEST_CONTEXT"];
  const parameters = ["--conditions=coatcheck-source", "--disable-warning=ExperimentalWarning", "--max-old-space-size=512", "--test", "--test-isolation=none", "--test-reporter=tap", `--test-name-pattern=${name}`, test];
  return new Promise((resolve) => {
    execFile(process.execPath, parameters, { cwd: folder, env: environment, timeout: 60_000, killSignal: "SIGKILL", maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => resolve({ failed: error !== null, output: stdout }));
  });
}

const passedIn = (output: string): number => Number(/^# pass (\d+)$/m.exec(output)?.[1] ?? 0);

/** Breaks rules one after the other in copies of its own, which go when the file has ended. */
export class MutantRunner {
  readonly #idle: string[] = [];
  readonly #copies: string[] = [];
  /** Tests that several mutants share are proved sound once. */
  readonly #sound = new Map<string, Promise<void>>();

  constructor() {
    after(() => this.#copies.forEach((folder) => rmSync(folder, { recursive: true, force: true })));
  }

  async check({ file, find, replace, test, name }: Mutant): Promise<void> {
    const folder = this.#idle.pop() ?? this.#copy();
    const path = join(folder, file);
    const whole = readFileSync(path, "utf8");
    try {
      assert.equal(whole.split(find).length, 2, `${file} has the text of this mutant once`);
      const key = `${test} ${name}`;
      let sound = this.#sound.get(key);
      if (sound === undefined) this.#sound.set(key, (sound = proveSound(folder, test, name)));
      await sound;
      writeFileSync(path, whole.replace(find, () => replace));
      assert.equal((await run(folder, test, name)).failed, true, `${test} (${name}) does not notice`);
    } finally {
      writeFileSync(path, whole);
      this.#idle.push(folder);
    }
  }

  #copy(): string {
    const folder = copyTree();
    this.#copies.push(folder);
    return folder;
  }
}

async function proveSound(folder: string, test: string, name: string): Promise<void> {
  const sound = await run(folder, test, name);
  assert.equal(sound.failed, false, `unbroken, ${test} must pass:\n${sound.output.slice(-2000)}`);
  assert.ok(passedIn(sound.output) > 0, `no test of ${test} is called ${name}`);
}
