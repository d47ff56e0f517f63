import type { StoreCase } from "../case.ts";
import { ensureEqual } from "../checks.ts";
import { COMPARES, IMMEDIATE } from "../needs.ts";

const HOUR_MS = 3_600_000;

export const deleteCases: readonly StoreCase[] = [
  {
    name: "delete: removes it for every client, and twice is harmless",
    needs: [IMMEDIATE],
    run: async ({ store, otherStore, record, now }) => {
      const [one, other] = [record(), record()];
      await store.create(one, { now: now() });
      await store.create(other, { now: now() });
      ensureEqual(await store.delete(one.id, undefined, { now: now() }), "deleted", "the first delete");
      ensureEqual(await otherStore.read(one.id, { now: now() }), null, "read by another client");
      ensureEqual(await store.delete(one.id, undefined, { now: now() }), "gone", "the second delete");
      ensureEqual(await store.read(other.id, { now: now() }), other, "another record");
    },
  },
  {
    name: "delete: with the stored version it is deleted, with another one it is a conflict",
    needs: [COMPARES],
    run: async ({ store, record, version, now }) => {
      const one = record();
      await store.create(one, { now: now() });
      ensureEqual(await store.delete(one.id, version(), { now: now() }), "conflict", "delete with another version");
      ensureEqual(await store.read(one.id, { now: now() }), one, "the record after the conflict");
      ensureEqual(await store.delete(one.id, one.version, { now: now() }), "deleted", "delete with the stored version");
      ensureEqual(await store.read(one.id, { now: now() }), null, "the record after the deletion");
      ensureEqual(await store.delete(one.id, one.version, { now: now() }), "gone", "the same once more");
    },
  },
  {
    name: "delete: without a version it wins over any other write",
    needs: [],
    run: async ({ store, record, version, now }) => {
      const one = record();
      await store.create(one, { now: now() });
      await store.update({ ...one, version: version() }, one.version, { now: now() });
      ensureEqual(await store.delete(one.id, undefined, { now: now() }), "deleted", "delete after an update");
      ensureEqual(await store.read(one.id, { now: now() }), null, "the record after that");
    },
  },
  {
    name: "delete: an expired record is gone",
    needs: [],
    run: async ({ store, record, version, now, advance }) => {
      const one = record();
      await store.create(one, { now: now() });
      advance(HOUR_MS);
      ensureEqual(await store.delete(one.id, one.version, { now: now() }), "gone", "delete of an expired record");
      ensureEqual(await store.delete(one.id, version(), { now: now() }), "gone", "delete of an expired record with another version");
      ensureEqual(await store.delete(one.id, undefined, { now: now() }), "gone", "delete of an expired record without a version");
    },
  },
  {
    name: "delete: the id is free again",
    needs: [IMMEDIATE],
    run: async ({ store, record, now }) => {
      const one = record({ owner: "ann" });
      await store.create(one, { now: now() });
      await store.delete(one.id, undefined, { now: now() });
      const next = record({ id: one.id });
      ensureEqual(await store.create(next, { now: now() }), true, "create after the deletion");
      ensureEqual(await store.read(one.id, { now: now() }), next, "the new record");
    },
  },
];
