import type { SessionRecord, SessionStore } from "../../store/store.ts";
import type { StoreCase, StoreCaseContext } from "../case.ts";
import { ensure, ensureEqual, fail } from "../checks.ts";
import { COMPARES, IMMEDIATE } from "../needs.ts";

const WRITERS = 50;
const LOGOUTS = 100;
const HOUR_MS = 3_600_000;
/** A writer that still loses after so many turns is not unlucky: somebody is lying about conflicts. */
const MOST_ATTEMPTS = 500;

const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, (_, index) => make(index)));

/** Adds one word to the data: from the newest record that is known, again and again until it is stored. */
async function addWord(context: StoreCaseContext, store: SessionStore, from: SessionRecord, word: string): Promise<void> {
  let current = from;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const next = { ...current, data: `${current.data} ${word}`, version: context.version() };
    const answer = await store.update(next, current.version, { now: context.now() });
    if (answer.outcome === "updated") return;
    if (answer.outcome === "gone") fail(`the record was called gone while ${WRITERS} writers changed it`);
    ensure(answer.current.version !== current.version, "a conflict brought back the very record that had lost");
    current = answer.current;
  }
  fail(`a writer was refused ${MOST_ATTEMPTS} times`);
}

export const raceCases: readonly StoreCase[] = [
  {
    name: `race: ${WRITERS} create one id, exactly one succeeds (SID-05)`,
    needs: [COMPARES],
    run: async ({ store, otherStore, record, now }) => {
      const { id } = record();
      const candidates = Array.from({ length: WRITERS }, (_, index) => record({ id, data: `writer ${index}` }));
      const answers = await times(WRITERS, (index) => (index % 2 ? otherStore : store).create(candidates[index] as SessionRecord, { now: now() }));
      ensureEqual(answers.filter(Boolean).length, 1, "creators that were told yes");
      ensureEqual(await store.read(id, { now: now() }), candidates[answers.indexOf(true)], "the record is the one of the creator that was told yes");
    },
  },
  {
    name: `race: ${WRITERS} writers change one record, every change survives (CC-05, PAIN-01)`,
    needs: [COMPARES, IMMEDIATE],
    run: async (context) => {
      const { store, otherStore, record, now } = context;
      const base = record({ data: "start" });
      await store.create(base, { now: now() });
      await times(WRITERS, (index) => addWord(context, index % 2 ? otherStore : store, base, `w${index}`));
      const words = (await store.read(base.id, { now: now() }))?.data.split(" ").sort();
      ensureEqual(words, ["start", ...Array.from({ length: WRITERS }, (_, index) => `w${index}`)].sort(), "the changes that survived");
    },
  },
  {
    name: `race: a slow write never revives, ${LOGOUTS} times of ${LOGOUTS} (CC-01, PAIN-02)`,
    needs: [IMMEDIATE],
    run: async ({ store, otherStore, record, version, now }) => {
      const survivors = await times(LOGOUTS, async (index) => {
        const one = record();
        await store.create(one, { now: now() });
        const write = (): Promise<unknown> => store.update({ ...one, version: version(), data: "{}" }, one.version, { now: now() });
        const remove = (): Promise<unknown> => otherStore.delete(one.id, undefined, { now: now() });
        await Promise.all(index % 2 ? [write(), remove()] : [remove(), write()]);
        await write();
        return store.read(one.id, { now: now() });
      });
      ensureEqual(survivors.filter((one) => one !== null).length, 0, "records that live after they were deleted");
    },
  },
  {
    name: `race: a slow touch never revives, ${LOGOUTS} times of ${LOGOUTS} (CC-02)`,
    needs: [IMMEDIATE],
    run: async ({ store, otherStore, record, now }) => {
      const survivors = await times(LOGOUTS, async (index) => {
        const one = record();
        await store.create(one, { now: now() });
        const touch = (): Promise<unknown> => store.touch(one.id, one.version, now() + 1, now() + 2 * HOUR_MS, { now: now() });
        const remove = (): Promise<unknown> => otherStore.delete(one.id, undefined, { now: now() });
        await Promise.all(index % 2 ? [touch(), remove()] : [remove(), touch()]);
        await touch();
        return store.read(one.id, { now: now() });
      });
      ensureEqual(survivors.filter((one) => one !== null).length, 0, "records that live after they were deleted");
    },
  },
  {
    name: "race: a delete with a version and an update of that version: exactly one of them happens",
    needs: [COMPARES, IMMEDIATE],
    run: async ({ store, otherStore, record, version, now }) => {
      await times(WRITERS, async (index) => {
        const one = record();
        await store.create(one, { now: now() });
        const next = { ...one, version: version(), data: "{}" };
        const write = (): Promise<string> => store.update(next, one.version, { now: now() }).then((answer) => answer.outcome);
        const remove = (): Promise<string> => otherStore.delete(one.id, one.version, { now: now() });
        const outcomes = index % 2 ? await Promise.all([write(), remove()]) : (await Promise.all([remove(), write()])).reverse();
        const [written, removed] = outcomes as [string, string];
        const left = await store.read(one.id, { now: now() });
        const isFair = (written === "updated" && removed === "conflict" && left?.version === next.version) || (written === "gone" && removed === "deleted" && left === null);
        ensure(isFair, `the update answered ${written}, the delete ${removed}, and the record is ${left === null ? "gone" : "there"}`);
      });
    },
  },
];
