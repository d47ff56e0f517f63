import type { StoreCase } from "../case.ts";
import { ensureEqual } from "../checks.ts";
import { LEASABLE, leasable, SECOND_CLIENT } from "../needs.ts";

export const leaseCases: readonly StoreCase[] = [
  {
    name: "lease: one holder at a time, who may take it anew, until it has ended",
    needs: [LEASABLE, SECOND_CLIENT],
    run: async ({ store, otherStore, now, advance }) => {
      const [one, other] = [leasable(store), leasable(otherStore)];
      ensureEqual(await one.tryLease("chore", 60, { now: now() }), true, "a lease that nobody has");
      ensureEqual(await other.tryLease("chore", 60, { now: now() }), false, "a lease that another client has");
      ensureEqual(await other.tryLease("other", 60, { now: now() }), true, "a lease of another name");
      advance(30_000);
      ensureEqual(await one.tryLease("chore", 60, { now: now() }), true, "a lease that this client has");
      advance(59_000);
      ensureEqual(await other.tryLease("chore", 60, { now: now() }), false, "a lease that was taken anew, a second before its end");
      advance(1000);
      ensureEqual(await other.tryLease("chore", 60, { now: now() }), true, "a lease at its end");
      ensureEqual(await one.tryLease("chore", 60, { now: now() }), false, "a lease that has passed to another client");
    },
  },
];
