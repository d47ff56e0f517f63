import type { StoreCase } from "../case.ts";
import { ensureEqual } from "../checks.ts";
import { CLOSABLE, MIGRATABLE, SECOND_CLIENT, closable, migratable } from "../needs.ts";

export const maintenanceCases: readonly StoreCase[] = [
  {
    name: "migrate: leaves nothing pending, does nothing twice, and keeps what is stored",
    needs: [MIGRATABLE],
    run: async ({ store, record, now }) => {
      await migratable(store).migrate();
      ensureEqual(await migratable(store).pendingMigrations(), [], "what is pending after migrate()");
      const one = record({ owner: "ann" });
      await store.create(one, { now: now() });
      ensureEqual(await migratable(store).migrate(), [], "what a second migrate() did");
      ensureEqual(await store.read(one.id, { now: now() }), one, "a record after the second migrate()");
    },
  },
  {
    name: "migrate: two clients at once both succeed",
    needs: [MIGRATABLE],
    run: async ({ store, otherStore, record, now }) => {
      await Promise.all([migratable(store).migrate(), migratable(otherStore).migrate(), migratable(store).migrate()]);
      ensureEqual(await migratable(otherStore).pendingMigrations(), [], "what is pending after that");
      const one = record();
      ensureEqual(await store.create(one, { now: now() }), true, "create after that");
      ensureEqual(await otherStore.read(one.id, { now: now() }), one, "the record");
    },
  },
  {
    name: "close: twice is harmless, and another client goes on",
    needs: [CLOSABLE, SECOND_CLIENT],
    run: async ({ store, otherStore, record, now }) => {
      const one = record();
      await store.create(one, { now: now() });
      await closable(store).close();
      await closable(store).close();
      ensureEqual(await otherStore.read(one.id, { now: now() }), one, "a record, read by the other client");
      ensureEqual(await otherStore.delete(one.id, undefined, { now: now() }), "deleted", "its deletion by the other client");
    },
  },
];
