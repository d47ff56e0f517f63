import { chmodSync, mkdirSync, statSync } from "node:fs";
import fs from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError, StoreUnavailable } from "../../errors.ts";
import { isCode, nameUnfinished } from "./locks.ts";

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
const WRITABLE_BY_OTHERS = 0o022;

const ID = /^[A-Za-z0-9_-]{43}$/;
const SHARD = /^[A-Za-z0-9_-]{2}$/;

/** Whether a text has the shape of a record's id. Nothing else ever becomes part of a path. */
export function isId(text: unknown): text is string {
  return typeof text === "string" && ID.test(text);
}

/** The shard that an id lies in: its first two characters. */
export const shardOf = (id: string): string => id.slice(0, 2);

/** The names in one shard. */
export interface ShardContent {
  /** In ascending order. */
  readonly ids: string[];
  /** Ids that have a lock or an unfinished file, dead ones among them. */
  readonly unsettled: string[];
}

/** A folder of records: `Ab/Abc….` for the record, `Ab/Abc….lock` while it is being changed, `Ab/Abc….<holding>.tmp` while it is being written. */
export class RecordFolder {
  readonly #root: string;
  readonly #durable: boolean;

  /** @throws ConfigurationError when the folder cannot be made, or others may write into it */
  constructor(root: string, durable: boolean) {
    this.#root = root;
    this.#durable = durable;
    prepareRoot(root);
  }

  lockPathOf(id: string): string {
    return `${this.#pathOf(id)}.lock`;
  }

  /** What stands in a record's file; null when there is none. */
  async load(id: string): Promise<Uint8Array | null> {
    try {
      return await fs.readFile(this.#pathOf(id));
    } catch (error) {
      if (isCode(error, "ENOENT")) return null;
      throw error;
    }
  }

  /**
   * Writes beside the record and renames: whoever reads meanwhile, or after a crash, finds the old bytes or the new ones.
   *
   * @param holding the name of the holding of the record's lock
   * @throws StoreUnavailable with the outcome `unknown` once the new bytes may be there
   */
  async store(id: string, bytes: Uint8Array, holding: string): Promise<void> {
    const unfinished = nameUnfinished(this.lockPathOf(id), holding);
    try {
      const file = await fs.open(unfinished, "wx", OWNER_ONLY_FILE);
      try {
        await file.writeFile(bytes);
        if (this.#durable) await file.sync();
      } finally {
        await file.close();
      }
      await fs.rename(unfinished, this.#pathOf(id)).catch(sortOut);
    } catch (error) {
      await fs.rm(unfinished, { force: true }).catch(() => undefined);
      throw error;
    }
    await this.#syncShard(id);
  }

  async remove(id: string): Promise<void> {
    await fs.rm(this.#pathOf(id), { force: true }).catch(sortOut);
    await this.#syncShard(id);
  }

  /** Removes what dead writers have left of a record that is locked by the caller. */
  async removeUnfinished(id: string): Promise<void> {
    const shard = join(this.#root, shardOf(id));
    for (const name of await namesIn(shard)) {
      if (name.startsWith(`${id}.`) && name.endsWith(".tmp")) await fs.rm(join(shard, name), { force: true });
    }
  }

  /** Makes the folder that a record lies in. */
  async makeShard(id: string): Promise<void> {
    const shard = join(this.#root, shardOf(id));
    await fs.mkdir(shard, { recursive: true, mode: OWNER_ONLY_FOLDER });
    await fs.chmod(shard, OWNER_ONLY_FOLDER);
    if (this.#durable) await syncFolder(this.#root);
  }

  /** The shards that there are, in ascending order. */
  async shards(): Promise<string[]> {
    return (await namesIn(this.#root)).filter((name) => SHARD.test(name)).sort();
  }

  async contentOf(shard: string): Promise<ShardContent> {
    const names = await namesIn(join(this.#root, shard));
    const ids = names.filter((name) => ID.test(name)).sort();
    const unsettled = names.filter((name) => /^[\w-]{43}\.(lock(\..*)?|[\w-]+\.tmp)$/.test(name)).map((name) => name.slice(0, 43));
    return { ids, unsettled: [...new Set(unsettled)] };
  }

  #pathOf(id: string): string {
    return join(this.#root, shardOf(id), id);
  }

  async #syncShard(id: string): Promise<void> {
    if (!this.#durable) return;
    await syncFolder(join(this.#root, shardOf(id))).catch((cause: unknown) => {
      throw new StoreUnavailable("write", "unknown", { cause });
    });
  }
}

/** A file system that refuses has done nothing; one whose device failed may have. */
function sortOut(error: unknown): never {
  if (isCode(error, "EIO", "ETIMEDOUT", "ENXIO")) throw new StoreUnavailable("write", "unknown", { cause: error });
  throw error as Error;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await fs.readdir(folder);
  } catch (error) {
    if (isCode(error, "ENOENT")) return [];
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function prepareRoot(root: string): void {
  let mode: number;
  try {
    if (mkdirSync(root, { recursive: true, mode: OWNER_ONLY_FOLDER }) !== undefined) chmodSync(root, OWNER_ONLY_FOLDER);
    mode = statSync(root).mode;
  } catch (cause) {
    throw new ConfigurationError("fileStore", `the folder ${JSON.stringify(root)} cannot be used (${(cause as NodeJS.ErrnoException).code ?? "unknown reason"}): may this process make it, or write into it?`);
  }
  if ((mode & WRITABLE_BY_OTHERS) !== 0 && process.platform !== "win32") {
    throw new ConfigurationError("fileStore", `other users may write into the folder ${JSON.stringify(root)}, and could exchange sessions there. Give the store a folder of its own, for instance ${JSON.stringify(join(root, "sessions"))}, or chmod it to 700.`);
  }
}
