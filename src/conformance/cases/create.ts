import type { SessionRecord } from "../../store/store.ts";
import type { StoreCase } from "../case.ts";
import { ensure, ensureEqual } from "../checks.ts";

const HOUR_MS = 3_600_000;

export const createCases: readonly StoreCase[] = [
  {
    name: "create: a fresh id is stored and seen by every client",
    needs: [],
    run: async ({ store, otherStore, record, now }) => {
      const one = record();
      ensureEqual(await store.create(one, { now: now() }), true, "create of a fresh id");
      ensureEqual(await store.read(one.id, { now: now() }), one, "read by the client that created it");
      ensureEqual(await otherStore.read(one.id, { now: now() }), one, "read by another client");
    },
  },
  {
    name: "create: a taken id is false and changes nothing (SID-05)",
    needs: [],
    run: async ({ store, record, version, now }) => {
      const first = record();
      await store.create(first, { now: now() });
      const second = record({ id: first.id, data: '{"visits":2}', version: version(), owner: "mallory" });
      ensureEqual(await store.create(second, { now: now() }), false, "create of a taken id");
      ensureEqual(await store.read(first.id, { now: now() }), first, "the record that was there");
    },
  },
  {
    name: "create: an expired record does not count, and nothing of it stays",
    needs: [],
    run: async ({ store, record, now, advance }) => {
      const old = record({ owner: "old owner", endsAt: now() + HOUR_MS, persistent: false });
      await store.create(old, { now: now() });
      advance(HOUR_MS);
      const fresh = record({ id: old.id, data: "{}", idleSeconds: null });
      ensureEqual(await store.create(fresh, { now: now() }), true, "create over an expired record");
      ensureEqual(await store.read(old.id, { now: now() }), fresh, "the record after that");
    },
  },
  {
    name: "create: what was handed in is copied",
    needs: [],
    run: async ({ store, record, now }) => {
      const one: SessionRecord = record();
      const handed = { ...one };
      ensure(await store.create(handed, { now: now() }), "create of a fresh id returned false");
      handed.data = '{"visits":999}';
      ensureEqual(await store.read(one.id, { now: now() }), one, "the record after the caller changed its own object");
    },
  },
];
