import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StoreUnavailable } from "../../../src/errors.ts";
import type { SessionStore } from "../../../src/store/store.ts";
import { guardStore } from "../../../src/stores/guarded.ts";
import { Circuit } from "../../../src/stores/guarded/circuit.ts";
import { memoryStore } from "../../../src/stores/memory.ts";
import { connectMemcached, memcachedStore } from "../../../src/stores/memcached.ts";
import { redisStore } from "../../../src/stores/redis.ts";
import { slotOf } from "../../../src/stores/redis/slots.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { makeRecord } from "../../support/records.ts";

function circuitOf(failuresToOpen = 5) {
  const clock = new FakeClock();
  const heard: string[] = [];
  return { clock, heard, circuit: new Circuit({ failuresToOpen, retryAfterMs: 100, clock, onChange: (isOpen) => heard.push(isOpen ? "opened" : "closed") }) };
}

function settle(circuit: Circuit, hasFailed: boolean): void {
  if (hasFailed) circuit.fail("closed");
  else circuit.succeed();
}

/** Numbers from 0 to 1, the same in each run. */
function* numbers(): Generator<number, never> {
  for (let state = 1; ; ) {
    state = (state * 48_271) % 2_147_483_647;
    yield state / 2_147_483_647;
  }
}

describe("PAIN-11 a circuit", () => {
  for (const share of [1 / 10, 1 / 3, 1 / 2, 2 / 3]) {
    it(`stays closed where ${Math.round(share * 100)} % of the calls fail, because one of several servers is down`, () => {
      const { circuit, heard } = circuitOf();
      const random = numbers();
      // It has to see that it is so, before it can be known.
      for (let call = 0; call < 200; call++) settle(circuit, call % Math.round(1 / Math.min(share, 0.5)) === 0);
      for (let call = 0; call < 100_000; call++) settle(circuit, random.next().value < share);
      assert.deepEqual(heard, []);
    });
  }

  it("opens all the same when the rest is down as well, and is as quick as ever after a long time without failures", () => {
    const { circuit, heard, clock } = circuitOf();
    for (let call = 0; call < 1000; call++) settle(circuit, call % 2 === 0);
    for (let call = 0; call < 50; call++) circuit.fail("closed");
    assert.deepEqual(heard, ["opened"]);
    clock.advance(100);
    assert.equal(circuit.admit(), "probe");
    circuit.succeed();
    for (let call = 0; call < 1000; call++) circuit.succeed();
    for (let call = 0; call < 5; call++) circuit.fail("closed");
    assert.deepEqual(heard, ["opened", "closed", "opened"]);
  });

  it("an outage makes it no more patient with the next one", () => {
    const { circuit, heard, clock } = circuitOf();
    for (let outage = 0; outage < 3; outage++) {
      for (let call = 0; call < 20; call++) circuit.fail("closed");
      clock.advance(100);
      assert.equal(circuit.admit(), "probe");
      circuit.succeed();
    }
    for (let call = 0; call < 5; call++) circuit.fail("closed");
    assert.deepEqual(heard, ["opened", "closed", "opened", "closed", "opened", "closed", "opened"]);
  });

  it("a probe that fails after a straggler has closed it is a failure like any other, and whatever opens it is told", () => {
    const { circuit, heard, clock } = circuitOf(2);
    circuit.fail("closed");
    circuit.fail("closed");
    clock.advance(100);
    const probe = circuit.admit();
    assert.equal(probe, "probe");
    circuit.succeed();
    circuit.fail(probe);
    assert.deepEqual([circuit.isOpen, heard], [false, ["opened", "closed"]]);
    circuit.fail("closed");
    assert.deepEqual([circuit.isOpen, heard], [true, ["opened", "closed", "opened"]]);
  });
});

describe("PAIN-11 guardStore, a store on several servers", () => {
  it("keeps calls away from the server that is down, and from no other", async () => {
    const inner = memoryStore({ unsafeInProduction: true });
    const heard: unknown[] = [];
    let reached = 0;
    const serverOf = (id: string): string => (id < "a" ? "one:1" : "two:2");
    const sharded: SessionStore & { serverOf: typeof serverOf } = {
      name: "sharded",
      capabilities: inner.capabilities,
      serverOf,
      read: async (id) => {
        if (serverOf(id) === "one:1") return inner.read(id);
        reached++;
        throw new StoreUnavailable("read a session", "unknown");
      },
      create: (record) => inner.create(record),
      update: (record, version) => inner.update(record, version),
      touch: (id, version, lastSeenAt, expiresAt) => inner.touch(id, version, lastSeenAt, expiresAt),
      delete: (id) => inner.delete(id),
    };
    const store = guardStore(sharded, { clock: new FakeClock(), report: (event, change) => heard.push([event, change]) });
    for (let call = 0; call < 300; call++) {
      assert.equal(await store.read(`A${call}`), null);
      await assert.rejects(store.read(`z${call}`), StoreUnavailable);
    }
    assert.equal(reached, 5, "calls that had to wait for the server that is down");
    assert.deepEqual(heard, [["store.opened", { store: "sharded", part: "reads", server: "two:2" }]]);
  });

  it("memcached: says which server a session is on, and that is where it goes", () => {
    const several = connectMemcached(["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"]);
    const store = memcachedStore(several) as SessionStore & { serverOf(id: string): string | undefined };
    const servers = Array.from({ length: 60 }, () => store.serverOf(makeRecord().id));
    assert.deepEqual([...new Set(servers)].sort(), ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"]);
    const { id } = makeRecord();
    assert.deepEqual([store.serverOf("other") === undefined, store.serverOf(id)], [false, store.serverOf(id)]);
    several.close();
    const single = connectMemcached("127.0.0.1:1");
    assert.equal((memcachedStore(single) as typeof store).serverOf(id), undefined);
    single.close();
  });

  it("redis: one server has no name, a Cluster's primary is found by the slot", () => {
    assert.deepEqual(["123456789", "foo", "{user1000}.following", "foo{}{bar}", "foo{{bar}}", "foo{bar}{zap}"].map(slotOf), [12_739, 12_182, slotOf("user1000"), slotOf("foo{}{bar}"), slotOf("{bar"), slotOf("bar")]);
    const standalone = redisStore({ isReady: true, sendCommand: async () => null } as never) as unknown as { serverOf(id: string): string | undefined };
    assert.equal(standalone.serverOf("a"), undefined);
    const slots: string[][] = [];
    slots[slotOf("app:coatcheck:s:a")] = ["10.0.0.1:6379", "10.0.0.2:6379"];
    const cluster = { call: async () => null, on: () => {}, off: () => {}, nodes: () => [], status: "ready", slots, options: { keyPrefix: "app:" } };
    const store = redisStore(cluster as never) as unknown as { serverOf(id: string): string | undefined };
    assert.deepEqual([store.serverOf("a"), store.serverOf("b")], ["10.0.0.1:6379", undefined]);
  });
});
