import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EVENTS_VARIABLE, readEvents } from "./events.ts";
import type { TestEvent } from "./events.ts";

export interface Failure {
  readonly name: string;
  readonly detail: string;
}

export interface Skip {
  readonly name: string;
  readonly reason: string;
}

export interface FileResult {
  readonly file: string;
  readonly passed: number;
  readonly failures: readonly Failure[];
  readonly skips: readonly Skip[];
  readonly milliseconds: number;
  /** What the file printed, kept for failures. */
  readonly output: string;
}

export interface FileOptions {
  /** The folder that the test file runs in. */
  readonly root: string;
  readonly limitSeconds: number;
  readonly namePattern?: string;
  /** Longest silence, with no test running, before the process counts as kept alive by something left open. */
  readonly idleLimitSeconds?: number;
}

const TEST_LIMIT_MS = 90_000;
const IDLE_LIMIT_SECONDS = 10;
/** A test that leaks ends itself before it takes the machine along. */
const MEMORY_LIMIT_MB = 3072;
const OUTPUT_LIMIT = 20_000;
const setup = fileURLToPath(new URL("./setup.ts", import.meta.url));
const reporter = fileURLToPath(new URL("./reporter.ts", import.meta.url));

/** Runs one test file in a process of its own and says what came of it. Never throws for a failing test. */
export async function runFile(file: string, options: FileOptions): Promise<FileResult> {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-test-"));
  const eventsFile = join(folder, "events");
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [
      "--conditions=coatcheck-source",
      "--disable-warning=ExperimentalWarning",
      `--max-old-space-size=${MEMORY_LIMIT_MB}`,
      `--import=${setup}`,
      `--test-reporter=${reporter}`,
      "--test-reporter-destination=stdout",
      `--test-timeout=${TEST_LIMIT_MS}`,
      ...(options.namePattern === undefined ? [] : [`--test-name-pattern=${options.namePattern}`]),
      file,
    ],
    { cwd: options.root, env: childEnvironment(eventsFile), stdio: ["ignore", "pipe", "pipe"] },
  );

  let output = "";
  const keep = (chunk: string): void => {
    if (output.length < OUTPUT_LIMIT) output += chunk;
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);

  let ended: string | undefined;
  const stop = (why: string): void => {
    ended ??= why;
    child.kill("SIGKILL");
  };
  const limit = setTimeout(() => stop(`took longer than ${options.limitSeconds} s`), options.limitSeconds * 1000);
  const stopWatching = watchForIdle(eventsFile, options.idleLimitSeconds ?? IDLE_LIMIT_SECONDS, stop);

  const exit = await new Promise<{ code: number | null; signal: string | null; problem?: Error }>((resolve) => {
    child.once("error", (problem) => resolve({ code: null, signal: null, problem }));
    child.once("exit", (code, signal) => {
      // A grandchild may hold the pipes open: what it prints later is nobody's.
      setTimeout(() => resolve({ code, signal }), 20);
    });
  });
  child.stdout.destroy();
  child.stderr.destroy();
  clearTimeout(limit);
  stopWatching();

  const events = readEvents(readIfThere(eventsFile));
  rmSync(folder, { recursive: true, force: true });
  const result = judge(events, { ended, exit, filtered: options.namePattern !== undefined });
  return { file, ...result, milliseconds: performance.now() - started, output };
}

function childEnvironment(eventsFile: string): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...process.env, [EVENTS_VARIABLE]: eventsFile };
  // Tests say themselves what they need of these; a setting of the person who runs them must not decide.
  delete environment["NODE_ENV"];
  delete environment["NODE_OPTIONS"];
  delete environment["NODE_TEST_CONTEXT"];
  return environment;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Ends a process whose tests are all done while a timer, a socket or a server keeps it alive. */
function watchForIdle(eventsFile: string, limitSeconds: number, stop: (why: string) => void): () => void {
  const timer = setInterval(() => {
    const stat = statSync(eventsFile, { throwIfNoEntry: false });
    if (stat === undefined || Date.now() - stat.mtimeMs < limitSeconds * 1000) return;
    const events = readEvents(readIfThere(eventsFile));
    if (events.length > 0 && unfinished(events).length === 0) {
      stop(`every test had ended, but something left open (a timer, a socket, a server) kept the process alive for ${limitSeconds} s`);
    }
  }, Math.min(1000, limitSeconds * 250));
  return () => clearInterval(timer);
}

function unfinished(events: readonly TestEvent[]): string[] {
  const open: string[] = [];
  for (const event of events) {
    if (event.type === "start") open.push(event.name);
    if (event.type === "pass" || event.type === "fail") {
      const at = open.lastIndexOf(event.name);
      if (at >= 0) open.splice(at, 1);
    }
  }
  return open;
}

interface Ending {
  readonly ended: string | undefined;
  readonly exit: { readonly code: number | null; readonly signal: string | null; readonly problem?: Error };
  readonly filtered: boolean;
}

function judge(events: readonly TestEvent[], ending: Ending): Pick<FileResult, "passed" | "failures" | "skips"> {
  let passed = 0;
  const failures: Failure[] = [];
  const skips: Skip[] = [];
  for (const event of events) {
    if (event.type === "warning") failures.push({ name: "a warning of the process", detail: event.message });
    if (event.type === "diagnostic" && /generated asynchronous activity after the test ended|^(Error|Warning): /.test(event.message)) {
      failures.push({ name: "an error that no test caught", detail: event.message });
    }
    if (event.type === "pass" || event.type === "fail") {
      if (event.todo !== undefined) failures.push({ name: event.name, detail: "is marked todo: finish it or remove it" });
      else if (event.type === "fail" && event.kind !== "subtestsFailed") {
        // A hook of the file fails every test, and then every suite again.
        const again = event.suite && failures.some(({ detail }) => detail === event.error);
        if (!again) failures.push({ name: event.name, detail: event.error });
      } else if (event.type === "pass" && event.skip !== undefined) {
        // Node marks what a name pattern leaves out as skipped; nobody asked to run that.
        if (!(ending.filtered && /name pattern/.test(event.skip))) skips.push({ name: event.name, reason: event.skip });
      } else if (event.type === "pass" && !event.suite) passed += 1;
    }
  }
  const { code, signal, problem } = ending.exit;
  if (problem !== undefined) failures.push({ name: "the file", detail: `could not be started: ${problem.message}` });
  else if (ending.ended !== undefined) {
    const open = unfinished(events);
    failures.push({ name: "the file", detail: ending.ended + (open.length > 0 ? `; running: ${open.join(" > ")}` : "") });
  } else if (code !== 0 && failures.length === 0) {
    failures.push({ name: "the file", detail: signal === null ? `ended with exit code ${code}` : `was ended by ${signal}` });
  } else if (passed + failures.length + skips.length === 0 && !ending.filtered) {
    failures.push({ name: "the file", detail: "holds no test" });
  }
  return { passed, failures, skips };
}
