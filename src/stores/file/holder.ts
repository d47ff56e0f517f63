import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A process as the locks name it: enough to know for certain, later and from another process, that it is dead. */
interface Holder {
  readonly pid: number;
  /** When it started, in ticks since the machine did: tells it from a later process with the same number. */
  readonly startedAt: string;
  /** The start of the machine (a UUID), or the machine's name where there is none. */
  readonly boot: string;
  /** Process numbers mean something in their own namespace only. */
  readonly space: string;
}

const UNKNOWN = "unknown";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const HOLDER = /^([1-9]\d*):(\d+|unknown):([\w.-]+):(\w+):[\w-]+$/;

/** This process, for the text of a lock: `pid:start:boot:namespace`. */
export function describeProcess(): string {
  const { pid, startedAt, boot, space } = findOut();
  return `${pid}:${startedAt}:${boot}:${space}`;
}

function findOut(): Holder {
  const boot = readOrNull("/proc/sys/kernel/random/boot_id");
  if (boot === null) {
    const space = process.platform === "linux" ? UNKNOWN : "none";
    return { pid: process.pid, startedAt: UNKNOWN, boot: hostname().replace(/[^\w.-]/g, "_") || UNKNOWN, space };
  }
  return { pid: process.pid, startedAt: statOf(process.pid)?.startedAt ?? UNKNOWN, boot, space: ownSpace() };
}

/**
 * Whether the process that made a lock is certainly dead. A process of another namespace, and one that cannot be judged, counts as
 * living.
 *
 * @param text what the lock says
 * @param me what `describeProcess` says here
 * @param path the lock, whose age is asked for when it was made before the machine was last started
 */
export function isHolderDead(text: string, me: string, path: string): boolean {
  const [holder, self] = [parseHolder(text), parseHolder(`${me}:me`)];
  if (holder === null || self === null) return false;
  if (holder.boot !== self.boot) return UUID.test(holder.boot) && UUID.test(self.boot) && isOlderThanBoot(path);
  if (holder.space !== self.space || holder.space === UNKNOWN) return false;
  return isProcessDead(holder);
}

function parseHolder(text: string): Holder | null {
  const match = HOLDER.exec(text);
  if (match === null) return null;
  const [, pid, startedAt = "", boot = "", space = ""] = match;
  return { pid: Number(pid), startedAt, boot, space };
}

function isProcessDead({ pid, startedAt }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return true;
  }
  const stat = statOf(pid);
  if (stat === null || startedAt === UNKNOWN) return false;
  // A killed process stays as a zombie until its parent looks; as long as it has other threads, one of them may be writing.
  return stat.startedAt !== startedAt || (stat.isZombie && stat.threads <= 1);
}

interface ProcessStat {
  readonly startedAt: string;
  readonly isZombie: boolean;
  readonly threads: number;
}

/** From `/proc/<pid>/stat` (proc(5)): the fields after the command, which may itself hold spaces and brackets. */
function statOf(pid: number): ProcessStat | null {
  const text = readOrNull(`/proc/${pid}/stat`);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, threads, startedAt] = [fields[0], fields[17], fields[19]];
  return startedAt === undefined ? null : { startedAt, isZombie: state === "Z" || state === "X", threads: Number(threads) };
}

/** A lock of an earlier start of this machine. One that is younger was made by another machine, which nobody can judge from here. */
function isOlderThanBoot(path: string): boolean {
  const startedSeconds = /^btime (\d+)$/m.exec(readOrNull("/proc/stat") ?? "")?.[1];
  try {
    return startedSeconds !== undefined && lstatSync(path).mtimeMs < Number(startedSeconds) * 1000;
  } catch {
    return false;
  }
}

function ownSpace(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}
