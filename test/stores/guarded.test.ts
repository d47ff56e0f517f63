import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { ConfigurationError, StoreNotMigrated, StoreUnavailable } from "../../src/errors.ts";
import { isByOwner, isClosable, isMigratable, isSweepable } from "../../src/store/capabilities.ts";
import type { SessionStore } from "../../src/store/store.ts";
import { guardStore, type GuardOptions } from "../../src/stores/guarded.ts";
import { Deadlines } from "../../src/stores/deadlines.ts";
import { memoryStore } from "../../src/stores/memory.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { HangingStore } from "../support/hanging-store.ts";
import { makeRecord } from "../support/records.ts";

async function refuse(call: Promise<unknown>): Promise<StoreUnavailable> {
  const error: unknown = await call.then(() => null, (thrown: unknown) => thrown);
  assert.ok(error instanceof StoreUnavailable, `expected StoreUnavailable, got ${String(error)}`);
  return error;
}

/** A memory store whose calls fail on demand, guarded. */
function failing(options: GuardOptions = {}) {
  const inner = memoryStore({ unsafeInProduction: true });
  const state = { error: null as Error | null, calls: 0 };
  const fail = <T>(call: () => Promise<T>): Promise<T> => {
    state.calls++;
    return state.error === null ? call() : Promise.reject(state.error);
  };
  const store: SessionStore = {
    name: "failing",
    capabilities: inner.capabilities,
    read: (id, given) => fail(() => inner.read(id, given)),
    create: (record, given) => fail(() => inner.create(record, given)),
    update: (record, version, given) => fail(() => inner.update(record, version, given)),
    touch: (id, version, lastSeenAt, expiresAt, given) => fail(() => inner.touch(id, version, lastSeenAt, expiresAt, given)),
    delete: (id, version, given) => fail(() => inner.delete(id, version, given)),
  };
  const clock = new FakeClock();
  const heard: string[] = [];
  const guarded = guardStore(store, { clock, report: (event, { store: name, part }) => heard.push(`${event} ${name} ${part}`), ...options });
  return { guarded, state, clock, heard };
}

const down = (): Error => new StoreUnavailable("read a session", "unknown");

describe("guardStore: time limits", () => {
  it("CC-10 a store that hangs: calls fail within the limit as unknown, and what comes later is served", async () => {
    const hanging = new HangingStore(memoryStore({ unsafeInProduction: true }));
    const store = guardStore(hanging.store, { timeoutMs: 20, failuresToOpen: 10_000 });
    const record = makeRecord();
    hanging.hangs = true;
    const begun = performance.now();
    const errors = await Promise.all([refuse(store.read(record.id)), refuse(store.create(record)), refuse(store.delete(record.id))]);
    assert.ok(performance.now() - begun < 1000);
    assert.deepEqual(errors.map(({ outcome }) => outcome), ["unknown", "unknown", "unknown"]);
    assert.match(String(errors[0]?.cause), /did not answer within 20 ms/);
    hanging.thaw();
    await turn();
    assert.deepEqual(await store.read(record.id), null);
  });

  it("one timer serves every call in flight, is not begun anew for the next ones, and is gone a tick after the last", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const made = t.mock.method(globalThis, "setTimeout");
    const deadlines = new Deadlines(1600);
    for (const times of [1, 2, 3]) {
      const answers = Array.from({ length: 500 }, () => Promise.withResolvers<number>());
      const waiting = answers.map(({ promise }) => deadlines.limit(promise, () => new Error("late")));
      assert.equal(deadlines.size, 500);
      // Out of order: from the middle, the beginning and the end of the line.
      for (const [index, { resolve }] of [...answers.entries()].sort(([a], [b]) => ((a * 7) % 500) - ((b * 7) % 500))) resolve(index);
      assert.equal((await Promise.all(waiting))[499], 499);
      assert.equal(deadlines.size, 0);
      assert.equal(made.mock.callCount(), 1, `after ${times} times 500 calls`);
    }
    t.mock.timers.tick(100_000);
    assert.equal(made.mock.callCount(), 1);
    await deadlines.limit(Promise.resolve(), () => new Error("late"));
    assert.equal(made.mock.callCount(), 2);
  });

  it("a call that began later gets the whole of its limit, and the timer goes with the last call that expires", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const deadlines = new Deadlines(1600);
    const ended: string[] = [];
    const never = new Promise<never>(() => {});
    const wait = (name: string): void => void deadlines.limit(never, () => new Error(name)).catch((error: Error) => ended.push(error.message));
    const pass = async (ticks: number): Promise<void> => {
      for (let tick = 0; tick < ticks; tick++) t.mock.timers.tick(100);
      await turn();
    };
    wait("first");
    await pass(10);
    wait("second");
    await pass(6);
    assert.deepEqual(ended, []);
    await pass(1);
    assert.deepEqual(ended, ["first"]);
    await pass(9);
    assert.deepEqual(ended, ["first"]);
    await pass(1);
    assert.deepEqual(ended, ["first", "second"]);
    assert.equal(deadlines.size, 0);
    const made = t.mock.method(globalThis, "setTimeout");
    await pass(100);
    assert.equal(made.mock.callCount(), 0);
  });

  it("whoever leaves the line, at its beginning, middle or end, leaves all others in it", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    for (let pattern = 0; pattern < 2 ** 5; pattern++) {
      const deadlines = new Deadlines(1600);
      const late: number[] = [];
      for (let index = 0; index < 5; index++) {
        const isAnswered = (pattern & (1 << index)) !== 0;
        const work = isAnswered ? Promise.resolve() : new Promise<never>(() => {});
        void deadlines.limit(work, () => new Error("late")).catch(() => late.push(index));
      }
      await turn();
      for (let tick = 0; tick < 20; tick++) t.mock.timers.tick(100);
      await turn();
      assert.deepEqual(late, [0, 1, 2, 3, 4].filter((index) => (pattern & (1 << index)) === 0));
      assert.equal(deadlines.size, 0);
    }
  });

  it("an answer that came while the process was busy counts", async () => {
    const deadlines = new Deadlines(5);
    const answer = new Promise<string>((resolve) => {
      setImmediate(() => resolve("in time"));
    });
    const waiting = deadlines.limit(answer, () => new Error("late"));
    const until = performance.now() + 30;
    while (performance.now() < until);
    assert.equal(await waiting, "in time");
  });
});

describe("guardStore: circuit breaker", () => {
  it("PAIN-11 opens after so many failures in a row, fails at once as not sent, probes with one call, and closes by itself", async () => {
    const { guarded, state, clock, heard } = failing({ failuresToOpen: 3, retryAfterMs: 500 });
    state.error = down();
    for (let index = 0; index < 3; index++) assert.equal((await refuse(guarded.read("a"))).outcome, "unknown");
    assert.deepEqual(heard, ["store.opened failing reads"]);
    const refused = await refuse(guarded.read("a"));
    assert.deepEqual([refused.outcome, refused.retryAfterMs, refused.status, state.calls], ["not-sent", 500, 503, 3]);
    clock.advance(499);
    await refuse(guarded.read("a"));
    assert.equal(state.calls, 3);
    clock.advance(1);
    const outcomes = (await Promise.all([refuse(guarded.read("a")), refuse(guarded.read("a")), refuse(guarded.read("a"))])).map(({ outcome }) => outcome);
    assert.deepEqual(outcomes, ["unknown", "not-sent", "not-sent"]);
    assert.equal(state.calls, 4, "one probe");
    clock.advance(499);
    await refuse(guarded.read("a"));
    assert.equal(state.calls, 4, "a failed probe begins another pause");
    clock.advance(1);
    state.error = null;
    assert.equal(await guarded.read("a"), null);
    assert.equal(await guarded.read("a"), null);
    assert.deepEqual(heard, ["store.opened failing reads", "store.closed failing reads"]);
  });

  it("a success in between begins the count anew", async () => {
    const { guarded, state, heard } = failing({ failuresToOpen: 2 });
    for (let index = 0; index < 5; index++) {
      state.error = down();
      await refuse(guarded.read("a"));
      state.error = null;
      await guarded.read("a");
    }
    assert.deepEqual(heard, []);
  });

  it("an engine that refuses writes still reads and logs out", async () => {
    const { guarded, state, heard } = failing({ failuresToOpen: 2 });
    const record = makeRecord();
    await guarded.create(record);
    state.error = down();
    for (let index = 0; index < 5; index++) await refuse(guarded.update({ ...record, version: "next" }, record.version));
    state.error = null;
    assert.deepEqual(await guarded.read(record.id), record);
    assert.equal(await guarded.delete(record.id), "deleted");
    assert.deepEqual(heard, ["store.opened failing writes"]);
  });

  it("stragglers do not lengthen the pause, and one that succeeds ends it", async () => {
    const { guarded, state, clock } = failing({ failuresToOpen: 2, retryAfterMs: 100 });
    state.error = down();
    await Promise.all(Array.from({ length: 50 }, () => refuse(guarded.read("a"))));
    assert.equal(state.calls, 50);
    clock.advance(100);
    state.error = null;
    assert.equal(await guarded.read("a"), null);
  });

  it("what a store says that answers is no failure: tables that are missing, and callers that gave up", async () => {
    const { guarded, state, heard } = failing({ failuresToOpen: 1, retryAfterMs: 10 });
    state.error = new StoreNotMigrated("table");
    for (let index = 0; index < 3; index++) await assert.rejects(guarded.read("a"), StoreNotMigrated);
    const signal = AbortSignal.abort(new Error("gone home"));
    state.error = signal.reason as Error;
    for (let index = 0; index < 3; index++) await assert.rejects(guarded.read("a", { signal }), /gone home/);
    assert.deepEqual(heard, []);
  });

  it("a probe whose caller gave up leaves the next call the chance", async () => {
    const { guarded, state, clock } = failing({ failuresToOpen: 1, retryAfterMs: 10 });
    state.error = down();
    await refuse(guarded.read("a"));
    clock.advance(10);
    const signal = AbortSignal.abort(new Error("gone home"));
    state.error = signal.reason as Error;
    await assert.rejects(guarded.read("a", { signal }), /gone home/);
    state.error = null;
    assert.equal(await guarded.read("a"), null);
  });

  it("a clock that is set back does not keep it open", async () => {
    const { guarded, state, clock } = failing({ failuresToOpen: 1, retryAfterMs: 1000 });
    state.error = down();
    await refuse(guarded.read("a"));
    clock.advance(-3_600_000);
    state.error = null;
    assert.equal(await guarded.read("a"), null);
  });
});

describe("guardStore: what stays as it is", () => {
  it("capabilities are those of the store, no more and no fewer", async () => {
    const memory = memoryStore({ unsafeInProduction: true });
    const store = guardStore(memory);
    assert.deepEqual([isByOwner(store), isSweepable(store), isMigratable(store), isClosable(store)], [isByOwner(memory), isSweepable(memory), isMigratable(memory), isClosable(memory)]);
    assert.deepEqual([store.name, store.capabilities], [memory.name, memory.capabilities]);
    const record = makeRecord({ owner: "ann" });
    await store.create(record);
    assert.ok(isByOwner(store));
    assert.deepEqual(await store.listByOwner("ann"), [record]);
    assert.equal(await store.deleteByOwner("ann"), 1);
  });

  it("a guarded store is not guarded twice, and limits that are none are refused", () => {
    const store = guardStore(memoryStore({ unsafeInProduction: true }));
    assert.equal(guardStore(store), store);
    for (const timeoutMs of [0, -1, 1.5, 2 ** 31, Number.NaN]) assert.throws(() => guardStore(memoryStore({ unsafeInProduction: true }), { timeoutMs }), ConfigurationError);
  });
});
