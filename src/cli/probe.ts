import { digestToken } from "../crypto/digest.ts";
import { createRandom } from "../crypto/random.ts";
import type { SessionRecord, SessionStore } from "../store/store.ts";

/** One thing that was tried on the store. */
export interface ProbeStep {
  readonly name: string;
  readonly passed: boolean;
  /** Milliseconds, whole. */
  readonly ms: number;
}

const LIFE_MS = 60_000;

/**
 * Writes, reads, updates and removes a test record, as an application does. The record belongs to nobody, has an id that nobody
 * guesses, and expires within a minute if it cannot be removed.
 *
 * @throws what the store throws
 */
export async function probeStore(store: SessionStore, readClock: () => number): Promise<ProbeStep[]> {
  const random = createRandom();
  const now = readClock();
  const id = digestToken("probe", random.token());
  const record: SessionRecord = { id, data: '{"probe":1}', version: random.tag(), owner: null, createdAt: now, lastSeenAt: now, expiresAt: now + LIFE_MS, idleSeconds: LIFE_MS / 1000, endsAt: null, persistent: false };
  const changed: SessionRecord = { ...record, data: '{"probe":2}', version: random.tag() };
  const steps: ProbeStep[] = [];
  const attempt = async (name: string, run: () => Promise<boolean>): Promise<void> => {
    const began = readClock();
    const passed = await run();
    steps.push({ name, passed, ms: readClock() - began });
  };
  const holds = async (wanted: SessionRecord): Promise<boolean> => {
    const found = await store.read(id, { now });
    return found !== null && (Object.keys(wanted) as (keyof SessionRecord)[]).every((field) => found[field] === wanted[field]);
  };
  try {
    await attempt("create", () => store.create(record, { now }));
    await attempt("read", () => holds(record));
    if (store.capabilities.compareAndSet) {
      await attempt("refuse an update of another version", async () => (await store.update({ ...changed, version: random.tag() }, random.tag(), { now })).outcome === "conflict");
    }
    await attempt("update", async () => (await store.update(changed, record.version, { now })).outcome === "updated");
    await attempt("read the update", () => holds(changed));
    await attempt("touch", () => store.touch(id, changed.version, now + 1000, now + LIFE_MS + 1000, { now }));
    await attempt("delete", async () => (await store.delete(id, undefined, { now })) === "deleted");
    await attempt("find it gone", async () => (await store.read(id, { now })) === null);
    return steps;
  } catch (error) {
    await store.delete(id, undefined, { now }).catch(() => undefined);
    throw error;
  }
}
