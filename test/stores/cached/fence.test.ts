import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SessionStore } from "../../../src/store/store.ts";
import { Fence } from "../../../src/stores/cached/fence.ts";
import { cachedStore } from "../../../src/stores/cached.ts";
import { memoryStore } from "../../../src/stores/memory.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { makeRecord } from "../../support/records.ts";

const [CHECK_MS, MAX_AGE_MS] = [1000, 30_000];

describe("Fence", () => {
  it("lets nodes use the cache for checkEveryMs after each look, and asks once for all who wait", async () => {
    const clock = new FakeClock();
    const store = memoryStore({ clock });
    let looks = 0;
    const read = store.read.bind(store);
    store.read = (...args) => {
      looks += 1;
      return read(...args);
    };
    const fence = new Fence(store, clock, CHECK_MS, MAX_AGE_MS);
    assert.deepEqual(await Promise.all([fence.look(), fence.look(), fence.look()]), [true, true, true]);
    clock.advance(CHECK_MS - 1);
    assert.equal(await fence.look(), true);
    assert.equal(looks, 1);
    clock.advance(1);
    assert.equal(await fence.look(), true);
    assert.equal(looks, 2);
    clock.advance(-5000);
    await fence.look();
    assert.equal(looks, 3, "a clock that went back proves nothing");
  });

  it("is seen by another node within checkEveryMs, and raise() returns only after that", async () => {
    const clock = new FakeClock();
    const store = memoryStore({ clock });
    const [one, other] = [new Fence(store, clock, CHECK_MS, MAX_AGE_MS), new Fence(store, clock, CHECK_MS, MAX_AGE_MS)];
    assert.equal(await other.look(), true);
    const before = clock.now();
    await one.raise();
    assert.ok(clock.now() - before > CHECK_MS);
    assert.deepEqual([await one.look(), await other.look()], [false, false]);
  });

  it("stands until every copy of the time before it has ended, by whichever clock of nodes 30 s apart", async () => {
    const clock = new FakeClock();
    const store = memoryStore({ clock });
    const fence = new Fence(store, clock, CHECK_MS, MAX_AGE_MS);
    const raisedAt = clock.now();
    await fence.raise();
    const settledAt = clock.now();
    const stands = (await store.read(Fence.id, { now: clock.now() }))?.expiresAt as number;
    assert.ok(stands >= settledAt + MAX_AGE_MS + 60_000);
    assert.ok(stands <= raisedAt + MAX_AGE_MS + 65_000, "and not much longer");
    clock.set(stands - 1);
    assert.equal(await new Fence(store, clock, CHECK_MS, MAX_AGE_MS).look(), false);
    clock.set(stands);
    assert.equal(await new Fence(store, clock, CHECK_MS, MAX_AGE_MS).look(), true);
  });

  it("protects only when it has stood for long enough since this node saw it, and not near its end", async () => {
    const clock = new FakeClock();
    const store = memoryStore({ clock });
    const [one, other] = [new Fence(store, clock, CHECK_MS, MAX_AGE_MS), new Fence(store, clock, CHECK_MS, MAX_AGE_MS)];
    const read = store.read.bind(store);
    // The fence goes up while the other node's look is on its way: it is as young as the answer, not as old as the question.
    store.read = async (...args) => {
      await one.raise();
      store.read = read;
      clock.advance(3000);
      return read(...args);
    };
    const raising = store.read;
    store.read = (...args) => {
      store.read = read;
      return raising(...args);
    };
    await other.look();
    assert.equal(one.protects, true);
    assert.equal(other.protects, false);
    clock.advance(CHECK_MS * 1.1 - 1);
    assert.equal(other.protects, false);
    clock.advance(1);
    assert.equal(other.protects, true);
    clock.advance(MAX_AGE_MS + 31_000);
    assert.equal(other.protects, false);
  });

  it("a second fence begins anew", async () => {
    const clock = new FakeClock();
    const store = memoryStore({ clock });
    const [one, other] = [new Fence(store, clock, CHECK_MS, MAX_AGE_MS), new Fence(store, clock, CHECK_MS, MAX_AGE_MS)];
    await one.raise();
    await other.look();
    clock.advance(5000);
    await other.look();
    assert.equal(other.protects, true);
    await one.raise();
    await other.look();
    assert.equal(other.protects, false, "in between it may have been down");
  });

  it("two nodes raise it at once: both succeed", async () => {
    const clock = new FakeClock();
    const store = memoryStore({ clock });
    const fences = Array.from({ length: 5 }, () => new Fence(store, clock, CHECK_MS, MAX_AGE_MS));
    await Promise.all(fences.map((fence) => fence.raise()));
    for (const fence of fences) assert.equal(await fence.look(), false);
  });

  it("a store that fails means: do not use the cache", async () => {
    const clock = new FakeClock();
    const store: SessionStore = Object.assign(Object.create(memoryStore({ clock })), { read: async () => Promise.reject(new Error("down")) });
    const fence = new Fence(store, clock, CHECK_MS, MAX_AGE_MS);
    assert.equal(await fence.look(), false);
    await assert.rejects(fence.raise());
  });
});

describe("LC-15 cachedStore on nodes whose clocks differ", () => {
  for (const skewMs of [-30_000, -10_000, 10_000, 30_000]) {
    it(`what one node ends is dead on another whose clock is ${skewMs} ms off, with a cache that works and with one that does not`, async () => {
      const clock = new FakeClock();
      const skewed = { now: (): number => clock.now() + skewMs, wait: (ms: number): Promise<void> => clock.wait(ms) };
      const [cache, store] = [memoryStore({ clock }), memoryStore({ clock })];
      let isDown = false;
      const wire = new Proxy(cache, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name, target);
          if (typeof value !== "function") return value;
          return async (...args: unknown[]): Promise<unknown> => {
            if (isDown) throw new Error("down");
            return (value as (...all: unknown[]) => unknown).apply(target, args);
          };
        },
      });
      const [here, there] = [cachedStore(wire, store, { clock }), cachedStore(cache, store, { clock: skewed })];
      for (const outage of [false, true]) {
        const record = makeRecord({}, clock.now());
        await here.create(record);
        for (const node of [here, there]) assert.ok(await node.read(record.id));
        isDown = outage;
        await here.delete(record.id);
        isDown = false;
        for (let second = 0; second < 200; second += 1) {
          assert.equal(await there.read(record.id), null, `${second} s later`);
          clock.advance(1000);
        }
      }
    });
  }
});
