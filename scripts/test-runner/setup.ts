import { appendFileSync } from "node:fs";
import { EVENTS_VARIABLE } from "./events.ts";
import type { TestEvent } from "./events.ts";
import { toleratedWarnings } from "./tolerated-warnings.ts";

// Loaded before each test file: a warning that nobody tolerates by name becomes a failure of the file.
const file = process.env[EVENTS_VARIABLE];

process.on("warning", (warning) => {
  if (toleratedWarnings.some(({ name, text }) => name === warning.name && text.test(warning.message))) return;
  const event: TestEvent = { type: "warning", message: warning.stack ?? `${warning.name}: ${warning.message}` };
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(event)}\n`);
});

// Without its runner nobody would ever end this process, however long it runs and whatever it eats.
const runner = process.ppid;
setInterval(() => {
  if (process.ppid !== runner) process.kill(process.pid, "SIGKILL");
}, 2000).unref();
