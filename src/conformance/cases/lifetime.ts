import type { StoreCase } from "../case.ts";
import { ensure, ensureEqual } from "../checks.ts";

const DAY_MS = 86_400_000;

/** Long enough for a timer of one millisecond to have fired. */
const A_MOMENT_MS = 5;

const aMoment = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, A_MOMENT_MS);
  });

const livesFor = (name: string, days: number): StoreCase => ({
  name,
  needs: [],
  run: async ({ store, record, now, advance }) => {
    const one = record({ idleSeconds: days * 86_400, expiresAt: now() + days * DAY_MS });
    ensure(await store.create(one, { now: now() }), "create of a fresh id returned false");
    const longer = { ...one, version: "second-version", expiresAt: one.expiresAt + 1 };
    ensureEqual(await store.update(longer, one.version, { now: now() }), { outcome: "updated" }, "update");
    await aMoment();
    ensureEqual(await store.read(one.id, { now: now() }), longer, "the record a moment after it was made");
    advance(days * DAY_MS);
    ensureEqual(await store.read(one.id, { now: now() }), longer, `the record after ${days} days`);
    advance(1);
    ensureEqual(await store.read(one.id, { now: now() }), null, "the record at its end");
  },
});

export const lifetimeCases: readonly StoreCase[] = [
  livesFor("lifetime: longer than the longest timer, 24.8 days (TM-10)", 25),
  livesFor("lifetime: longer than memcached's 30 days (TM-07)", 31),
  livesFor("lifetime: ten years", 3650),
  {
    name: "lifetime: ends are kept to the millisecond (TM-07)",
    needs: [],
    run: async ({ store, record, now, advance }) => {
      const start = Math.ceil(now() / 1000) * 1000;
      advance(start - now());
      const records = [1, 499, 500, 999].map((ms) => record({ expiresAt: start + 90_000 + ms }));
      for (const one of records) ensure(await store.create(one, { now: now() }), "create of a fresh id returned false");
      advance(90_000);
      for (const one of records) {
        advance(one.expiresAt - 1 - now());
        ensureEqual(await store.read(one.id, { now: now() }), one, "a millisecond before its end");
        advance(1);
        ensureEqual(await store.read(one.id, { now: now() }), null, "at its end");
      }
    },
  },
];
