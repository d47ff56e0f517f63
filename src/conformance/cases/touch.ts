import type { StoreCase } from "../case.ts";
import { ensureEqual } from "../checks.ts";
import { COMPARES, IMMEDIATE } from "../needs.ts";

const HOUR_MS = 3_600_000;

export const touchCases: readonly StoreCase[] = [
  {
    name: "touch: moves the two times and nothing else",
    needs: [],
    run: async ({ store, otherStore, record, now, advance }) => {
      const one = record({ owner: "ann", endsAt: now() + 90 * HOUR_MS });
      await store.create(one, { now: now() });
      advance(60_000);
      const [lastSeenAt, expiresAt] = [now(), now() + HOUR_MS];
      ensureEqual(await store.touch(one.id, one.version, lastSeenAt, expiresAt, { now: now() }), true, "touch of a live record");
      ensureEqual(await otherStore.read(one.id, { now: now() }), { ...one, lastSeenAt, expiresAt }, "the record after that");
    },
  },
  {
    name: "touch: may end a record earlier",
    needs: [],
    run: async ({ store, record, now, advance }) => {
      const one = record();
      await store.create(one, { now: now() });
      await store.touch(one.id, one.version, now() + 1, now() + HOUR_MS / 2, { now: now() });
      advance(HOUR_MS / 2);
      ensureEqual(await store.read(one.id, { now: now() }), null, "the record at its new end");
    },
  },
  {
    name: "touch: the later of two visits counts, in whatever order they arrive",
    needs: [],
    run: async ({ store, otherStore, record, now }) => {
      const one = record();
      await store.create(one, { now: now() });
      const [early, late] = [now() + 10_000, now() + 20_000];
      ensureEqual(await store.touch(one.id, one.version, late, late + HOUR_MS, { now: now() }), true, "touch by the later visit");
      ensureEqual(await otherStore.touch(one.id, one.version, early, early + HOUR_MS, { now: now() }), true, "touch by the earlier visit");
      ensureEqual(await store.read(one.id, { now: now() }), { ...one, lastSeenAt: late, expiresAt: late + HOUR_MS }, "the record after both");
    },
  },
  {
    name: "touch: another version is stored, so nothing moves",
    needs: [COMPARES],
    run: async ({ store, record, version, now }) => {
      const one = record();
      await store.create(one, { now: now() });
      const next = { ...one, version: version() };
      await store.update(next, one.version, { now: now() });
      ensureEqual(await store.touch(one.id, one.version, now() + 1, now() + 2 * HOUR_MS, { now: now() }), false, "touch with the old version");
      ensureEqual(await store.read(one.id, { now: now() }), next, "the record after that");
    },
  },
  {
    name: "touch: makes nothing, and brings nothing back (CC-02, PAIN-02)",
    needs: [IMMEDIATE],
    run: async ({ store, otherStore, record, now }) => {
      const one = record();
      ensureEqual(await store.touch(one.id, one.version, now(), now() + HOUR_MS, { now: now() }), false, "touch of an unknown id");
      ensureEqual(await store.read(one.id, { now: now() }), null, "the record after that");
      await store.create(one, { now: now() });
      await otherStore.delete(one.id, undefined, { now: now() });
      ensureEqual(await store.touch(one.id, one.version, now(), now() + HOUR_MS, { now: now() }), false, "touch of a deleted record");
      ensureEqual(await store.read(one.id, { now: now() }), null, "the deleted record after that");
    },
  },
  {
    name: "touch: an expired record stays expired",
    needs: [],
    run: async ({ store, record, now, advance }) => {
      const one = record();
      await store.create(one, { now: now() });
      advance(HOUR_MS);
      ensureEqual(await store.touch(one.id, one.version, now(), now() + HOUR_MS, { now: now() }), false, "touch at the end of its life");
      ensureEqual(await store.read(one.id, { now: now() }), null, "the record after that");
    },
  },
];
