import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { SweepPace } from "../../src/manager/sweep-pace.ts";
import { Sweeper } from "../../src/manager/sweeper.ts";
import { memoryStore } from "../../src/stores/memory.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { makeRecord } from "../support/records.ts";

/** Lets an engine of so much for a batch and so much for a record run for a while. */
function settleWith(pace: SweepPace, forBatchMs: number, forRecordMs: number, batches = 200): void {
  for (let count = 0; count < batches; count++) pace.settle(pace.size, forBatchMs + forRecordMs * pace.size);
}

describe("the pace of a sweep", () => {
  it("begins small, and finds the batch that takes about two milliseconds more than the quickest", () => {
    const pace = new SweepPace();
    assert.equal(pace.size, 16);
    settleWith(pace, 0.1, 0.02);
    assert.ok(pace.size > 40 && pace.size <= 150, `${pace.size} records of 0.02 ms`);
    const server = new SweepPace();
    settleWith(server, 25, 0.02);
    assert.ok(server.size > 40 && server.size <= 150, `${server.size} records of 0.02 ms, where a flush takes 25 ms`);
    const quick = new SweepPace();
    settleWith(quick, 0, 0.000_1);
    assert.equal(quick.size, 500);
    const capped = new SweepPace(3);
    settleWith(capped, 0, 10);
    assert.equal(capped.size, 3);
  });

  it("does what is slow less often, so that not one request in a hundred meets it", () => {
    const pace = new SweepPace();
    settleWith(pace, 0.1, 0.02);
    const { size } = pace;
    pace.settle(size, 2);
    assert.equal(pace.restMs, 400);
    pace.settle(size, 42);
    assert.equal(pace.restMs, 8400);
    assert.ok(pace.size < size);
    pace.settle(pace.size, 60_000);
    assert.equal(pace.restMs, 10_000);
    pace.settle(pace.size, 0.01);
    assert.equal(pace.restMs, 20);
    for (let count = 0; count < 20; count++) pace.settle(pace.size, 1000);
    assert.equal(pace.size, 8, "it never stands still");
  });

  it("knows whether more are waiting", () => {
    const pace = new SweepPace();
    assert.equal(pace.settle(15, 1), false);
    assert.equal(pace.settle(16, 1), true);
  });
});

describe("sweeping after writes", () => {
  const clock = new FakeClock();

  it("removes more than is written, and rests after a slow batch however much is written", async () => {
    const store = memoryStore({ unsafeInProduction: true });
    const past = clock.now() - 10_000;
    for (let index = 0; index < 200; index++) await store.create(makeRecord({ createdAt: past, lastSeenAt: past, expiresAt: past + 1000 }), { now: past });
    let time = 0;
    let tookMs = 1;
    const removed: number[] = [];
    const sweep = store.sweep.bind(store);
    store.sweep = async (limit, options) => {
      time += tookMs;
      removed.push(await sweep(limit, options));
      return removed.at(-1) ?? 0;
    };
    const sweeper = Sweeper.for(store, clock, () => time);
    const write = async (times: number): Promise<void> => {
      for (let count = 0; count < times; count++) {
        sweeper?.countWrite(false);
        await turn();
      }
    };
    await write(63);
    assert.deepEqual(removed, []);
    await write(1);
    assert.deepEqual(removed, [16]);
    await write(50);
    assert.deepEqual(removed, [16], "requests come first for 200 times as long");
    time += 200;
    tookMs = 40;
    await write(1);
    assert.equal(removed.length, 2);
    time += 5000;
    await write(150);
    assert.equal(removed.length, 2);
    time += 5000;
    tookMs = 1;
    let writes = 0;
    for (; removed.at(-1) !== 0 && writes < 500; writes++) {
      await write(1);
      time += 100;
    }
    assert.ok(writes < 200, `${writes} writes`);
    assert.equal(removed.reduce((sum, count) => sum + count, 0), 200);
  });

  it("never falls behind: after 200 new sessions as many records go, whatever the last batch took, and mere writes hurry nobody", async () => {
    const store = memoryStore({ unsafeInProduction: true });
    const past = clock.now() - 10_000;
    for (let index = 0; index < 1000; index++) await store.create(makeRecord({ createdAt: past, lastSeenAt: past, expiresAt: past + 1000 }), { now: past });
    let time = 0;
    const removed: number[] = [];
    const sweep = store.sweep.bind(store);
    store.sweep = async (limit, options) => {
      time += 1000;
      removed.push(await sweep(limit, options));
      return removed.at(-1) ?? 0;
    };
    const sweeper = Sweeper.for(store, clock, () => time);
    const count = async (times: number, begins: boolean): Promise<void> => {
      for (let time = 0; time < times; time++) {
        sweeper?.countWrite(begins);
        await turn();
      }
    };
    await count(64, true);
    await count(400, true);
    assert.deepEqual(removed, [16, 200, 200]);
    await count(1000, false);
    assert.deepEqual(removed, [16, 200, 200]);
  });

  it("never falls behind in small steps either: what the usual batches leave adds up", async () => {
    const store = memoryStore({ unsafeInProduction: true });
    const past = clock.now() - 10_000;
    for (let index = 0; index < 3000; index++) await store.create(makeRecord({ createdAt: past, lastSeenAt: past, expiresAt: past + 1000 }), { now: past });
    let time = 0;
    const sweep = store.sweep.bind(store);
    store.sweep = async (limit, options) => {
      time += limit * 0.65;
      return sweep(limit, options);
    };
    const sweeper = Sweeper.for(store, clock, () => time);
    // A batch stays small, takes about 10 ms, and requests come first for 2000: a hundred sessions.
    for (let begun = 0; begun < 2000; begun++) {
      time += 20;
      sweeper?.countWrite(true);
      await turn();
    }
    assert.ok(store.size <= 1000 + 200, `${store.size - 1000} wait`);
  });
});
