import type { StoreCase, StoreCaseContext } from "../case.ts";
import type { SessionRecord } from "../../store/store.ts";
import { ensure, ensureEqual, fail } from "../checks.ts";
import { SCANNABLE, scannable } from "../needs.ts";

const HOUR_MS = 3_600_000;
const RECORDS = 25;
const MOST_PAGES = 1000;

/** Walks to the end; `onPage` may change the store between two pages. */
async function walk({ store, now }: StoreCaseContext, limit: number, onPage: (page: readonly SessionRecord[]) => Promise<void>): Promise<SessionRecord[]> {
  const seen: SessionRecord[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page: { records: SessionRecord[]; next: string | null } = await scannable(store).scan(cursor, limit, { now: now() });
    seen.push(...page.records);
    if (page.next === null) return seen;
    await onPage(page.records);
    cursor = page.next;
  }
  return fail(`the walk did not end after ${MOST_PAGES} pages`);
}

const nothing = async (): Promise<void> => {};

export const scanCases: readonly StoreCase[] = [
  {
    name: "scan: walks over every live record, whole, and over no expired one",
    needs: [SCANNABLE],
    run: async (context) => {
      const { store, record, now, advance } = context;
      const live = Array.from({ length: RECORDS }, (_, index) => record({ data: `record ${index}`, expiresAt: now() + HOUR_MS + 1 }));
      for (const one of live) await store.create(one, { now: now() });
      for (let index = 0; index < 5; index++) await store.create(record({ data: "expired" }), { now: now() });
      advance(HOUR_MS);
      const seen = new Map((await walk(context, 7, nothing)).map((one) => [one.id, one]));
      ensureEqual([...seen.keys()].sort(), live.map((one) => one.id).sort(), "the ids that were seen");
      for (const one of live) ensureEqual(seen.get(one.id), one, "a record");
    },
  },
  {
    name: "scan: an empty store is one page without a cursor, or pages without records",
    needs: [SCANNABLE],
    run: async (context) => {
      ensureEqual(await walk(context, 10, nothing), [], "records of an empty store");
    },
  },
  {
    name: "scan: what is there during the whole walk is seen, whatever comes and goes",
    needs: [SCANNABLE],
    run: async (context) => {
      const { store, record, now } = context;
      const lasting = Array.from({ length: RECORDS }, () => record());
      const passing = Array.from({ length: RECORDS }, () => record());
      for (const [index, one] of lasting.entries()) {
        await store.create(one, { now: now() });
        await store.create(passing[index] as SessionRecord, { now: now() });
      }
      const lastingIds = new Set(lasting.map((one) => one.id));
      const seen = await walk(context, 5, async (page) => {
        for (const one of page) if (!lastingIds.has(one.id)) await store.delete(one.id, undefined, { now: now() });
        const unseen = passing.pop();
        if (unseen) await store.delete(unseen.id, undefined, { now: now() });
        await store.create(record(), { now: now() });
      });
      const ids = new Set(seen.map((one) => one.id));
      ensure(lasting.every((one) => ids.has(one.id)), "a record that was there during the whole walk was not seen");
    },
  },
];
