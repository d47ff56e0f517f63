import type { StoreCase } from "../case.ts";
import { ensure, ensureEqual } from "../checks.ts";
import { COMPARES, IMMEDIATE } from "../needs.ts";

const HOUR_MS = 3_600_000;

export const updateCases: readonly StoreCase[] = [
  {
    name: "update: every field is replaced, and the version is the one that was handed over",
    needs: [],
    run: async ({ store, otherStore, record, now, advance }) => {
      const old = record({ owner: "ann", endsAt: now() + 90 * HOUR_MS });
      await store.create(old, { now: now() });
      advance(60_000);
      const next = record({ id: old.id, data: '{"visits":2}', owner: "bob", createdAt: old.createdAt - 5, idleSeconds: null, endsAt: null, persistent: false });
      ensureEqual(await store.update(next, old.version, { now: now() }), { outcome: "updated" }, "update with the stored version");
      ensureEqual(await otherStore.read(old.id, { now: now() }), next, "the record after that");
      const last = { ...old, version: `${old.version.slice(0, 8)}-3`, expiresAt: old.expiresAt + 1 };
      ensureEqual(await store.update(last, next.version, { now: now() }), { outcome: "updated" }, "a second update");
      ensureEqual(await otherStore.read(old.id, { now: now() }), last, "the record after the second");
    },
  },
  {
    name: "update: a record that was never there is gone, and is not made",
    needs: [],
    run: async ({ store, record, now }) => {
      const one = record();
      ensureEqual(await store.update(one, one.version, { now: now() }), { outcome: "gone" }, "update of an unknown id");
      ensureEqual(await store.read(one.id, { now: now() }), null, "the record after that");
    },
  },
  {
    name: "update: a deleted record stays dead (CC-01, PAIN-02)",
    needs: [IMMEDIATE],
    run: async ({ store, otherStore, record, version, now }) => {
      const one = record();
      await store.create(one, { now: now() });
      await otherStore.delete(one.id, undefined, { now: now() });
      ensureEqual(await store.update({ ...one, version: version() }, one.version, { now: now() }), { outcome: "gone" }, "update after the deletion");
      ensureEqual(await store.read(one.id, { now: now() }), null, "the record after that");
    },
  },
  {
    name: "update: an expired record is gone, and stays so",
    needs: [],
    run: async ({ store, record, version, now, advance }) => {
      const one = record();
      await store.create(one, { now: now() });
      advance(HOUR_MS);
      const late = { ...one, version: version(), lastSeenAt: now(), expiresAt: now() + HOUR_MS };
      ensureEqual(await store.update(late, one.version, { now: now() }), { outcome: "gone" }, "update at the end of its life");
      ensureEqual(await store.read(one.id, { now: now() }), null, "the record after that");
    },
  },
  {
    name: "update: a conflict changes nothing and brings the current record whole",
    needs: [COMPARES],
    run: async ({ store, otherStore, record, version, now }) => {
      const base = record({ endsAt: now() + 90 * HOUR_MS });
      await store.create(base, { now: now() });
      const winner = { ...base, version: version(), data: '{"winner":true}', owner: "ann", lastSeenAt: now() + 1, expiresAt: base.expiresAt + 1, persistent: false };
      ensureEqual(await otherStore.update(winner, base.version, { now: now() }), { outcome: "updated" }, "the first of two writers");
      const loser = { ...base, version: version(), data: '{"loser":true}' };
      ensureEqual(await store.update(loser, base.version, { now: now() }), { outcome: "conflict", current: winner }, "the second of two writers");
      ensureEqual(await store.read(base.id, { now: now() }), winner, "the record after the conflict");
      const rebased = { ...loser, version: version() };
      ensureEqual(await store.update(rebased, winner.version, { now: now() }), { outcome: "updated" }, "the second writer, from the current record");
      ensureEqual(await otherStore.read(base.id, { now: now() }), rebased, "the record after the second writer's turn");
    },
  },
  {
    name: "update: what a conflict brings is a copy",
    needs: [COMPARES],
    run: async ({ store, record, version, now }) => {
      const one = record();
      await store.create(one, { now: now() });
      const answer = await store.update({ ...one, version: version() }, version(), { now: now() });
      ensure(answer.outcome === "conflict", `update with a version that is not stored answered ${answer.outcome}`);
      const current: { data: string } = answer.current;
      try {
        current.data = '{"visits":999}';
      } catch {
        // A frozen record is as good as a copy.
      }
      ensureEqual(await store.read(one.id, { now: now() }), one, "the record after its copy was changed");
    },
  },
  {
    name: "update: versions are compared exactly",
    needs: [COMPARES],
    run: async ({ store, record, version, now }) => {
      const one = record({ version: "Ab9-_z00000000Z2" });
      await store.create(one, { now: now() });
      for (const wrong of ["ab9-_z00000000z2", "AB9-_Z00000000Z2", "Ab9-_z00000000Z", "Ab9-_z00000000Z22", "Ab9-_z00000000Z1", "Ab9__z00000000Z2", "", " ", "日本😀", "' or '1'='1"]) {
        const answer = await store.update({ ...one, version: version() }, wrong, { now: now() });
        ensureEqual(answer, { outcome: "conflict", current: one }, `update with ${JSON.stringify(wrong)} where ${one.version} is stored`);
      }
    },
  },
  {
    name: "update: another record is left alone",
    needs: [],
    run: async ({ store, record, version, now }) => {
      const [one, other] = [record(), record()];
      await store.create(one, { now: now() });
      await store.create(other, { now: now() });
      await store.update({ ...one, version: version(), data: "{}" }, one.version, { now: now() });
      ensureEqual(await store.read(other.id, { now: now() }), other, "the other record");
    },
  },
];
