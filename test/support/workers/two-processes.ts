import assert from "node:assert/strict";
import type { SessionStore } from "../../../src/store/store.ts";
import { makeRecord } from "../records.ts";
import { startStoreWorker } from "./run-worker.ts";

const WRITERS = 50;
const LOGOUTS = 100;

/** Two processes with 50 writers each change one record: every one of the 100 changes is there, once. */
export async function checkWriters(store: SessionStore, kind: string, address: string, prefix: string): Promise<{ calls: number; worst: number }> {
  const base = makeRecord({ data: "start" });
  assert.equal(await store.create(base), true);
  const workers = await Promise.all(["a", "b"].map((name) => startStoreWorker(kind, address, prefix, { job: "write", id: base.id, writers: WRITERS, name })));
  for (const worker of workers) worker.go();
  const attempts = ((await Promise.all(workers.map((worker) => worker.result))) as number[][]).flat();
  const words = (await store.read(base.id))?.data.split(" ").sort();
  const wanted = ["start", ...["a", "b"].flatMap((name) => Array.from({ length: WRITERS }, (_, index) => `${name}${index}`))].sort();
  assert.deepEqual(words, wanted);
  await store.delete(base.id);
  return { calls: attempts.reduce((sum, one) => sum + one, 0), worst: Math.max(...attempts) };
}

/** One process logs a hundred sessions out while another goes on writing to them: all hundred are dead in the end. */
export async function checkLogouts(store: SessionStore, kind: string, address: string, prefix: string): Promise<unknown> {
  const records = Array.from({ length: LOGOUTS }, () => makeRecord());
  for (const record of records) assert.equal(await store.create(record), true);
  const ids = records.map((record) => record.id);
  const haunter = await startStoreWorker(kind, address, prefix, { job: "haunt", ids, rounds: 12 });
  haunter.go();
  for (const id of ids) assert.equal(await store.delete(id), "deleted");
  const outcomes = (await haunter.result) as Record<string, number>;
  assert.ok((outcomes["gone"] ?? 0) > 0, "nobody wrote to a session that was logged out");
  const alive = (await Promise.all(ids.map((id) => store.read(id)))).filter((one) => one !== null);
  assert.equal(alive.length, 0, `${alive.length} of ${LOGOUTS} logged-out sessions live`);
  return outcomes;
}
