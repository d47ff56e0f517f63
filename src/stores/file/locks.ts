import fs from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Clock } from "../../clock.ts";
import { randomFillSync } from "../../crypto/platform.ts";
import { describeProcess, isHolderDead } from "./holder.ts";

/** For how long a writer waits for another process. */
const DEADLINE_MS = 2000;
const LONGEST_WAIT_MS = 16;
const LONGEST_NAME = 255;

/** Nobody let go of the lock in time. */
export class LockTimeout extends Error {}

/**
 * Locks between the processes of one machine. A lock is a symbolic link whose target names its holder: made in one step, together with what
 * it says, and only where there is none.
 *
 * A dead holder's lock is replaced by a rename. Only who holds the claim on that very lock (a lock of its own, named after it) may do so, and
 * only while the lock still says what made the claim: two processes that find a dead lock cannot both get it, and a slow one cannot remove
 * the next holder's. A claim whose holder died is replaced in the same way.
 */
export class FileLocks {
  readonly #clock: Clock;
  readonly #me: string = describeProcess();
  readonly #prefix: string = randomName();
  #count = 0;
  /** Locks of ours that could not be removed: still ours. */
  readonly #kept = new Map<string, string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @returns the name of this holding, unique for all time: files that are being written carry it
   * @throws LockTimeout, the signal's reason, or what the file system says
   */
  async take(path: string, signal?: AbortSignal): Promise<string> {
    const deadlineAt = this.#clock.now() + DEADLINE_MS;
    for (let tries = 0; ; tries++) {
      const name = await this.takeIfFree(path);
      if (name !== null) return name;
      if (this.#clock.now() >= deadlineAt) throw new LockTimeout(`${basename(path)} is held by another process`);
      await this.#clock.wait(randomWait(tries), signal);
    }
  }

  /** As `take`, without waiting: null when somebody holds it. */
  async takeIfFree(path: string): Promise<string | null> {
    const name = `${this.#prefix}${(this.#count++).toString(36)}`;
    return (await this.#take(path, `${this.#me}:${name}`)) ? name : null;
  }

  /** Never rejects: what the lock protected is done. A lock that cannot be removed stays ours. */
  async release(path: string): Promise<void> {
    try {
      await fs.unlink(path);
    } catch (error) {
      if (!isCode(error, "ENOENT")) this.#kept.set(path, await readOrNull(path).catch(() => null) ?? "");
    }
  }

  async #take(path: string, mine: string): Promise<boolean> {
    try {
      await fs.symlink(mine, path);
      return true;
    } catch (error) {
      if (!isCode(error, "EEXIST")) throw error;
    }
    const found = await readOrNull(path);
    if (found === null) return false;
    if (this.#kept.size > 0 && this.#kept.get(path) === found) return this.#kept.delete(path);
    return isHolderDead(found, this.#me, path) && this.#replace(path, found, mine);
  }

  async #replace(path: string, dead: string, mine: string): Promise<boolean> {
    const name = dead.slice(dead.lastIndexOf(":") + 1);
    const claim = `${path}.${name}`;
    if (basename(claim).length > LONGEST_NAME || !(await this.#take(claim, mine))) return false;
    try {
      if ((await readOrNull(path)) !== dead) {
        await this.release(claim);
        return false;
      }
      await fs.rename(claim, path);
    } catch (error) {
      await this.release(claim);
      throw error;
    }
    await fs.rm(nameUnfinished(path, name), { force: true });
    return true;
  }
}

/** The file that the holder of a lock writes before it takes the record's name. */
export function nameUnfinished(lockPath: string, holding: string): string {
  return join(dirname(lockPath), `${basename(lockPath).split(".")[0]}.${holding}.tmp`);
}

export function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException | null)?.code ?? "");
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await fs.readlink(path);
  } catch (error) {
    if (isCode(error, "ENOENT")) return null;
    throw error;
  }
}

function randomName(): string {
  return Buffer.from(randomFillSync(new Uint8Array(6))).toString("base64url");
}

function randomWait(tries: number): number {
  const [random = 0] = randomFillSync(new Uint8Array(1));
  return 1 + Math.floor((random / 256) * Math.min(LONGEST_WAIT_MS, 2 ** tries));
}
