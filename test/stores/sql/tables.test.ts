import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { startSweeper } from "../../../src/manager/start-sweeper.ts";
import { isLeasable } from "../../../src/store/capabilities.ts";
import { cachedStore } from "../../../src/stores/cached.ts";
import { memoryStore } from "../../../src/stores/memory.ts";
import { postgresStore } from "../../../src/stores/postgres.ts";
import { sqliteStore } from "../../../src/stores/sqlite.ts";
import { makeRecord } from "../../support/records.ts";

describe("several tables", () => {
  it("with long names have statements with names of their own, which the server does not cut", async () => {
    const names = new Map<string, Set<string>>();
    const schema = "s".repeat(40);
    for (const table of [`${schema}.${"t".repeat(40)}`, `${schema}.${"t".repeat(39)}u`, schema]) {
      const query = async ({ name = "", text }: { name?: string; text: string }): Promise<{ rows: unknown[]; rowCount: number }> => {
        names.set(name, (names.get(name) ?? new Set()).add(text));
        return { rows: [], rowCount: 0 };
      };
      const store = postgresStore({ query }, { table });
      await store.create(makeRecord());
      await store.read("a");
      await store.update(makeRecord(), "v");
      await store.touch("a", "v", 1, 2);
      await store.delete("a");
      await store.delete("a", "v");
      await store.sweep(1);
      await store.listByOwner("ann");
      await store.deleteByOwner("ann");
      await store.scan(null, 10);
      await store.tryLease("chore", 60);
    }
    assert.ok(names.size > 30, `${names.size} statements`);
    for (const [name, texts] of names) {
      assert.ok(name.length > 0 && name.length <= 63, name);
      assert.equal(texts.size, 1, `${name} is the name of more than one statement`);
    }
  });

  it("LC-26 beside one another in a database are each swept by somebody", async () => {
    const database = new DatabaseSync(":memory:");
    const now = Date.now();
    const sweepers = await Promise.all(
      ["shop", "admin"].map(async (table) => {
        const store = sqliteStore(database, { table });
        for (let index = 0; index < 10; index++) await store.create(makeRecord({ expiresAt: now - 1000 }), { now: now - 10_000 });
        return startSweeper(store);
      }),
    );
    assert.deepEqual(await Promise.all(sweepers.map((one) => one.run())), [10, 10]);
    for (const one of sweepers) await one.stop();
    database.close();
  });

  it("behind a cache lend what they lend without one", async () => {
    const store = sqliteStore(":memory:");
    const cached = cachedStore(memoryStore(), store, {});
    assert.ok(isLeasable(cached));
    assert.equal(await cached.tryLease("chore", 60), true);
    await store.close();
  });
});
