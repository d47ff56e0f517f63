/**
 * A second application process for tests: opens a store, says `ready`, does its job when it is told `go`, and prints
 * the result as one line of JSON. Arguments: kind, address, prefix, job as JSON.
 */
import { once } from "node:events";
import type { SessionRecord, SessionStore } from "../../../src/store/store.ts";
import { makeVersion } from "../records.ts";
import { openStore } from "./open-store.ts";

export type StoreJob =
  /** So many writers add a word each to one record, until each one's is stored. */
  | { readonly job: "write"; readonly id: string; readonly writers: number; readonly name: string }
  /** Goes on writing to records that somebody else is deleting, from what it read at the start, and from what it is told. */
  | { readonly job: "haunt"; readonly ids: readonly string[]; readonly rounds: number };

async function addWord(store: SessionStore, id: string, word: string): Promise<number> {
  let current = await store.read(id);
  for (let attempt = 1; current !== null; attempt++) {
    const answer = await store.update({ ...current, data: `${current.data} ${word}`, version: makeVersion() }, current.version);
    if (answer.outcome === "updated") return attempt;
    current = answer.outcome === "conflict" ? answer.current : null;
    await new Promise((resolve) => {
      setTimeout(resolve, Math.random() * Math.min(20, attempt));
    });
  }
  throw new Error("the record is gone");
}

async function readAll(store: SessionStore, ids: readonly string[]): Promise<Map<string, SessionRecord | null>> {
  const bases = new Map<string, SessionRecord | null>();
  await Promise.all(ids.map(async (id) => bases.set(id, await store.read(id))));
  return bases;
}

async function haunt(store: SessionStore, bases: Map<string, SessionRecord | null>, rounds: number): Promise<Record<string, number>> {
  const ids = [...bases.keys()];
  const outcomes: Record<string, number> = {};
  for (let round = 0; round < rounds; round++) {
    await Promise.all(
      ids.map(async (id) => {
        const base = bases.get(id);
        if (!base) return;
        const next = { ...base, version: makeVersion(), data: `${base.data}!` };
        const answer = await store.update(next, base.version);
        outcomes[answer.outcome] = (outcomes[answer.outcome] ?? 0) + 1;
        if (answer.outcome === "updated") bases.set(id, next);
        else if (answer.outcome === "conflict") bases.set(id, answer.current);
        await store.touch(id, base.version, Date.now(), base.expiresAt + 1);
      }),
    );
  }
  return outcomes;
}

const [kind = "", address = "", prefix = "", text = "{}"] = process.argv.slice(2);
const job = JSON.parse(text) as StoreJob;
const opened = await openStore(kind, address, prefix);
const bases = await readAll(opened.store, job.job === "haunt" ? job.ids : []);
process.stdout.write("ready\n");
await once(process.stdin, "data");
const result =
  job.job === "write"
    ? await Promise.all(Array.from({ length: job.writers }, (_, index) => addWord(opened.store, job.id, `${job.name}${index}`)))
    : await haunt(opened.store, bases, job.rounds);
process.stdout.write(`${JSON.stringify(result)}\n`);
await opened.close();
process.stdin.destroy();
