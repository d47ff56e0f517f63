import type { SessionRecord } from "../../store/store.ts";
import type { StoreCase } from "../case.ts";
import { ensureEqual } from "../checks.ts";
import { BY_OWNER, IMMEDIATE, byOwner } from "../needs.ts";

const HOUR_MS = 3_600_000;

const idsOf = (records: readonly SessionRecord[]): string[] => records.map((one) => one.id);

export const byOwnerCases: readonly StoreCase[] = [
  {
    name: "by owner: lists every live record of that owner, last seen first, whole",
    needs: [BY_OWNER],
    run: async ({ store, otherStore, record, now, advance, uniqueName }) => {
      const [ann, bob] = [uniqueName(), uniqueName()];
      const early = record({ owner: ann, lastSeenAt: now() - 3000 });
      const latest = record({ owner: ann, lastSeenAt: now() - 1000, data: "latest" });
      const middle = record({ owner: ann, lastSeenAt: now() - 2000 });
      const ending = record({ owner: ann, expiresAt: now() + HOUR_MS / 2 });
      for (const one of [early, latest, middle, ending, record({ owner: bob }), record()]) await store.create(one, { now: now() });
      advance(HOUR_MS / 2);
      ensureEqual(await byOwner(store).listByOwner(ann, { now: now() }), [latest, middle, early], "her live records");
      ensureEqual(idsOf(await byOwner(otherStore).listByOwner(ann, { now: now() })), idsOf([latest, middle, early]), "her records, as another client sees them");
      ensureEqual(await byOwner(store).listByOwner(uniqueName(), { now: now() }), [], "the records of nobody");
    },
  },
  {
    name: "by owner: follows the owner through updates (login, logout, another user)",
    needs: [BY_OWNER],
    run: async ({ store, record, version, now, uniqueName }) => {
      const [ann, bob] = [uniqueName(), uniqueName()];
      const at = { now: now() };
      const anonymous = record();
      await store.create(anonymous, at);
      const hers: SessionRecord = { ...anonymous, owner: ann, version: version() };
      await store.update(hers, anonymous.version, at);
      ensureEqual(await byOwner(store).listByOwner(ann, at), [hers], "after she signed in");
      const his: SessionRecord = { ...hers, owner: bob, version: version() };
      await store.update(his, hers.version, at);
      ensureEqual(await byOwner(store).listByOwner(ann, at), [], "hers, after he signed in");
      ensureEqual(await byOwner(store).listByOwner(bob, at), [his], "his, after he signed in");
      ensureEqual(await byOwner(store).deleteByOwner(ann, at), 0, "deletions among hers");
      ensureEqual(await store.read(his.id, at), his, "his record after hers were deleted");
      await store.update({ ...his, owner: null, version: version() }, his.version, at);
      ensureEqual(await byOwner(store).listByOwner(bob, at), [], "his, after he signed out");
    },
  },
  {
    name: "by owner: deletes all but one, counts them, and spares the others",
    needs: [BY_OWNER, IMMEDIATE],
    run: async ({ store, otherStore, record, version, now, uniqueName }) => {
      const [ann, bob] = [uniqueName(), uniqueName()];
      const at = { now: now() };
      const hers = [record({ owner: ann }), record({ owner: ann }), record({ owner: ann })];
      const his = record({ owner: bob });
      for (const one of [...hers, his]) await store.create(one, at);
      const kept = hers[1] as SessionRecord;
      ensureEqual(await byOwner(store).deleteByOwner(ann, { ...at, exceptId: kept.id }), 2, "records deleted, one excepted");
      ensureEqual(idsOf(await byOwner(otherStore).listByOwner(ann, at)), [kept.id], "what is left of hers");
      const slow = hers[0] as SessionRecord;
      ensureEqual(await otherStore.update({ ...slow, version: version() }, slow.version, at), { outcome: "gone" }, "a slow write to a deleted one");
      ensureEqual(await byOwner(store).deleteByOwner(ann, at), 1, "records deleted, none excepted");
      ensureEqual(await otherStore.read(kept.id, at), null, "the last of hers");
      ensureEqual(await otherStore.read(his.id, at), his, "his");
      ensureEqual(await byOwner(store).deleteByOwner(ann, at), 0, "records deleted the second time");
    },
  },
  {
    name: "by owner: owners are compared exactly",
    needs: [BY_OWNER],
    run: async ({ store, record, now, uniqueName }) => {
      const at = { now: now() };
      const ann = uniqueName();
      const owners = [ann, ann.toUpperCase(), `${ann} `, ` ${ann}`, `${ann}%`, `${ann}é`, `${ann}e\u0301`, `${ann}'`, `${ann}:`, `${ann}*`];
      for (const owner of owners) await store.create(record({ owner, data: owner }), at);
      for (const owner of owners) {
        ensureEqual((await byOwner(store).listByOwner(owner, at)).map((one) => one.data), [owner], `records of ${JSON.stringify(owner)}`);
      }
      ensureEqual(await byOwner(store).deleteByOwner(ann, at), 1, "records deleted");
      for (const owner of owners.slice(1)) {
        ensureEqual((await byOwner(store).listByOwner(owner, at)).length, 1, `records of ${JSON.stringify(owner)} after another owner's were deleted`);
      }
    },
  },
];
