import { cpus, loadavg, totalmem } from "node:os";

/** One line on where the numbers come from. Nothing in it names the machine. */
export function describeMachine(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() || "unknown processor";
  const gibibytes = (totalmem() / 2 ** 30).toFixed(0);
  const load = (loadavg()[0] as number).toFixed(1);
  return `Node ${process.versions.node} (V8 ${process.versions.v8}), ${process.platform} ${process.arch}, ${processors.length} x ${model}, ${gibibytes} GiB, load at start ${load}`;
}
