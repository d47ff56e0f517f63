import type { StoreCase } from "../case.ts";
import { ensureEqual } from "../checks.ts";
import { RENEWS } from "../needs.ts";

const HOUR_MS = 3_600_000;

export const renewCases: readonly StoreCase[] = [
  {
    name: "renew: slides when that fraction of the idle time has passed, not a millisecond before",
    needs: [RENEWS],
    run: async ({ store, otherStore, record, now, advance }) => {
      const one = record({ idleSeconds: 3600, expiresAt: now() + HOUR_MS });
      await store.create(one, { now: now() });
      const renew = { fraction: 0.1 };
      advance(HOUR_MS / 10 - 1);
      ensureEqual(await store.read(one.id, { now: now(), renew }), one, "a read before the fraction has passed");
      ensureEqual(await otherStore.read(one.id, { now: now() }), one, "the record after that");
      advance(1);
      const slid = { ...one, lastSeenAt: now(), expiresAt: now() + HOUR_MS };
      ensureEqual(await store.read(one.id, { now: now(), renew }), slid, "a read when it has passed (the version stays)");
      ensureEqual(await otherStore.read(one.id, { now: now() }), slid, "the record after that");
    },
  },
  {
    name: "renew: fraction 0 slides always",
    needs: [RENEWS],
    run: async ({ store, record, now, advance }) => {
      const one = record({ idleSeconds: 3600, expiresAt: now() + HOUR_MS });
      await store.create(one, { now: now() });
      for (let visit = 1; visit <= 3; visit++) {
        advance(1);
        ensureEqual(await store.read(one.id, { now: now(), renew: { fraction: 0 } }), { ...one, lastSeenAt: now(), expiresAt: now() + HOUR_MS }, `visit ${visit}`);
      }
    },
  },
  {
    name: "renew: never beyond `endsAt`",
    needs: [RENEWS],
    run: async ({ store, otherStore, record, now, advance }) => {
      const endsAt = now() + 1.5 * HOUR_MS;
      const one = record({ idleSeconds: 3600, expiresAt: now() + HOUR_MS, endsAt });
      await store.create(one, { now: now() });
      advance(HOUR_MS - 1);
      ensureEqual(await store.read(one.id, { now: now(), renew: { fraction: 0.1 } }), { ...one, lastSeenAt: now(), expiresAt: endsAt }, "a read in the last hour");
      advance(HOUR_MS / 2);
      ensureEqual((await store.read(one.id, { now: now(), renew: { fraction: 0 } }))?.expiresAt, endsAt, "the end, a millisecond before it");
      advance(1);
      ensureEqual(await otherStore.read(one.id, { now: now(), renew: { fraction: 0 } }), null, "the record at its end");
    },
  },
  {
    name: "renew: a record without idle time does not slide",
    needs: [RENEWS],
    run: async ({ store, otherStore, record, now, advance }) => {
      const one = record({ idleSeconds: null, expiresAt: now() + HOUR_MS, endsAt: now() + HOUR_MS });
      await store.create(one, { now: now() });
      advance(HOUR_MS / 2);
      ensureEqual(await store.read(one.id, { now: now(), renew: { fraction: 0 } }), one, "the record that was read");
      ensureEqual(await otherStore.read(one.id, { now: now() }), one, "the record after that");
    },
  },
  {
    name: "renew: a read without it slides nothing",
    needs: [],
    run: async ({ store, record, now, advance }) => {
      const one = record({ idleSeconds: 3600, expiresAt: now() + HOUR_MS });
      await store.create(one, { now: now() });
      advance(HOUR_MS / 2);
      ensureEqual(await store.read(one.id, { now: now() }), one, "a plain read");
      ensureEqual(await store.read(one.id, { now: now() }), one, "the record after that");
    },
  },
  {
    name: "renew: an expired record is not revived",
    needs: [RENEWS],
    run: async ({ store, record, now, advance }) => {
      const one = record({ idleSeconds: 3600, expiresAt: now() + HOUR_MS });
      await store.create(one, { now: now() });
      advance(HOUR_MS);
      ensureEqual(await store.read(one.id, { now: now(), renew: { fraction: 0 } }), null, "a renewing read at its end");
      ensureEqual(await store.read(one.id, { now: now() }), null, "the record after that");
    },
  },
  {
    name: "renew: a clock that went back moves no time back (TM-03)",
    needs: [RENEWS],
    run: async ({ store, otherStore, record, now, advance }) => {
      const one = record({ idleSeconds: 3600, expiresAt: now() + HOUR_MS });
      await store.create(one, { now: now() });
      advance(-60_000);
      ensureEqual(await store.read(one.id, { now: now(), renew: { fraction: 0 } }), one, "a read by a clock that is behind");
      ensureEqual(await otherStore.read(one.id, { now: now() }), one, "the record after that");
    },
  },
];
