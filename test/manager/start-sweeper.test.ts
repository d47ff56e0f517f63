import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { startSweeper } from "coatcheck";
import { memoryStore } from "../../src/stores/memory.ts";
import { sqliteStore } from "../../src/stores/sqlite.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { temporaryFolder } from "../support/engines/server-process.ts";
import { makeRecord } from "../support/records.ts";
import type { SessionStore } from "../../src/store/store.ts";

const clock = new FakeClock();
async function leave(store: SessionStore, count: number): Promise<void> {
  const past = clock.now() - 10_000;
  for (let index = 0; index < count; index++) await store.create(makeRecord({ createdAt: past, lastSeenAt: past, expiresAt: past + 1000 }), { now: past });
}

describe("startSweeper", () => {
  it("removes everything that has expired, in batches, and nothing that lives", async () => {
    const store = memoryStore({ unsafeInProduction: true });
    const alive = makeRecord({ createdAt: clock.now(), lastSeenAt: clock.now(), expiresAt: clock.now() + 3_600_000 });
    await store.create(alive, { now: clock.now() });
    await leave(store, 1200);
    const sweeper = startSweeper(store, { clock });
    assert.equal(await sweeper.run(), 1200);
    assert.deepEqual(await store.read(alive.id, { now: clock.now() }), alive);
    await sweeper.stop();
  });

  it("is done by one node at a time, and by another when the first has gone", async (t) => {
    const folder = await temporaryFolder("sweeper");
    const stores = [sqliteStore(`${folder.path}/s.db`), sqliteStore(`${folder.path}/s.db`)] as const;
    t.after(async () => {
      for (const store of stores) await store.close();
      await folder.remove();
    });
    const [first, second] = [startSweeper(stores[0], { every: "1m", clock }), startSweeper(stores[1], { every: "1m", clock })];
    await leave(stores[0], 3);
    assert.equal(await first.run(), 3);
    await leave(stores[0], 3);
    assert.equal(await second.run(), 0, "the first holds the lease");
    assert.equal(await first.run(), 3);
    await leave(stores[0], 2);
    await first.stop();
    clock.advance(120_000);
    assert.equal(await second.run(), 2);
    assert.equal(await first.run(), 0, "stopped");
    await second.stop();
  });

  it("runs by its timer, keeps no process alive, and stops", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const store = memoryStore({ unsafeInProduction: true });
    const swept: number[] = [];
    const sweep = store.sweep.bind(store);
    store.sweep = async (limit, options) => {
      const count = await sweep(limit, options);
      swept.push(count);
      return count;
    };
    const sweeper = startSweeper(store, { every: "30s", clock });
    await leave(store, 2);
    t.mock.timers.tick(29_999);
    await turn();
    assert.deepEqual(swept, []);
    t.mock.timers.tick(1);
    await turn();
    assert.deepEqual(swept, [2]);
    t.mock.timers.tick(30_000);
    await turn();
    assert.deepEqual(swept, [2, 0]);
    await sweeper.stop();
    t.mock.timers.tick(90_000);
    await turn();
    assert.equal(swept.length, 2);
  });

  it("takes its lease once and not before each batch, and again before it ends", async () => {
    const store = Object.assign(memoryStore({ unsafeInProduction: true }), { tryLease: async () => ++leases <= 2 });
    let leases = 0;
    await leave(store, 300);
    const batches: number[] = [];
    const sweep = store.sweep.bind(store);
    store.sweep = async (limit, options) => {
      batches.push(await sweep(limit, options));
      return batches.at(-1) ?? 0;
    };
    const sweeper = startSweeper(store, { every: "1m", clock });
    assert.equal(await sweeper.run(), 300);
    assert.ok(batches.length > 3 && batches.every((count) => count <= 500), batches.join());
    assert.equal(leases, 1);
    await leave(store, 2000);
    store.sweep = async (limit, options) => {
      clock.advance(20_000);
      return sweep(limit, options);
    };
    assert.ok((await sweeper.run()) < 2000, "another took the lease over meanwhile");
    assert.equal(leases, 3);
    await sweeper.stop();
  });

  it("rests between batches without keeping the process alive, unless somebody waits, and stops in the middle", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const store = memoryStore({ unsafeInProduction: true });
    await leave(store, 100);
    let waits = 0;
    const resting = { now: () => clock.now(), wait: (milliseconds: number, signal?: AbortSignal) => (waits++, clock.wait(milliseconds, signal)) };
    const sweeper = startSweeper(store, { every: "30s", clock: resting });
    t.mock.timers.tick(30_000);
    await turn();
    await turn();
    assert.equal(waits, 0, "it rests on a timer that holds nothing");
    assert.ok((await sweeper.run()) === 100 && waits > 0);
    await leave(store, 100);
    t.mock.timers.tick(30_000);
    await turn();
    await sweeper.stop();
    assert.ok((await store.sweep(1000, { now: clock.now() })) > 0, "stopped in the middle");
  });

  it("a store that fails is tried again the next time; one that has nothing to sweep is refused", async () => {
    const store = memoryStore({ unsafeInProduction: true });
    let fails = true;
    const sweep = store.sweep.bind(store);
    store.sweep = (limit, options) => (fails ? Promise.reject(new Error("down")) : sweep(limit, options));
    await leave(store, 1);
    const sweeper = startSweeper(store, { clock });
    assert.equal(await sweeper.run(), 0);
    fails = false;
    assert.equal(await sweeper.run(), 1);
    await sweeper.stop();
    const { read, create, update, touch, delete: remove } = store;
    const other: SessionStore = { name: "engine", capabilities: { ...store.capabilities, ownExpiry: true }, read, create, update, touch, delete: remove };
    assert.throws(() => startSweeper(other), /engine store has nothing to sweep/);
  });
});
