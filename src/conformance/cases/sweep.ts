import type { StoreCase } from "../case.ts";
import { ensure, ensureEqual } from "../checks.ts";
import { IMMEDIATE, SWEEPABLE, sweeper } from "../needs.ts";

const MINUTE_MS = 60_000;
const EXPIRED = 30;
const LIVE = 10;

export const sweepCases: readonly StoreCase[] = [
  {
    name: "sweep: removes what has expired, in batches, and nothing else (LC-26, PAIN-20)",
    needs: [SWEEPABLE],
    run: async ({ store, record, now, advance }) => {
      const end = now() + 10 * MINUTE_MS;
      const expired = Array.from({ length: EXPIRED }, (_, index) => record({ expiresAt: end - index * 1000 }));
      const live = Array.from({ length: LIVE }, (_, index) => record({ expiresAt: end + 1 + index * 1000 }));
      for (const one of [...expired, ...live]) await store.create(one, { now: now() });
      advance(10 * MINUTE_MS);
      const counts: number[] = [];
      for (let removed = -1; removed !== 0 && counts.length <= EXPIRED; counts.push(removed)) {
        removed = await sweeper(store).sweep(12, { now: now() });
      }
      ensureEqual(counts, [12, 12, 6, 0], "records removed by each batch of 12");
      for (const one of live) ensureEqual(await store.read(one.id, { now: now() }), one, "a live record");
      for (const one of expired) ensureEqual(await store.read(one.id, { now: now() - 10 * MINUTE_MS }), null, "an expired record, asked for as if it were earlier");
    },
  },
  {
    name: "sweep: goes by the end that a record has now, not by the one that it had",
    needs: [SWEEPABLE],
    run: async ({ store, record, version, now, advance }) => {
      const far = now() + 1000 * MINUTE_MS;
      const [touched, updated, prolonged] = [record({ expiresAt: far }), record({ expiresAt: far }), record({ expiresAt: now() + MINUTE_MS })];
      for (const one of [touched, updated, prolonged]) await store.create(one, { now: now() });
      await store.touch(touched.id, touched.version, now() + 1, now() + MINUTE_MS, { now: now() });
      await store.update({ ...updated, version: version(), expiresAt: now() + MINUTE_MS }, updated.version, { now: now() });
      await store.touch(prolonged.id, prolonged.version, now() + 1, far, { now: now() });
      advance(MINUTE_MS);
      ensureEqual(await sweeper(store).sweep(10, { now: now() }), 2, "records removed, two of which were to live longer");
      ensureEqual((await store.read(prolonged.id, { now: now() }))?.expiresAt, far, "the end of the record that was prolonged");
    },
  },
  {
    name: "sweep: a slow write does not bring back what was swept (CC-03)",
    needs: [SWEEPABLE],
    run: async ({ store, otherStore, record, version, now, advance }) => {
      const one = record({ expiresAt: now() + MINUTE_MS });
      await store.create(one, { now: now() });
      const before = now();
      advance(MINUTE_MS);
      ensureEqual(await sweeper(store).sweep(10, { now: now() }), 1, "records removed");
      const late = { ...one, version: version(), expiresAt: now() + MINUTE_MS };
      ensureEqual(await otherStore.update(late, one.version, { now: before }), { outcome: "gone" }, "update by a request whose clock is behind");
      ensureEqual(await otherStore.read(one.id, { now: now() }), null, "the record after that");
    },
  },
  {
    name: "sweep: a record that is refreshed meanwhile survives (LC-26)",
    needs: [SWEEPABLE, IMMEDIATE],
    run: async ({ store, otherStore, record, now }) => {
      const end = now() + 10 * MINUTE_MS;
      const records = Array.from({ length: 40 }, () => record({ expiresAt: end }));
      for (const one of records) await store.create(one, { now: now() });
      const [sweeps, touches] = await Promise.all([
        Promise.all(Array.from({ length: 10 }, () => sweeper(store).sweep(5, { now: end }))),
        Promise.all(records.map((one) => otherStore.touch(one.id, one.version, end - 1, end + 10 * MINUTE_MS, { now: end - 1 }))),
      ]);
      let alive = 0;
      for (const [index, one] of records.entries()) {
        const isAlive = (await store.read(one.id, { now: end })) !== null;
        ensure(!touches[index] || isAlive, "a record was swept although its touch had been answered with true");
        alive += isAlive ? 1 : 0;
      }
      const swept = sweeps.reduce((sum, count) => sum + count, 0);
      ensure(swept <= records.length - alive, `${swept} records were called swept, ${alive} of ${records.length} are alive`);
    },
  },
];
