import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createCoatcheck, type CoatcheckOptions } from "coatcheck";
import type { RevocationBus } from "../../src/store/revocation-bus.ts";
import { memoryStore } from "../../src/stores/memory.ts";
import { localRevocations } from "../../src/stores/revocations.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

const clock = new FakeClock();
const make = (options: CoatcheckOptions = {}) => createCoatcheck<AnyData>({ store: memoryStore(), production: false, log: () => {}, clock, ...options });
type Room = ReturnType<typeof make>;

async function begin(cloakroom: Room): Promise<{ visitor: Visitor; id: string }> {
  const visitor = new Visitor(cloakroom);
  await visitor.run((coat) => coat.session.set("n", 1));
  return { visitor, id: await idOf(visitor) };
}

async function idOf(visitor: Visitor): Promise<string> {
  const id = await visitor.run((coat) => coat.session.id);
  assert.ok(id !== null);
  return id;
}

describe("onRevoked", () => {
  const ends: [string, (room: Room, visitor: Visitor, id: string) => Promise<unknown>][] = [
    ["a logout", (_room, visitor) => visitor.run((coat) => coat.session.flush())],
    ["an emptied session", (_room, visitor) => visitor.run((coat) => coat.session.delete("n"))],
    ["a rotation on privilege", (_room, visitor) => visitor.run((coat) => coat.session.rotate())],
    ["a revocation", (room, _visitor, id) => room.sessions.revoke(id)],
  ];
  for (const [what, end] of ends) {
    it(`CC-02 PAIN-31 ${what} closes what is open on that session, here and on another node, once, and nothing else`, async () => {
      const [store, revocations] = [memoryStore(), localRevocations()];
      const [here, there] = [make({ store, revocations }), make({ store, revocations })];
      const { visitor, id } = await begin(here);
      const other = await begin(here);
      const closed: string[] = [];
      here.onRevoked(id, (ended) => closed.push(`here ${ended}`));
      there.onRevoked(id, (ended) => closed.push(`there ${ended}`));
      there.onRevoked(other.id, () => closed.push("another's"));
      await turn();
      await visitor.run((coat) => coat.session.set("n", 2));
      assert.deepEqual(closed, []);
      await end(here, visitor, id);
      await turn();
      assert.deepEqual(closed.sort(), [`here ${id}`, `there ${id}`]);
      await Promise.all([here.close(), there.close()]);
    });
  }

  it("every session of a user, except one", async () => {
    const [store, revocations] = [memoryStore(), localRevocations()];
    const [here, there] = [make({ store, revocations }), make({ store, revocations })];
    const sessions = await Promise.all([begin(here), begin(here), begin(here)]);
    for (const { id } of sessions) {
      const record = await store.read(id, { now: clock.now() });
      assert.ok(record);
      await store.update({ ...record, owner: "ann", version: `${record.version}b` }, record.version, { now: clock.now() });
    }
    const closed: string[] = [];
    for (const { id } of sessions) there.onRevoked(id, (ended) => closed.push(ended));
    await turn();
    const exceptId = sessions[0]?.id as string;
    assert.equal(await here.sessions.revokeAll("ann", { exceptId }), 2);
    await turn();
    assert.deepEqual(closed.sort(), sessions.slice(1).map(({ id }) => id).sort());
    await Promise.all([here.close(), there.close()]);
  });

  it("a session that has ended already is told of at once", async () => {
    const room = make();
    const { visitor, id } = await begin(room);
    await visitor.run((coat) => coat.session.flush());
    const closed = await new Promise((resolve) => room.onRevoked(id, resolve));
    assert.equal(closed, id);
  });

  it("a session that gets a new token from time to time is followed", async () => {
    const [store, revocations] = [memoryStore(), localRevocations()];
    const [here, there] = [make({ store, revocations, session: { rotateEvery: "1h" } }), make({ store, revocations })];
    const { visitor, id } = await begin(here);
    const closed: string[] = [];
    const stop = here.onRevoked(id, (ended) => closed.push(`here ${ended}`));
    there.onRevoked(id, (ended) => closed.push(`there ${ended}`));
    await turn();
    clock.advance(2 * 3_600_000);
    const next = await visitor.run((coat) => coat.session.get("n")).then(() => idOf(visitor));
    assert.notEqual(next, id);
    await turn();
    assert.deepEqual(closed, []);
    stop();
    await visitor.run((coat) => coat.session.flush());
    await turn();
    assert.deepEqual(closed, [`there ${next}`]);
    await Promise.all([here.close(), there.close()]);
  });

  it("unsubscribing ends it, and neither watchers nor subscriptions are left behind", async () => {
    let listening = 0;
    const inner = localRevocations();
    const revocations: RevocationBus = {
      publish: (text) => inner.publish(text),
      subscribe: async (hear, missed) => {
        const stop = await inner.subscribe(hear, missed);
        listening++;
        return async () => {
          listening--;
          await stop();
        };
      },
    };
    const room = make({ revocations });
    const { visitor, id } = await begin(room);
    assert.equal(listening, 0, "nothing is opened before somebody wants to know");
    const closed: string[] = [];
    const stops = Array.from({ length: 1000 }, () => room.onRevoked(id, (ended) => closed.push(ended)));
    await turn();
    assert.equal(listening, 1);
    for (const stop of stops) stop();
    await visitor.run((coat) => coat.session.flush());
    assert.deepEqual(closed, []);
    await room.close();
    assert.equal(listening, 0);
  });

  it("texts that were lost are made good by asking the store", async () => {
    let missed = (): void => {};
    const deaf: RevocationBus = {
      publish: async () => {},
      subscribe: async (_hear, lost) => {
        missed = lost;
        return async () => {};
      },
    };
    const store = memoryStore();
    const [here, there] = [make({ store, revocations: deaf }), make({ store, revocations: deaf })];
    const [ended, alive] = [await begin(here), await begin(here)];
    const closed: string[] = [];
    for (const { id } of [ended, alive]) there.onRevoked(id, (which) => closed.push(which));
    await turn();
    await ended.visitor.run((coat) => coat.session.flush());
    assert.deepEqual(closed, []);
    missed();
    await turn();
    assert.deepEqual(closed, [ended.id]);
  });

  it("a bus that fails fails no request, and a callback that throws stops no other", async () => {
    const broken: RevocationBus = {
      publish: () => Promise.reject(new Error("down")),
      subscribe: () => Promise.reject(new Error("down")),
    };
    const room = make({ revocations: broken });
    const { visitor, id } = await begin(room);
    const closed: string[] = [];
    room.onRevoked(id, () => {
      throw new Error("mine");
    });
    room.onRevoked(id, (ended) => closed.push(ended));
    await turn();
    const visit = await visitor.visit((coat) => coat.session.flush());
    assert.equal(visit.error, undefined);
    assert.deepEqual(closed, [id]);
    await room.close();
  });

  it("what comes over the bus is taken for ids and nothing else", async () => {
    const revocations = localRevocations();
    const room = make({ revocations });
    const { id } = await begin(room);
    const closed: string[] = [];
    room.onRevoked(id, (ended) => closed.push(ended));
    await turn();
    for (const text of ["", " ", ">", `>${id}`, "__proto__", "a>b>c", "\u0000", "x".repeat(10_000), `${id}>`, `${id}>!`]) await revocations.publish(text);
    await turn();
    assert.deepEqual(closed, []);
    await revocations.publish(`nobody ${id}`);
    assert.deepEqual(closed, [id]);
    await room.close();
  });

  /** A bus that can be down, deaf or slow. */
  class FakeBus implements RevocationBus {
    isDown = false;
    subscribeCalls = 0;
    readonly published: string[] = [];
    readonly #hearers = new Set<(text: string) => void>();
    gate: Promise<void> = Promise.resolve();

    get listening(): number {
      return this.#hearers.size;
    }

    async publish(text: string): Promise<void> {
      await this.gate;
      if (this.isDown) throw new Error("down");
      this.published.push(text);
      for (const hear of this.#hearers) hear(text);
    }

    async subscribe(hear: (text: string) => void): Promise<() => Promise<void>> {
      this.subscribeCalls++;
      if (this.isDown) throw new Error("down");
      this.#hearers.add(hear);
      return async () => void this.#hearers.delete(hear);
    }
  }

  async function settle(): Promise<void> {
    for (let count = 0; count < 12; count++) await turn();
  }

  it("PAIN-31 a bus that is down at the first watch is tried again, and what ended meanwhile is found", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const [store, revocations] = [memoryStore(), new FakeBus()];
    const [here, there] = [make({ store }), make({ store, revocations })];
    const [first, second] = [await begin(here), await begin(here)];
    const closed: string[] = [];
    revocations.isDown = true;
    there.onRevoked(first.id, () => closed.push("first"));
    there.onRevoked(second.id, () => closed.push("second"));
    await settle();
    await here.sessions.revoke(first.id);
    t.mock.timers.tick(500);
    await settle();
    assert.deepEqual([closed, revocations.listening, revocations.subscribeCalls], [[], 0, 2], "one attempt at a time");
    revocations.isDown = false;
    t.mock.timers.tick(999);
    await settle();
    assert.equal(revocations.listening, 0, "each failure doubles the pause");
    t.mock.timers.tick(1);
    await settle();
    assert.deepEqual([closed, revocations.listening], [["first"], 1]);
    await revocations.publish(second.id);
    assert.deepEqual(closed, ["first", "second"]);
    await there.close();
    assert.equal(revocations.listening, 0);
  });

  it("PAIN-31 whoever hears nothing at all finds out within a minute, with or without a bus, and an expired session counts", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    for (const revocations of [new FakeBus(), undefined]) {
      const store = memoryStore();
      const [here, there] = [make({ store }), make({ store, ...(revocations === undefined ? {} : { revocations }) })];
      const sessions = await Promise.all(Array.from({ length: 40 }, () => begin(here)));
      const closed: string[] = [];
      for (const { id } of sessions) there.onRevoked(id, (ended) => closed.push(ended));
      await settle();
      const ended = sessions.slice(10, 30).map(({ id }) => id);
      for (const id of ended) await here.sessions.revoke(id);
      await settle();
      assert.deepEqual(closed, []);
      let [now, most] = [0, 0];
      const read = store.read.bind(store);
      store.read = async (...call) => {
        most = Math.max(most, ++now);
        await turn();
        now--;
        return read(...call);
      };
      t.mock.timers.tick(60_000);
      await settle();
      assert.deepEqual(closed.sort(), ended.sort());
      assert.ok(most > 1 && most <= 16, `${most} records were asked for at once`);
      const before = clock.now();
      clock.advance(365 * 86_400_000);
      t.mock.timers.tick(60_000);
      await settle();
      assert.equal(closed.length, 40, "expired");
      clock.set(before);
      await there.close();
    }
  });

  it("PAIN-31 rounds of lookups do not pile up, end with the last watcher, and leave a store that is down alone", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    let missed = (): void => {};
    const revocations: RevocationBus = {
      publish: async () => {},
      subscribe: async (_hear, lost) => {
        missed = lost;
        return async () => {};
      },
    };
    const store = memoryStore();
    const room = make({ store, revocations });
    const sessions = await Promise.all(Array.from({ length: 40 }, () => begin(room)));
    const stops = sessions.map(({ id }) => room.onRevoked(id, () => {}));
    await settle();
    let reads = 0;
    const read = store.read.bind(store);
    store.read = async (...call) => {
      reads++;
      await turn();
      return read(...call);
    };
    for (let count = 0; count < 100; count++) missed();
    await settle();
    assert.equal(reads, 80, "one round, and one more for what was asked meanwhile");
    reads = 0;
    store.read = () => (reads++, Promise.reject(new Error("down")));
    t.mock.timers.tick(60_000);
    await settle();
    assert.equal(reads, 16);
    t.mock.timers.tick(60_000);
    await settle();
    assert.equal(reads, 32, "and asked again the next time");
    for (const stop of stops) stop();
    t.mock.timers.tick(600_000);
    await settle();
    assert.equal(reads, 32);
    await room.close();
  });

  it("a text that cannot be sent is tried again; ending a session and closing wait for it, for a second", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const [store, revocations] = [memoryStore(), new FakeBus()];
    const room = make({ store, revocations });
    const [first, second, third] = [await begin(room), await begin(room), await begin(room)];
    let open = (): void => {};
    revocations.gate = new Promise((resolve) => (open = resolve));
    const done: string[] = [];
    const revoking = room.sessions.revoke(first.id).then(() => done.push("revoked"));
    await settle();
    assert.equal(done.length, 0, "the other nodes are not told yet");
    open();
    await revoking;
    assert.deepEqual(revocations.published, [first.id]);

    revocations.isDown = true;
    const late = room.sessions.revoke(second.id).then(() => done.push("late"));
    await settle();
    t.mock.timers.tick(100);
    await settle();
    t.mock.timers.tick(900);
    await late;
    assert.deepEqual(revocations.published, [first.id]);
    revocations.isDown = false;
    t.mock.timers.tick(1000);
    await settle();
    assert.deepEqual(revocations.published, [first.id, second.id]);

    revocations.isDown = true;
    await third.visitor.run((coat) => coat.session.flush());
    await settle();
    revocations.isDown = false;
    await room.close();
    assert.deepEqual(revocations.published, [first.id, second.id, third.id]);
  });

  it("ending all of a user's that fails half-way is told of all the same", async () => {
    const [store, revocations] = [memoryStore(), localRevocations()];
    const [here, there] = [make({ store, revocations }), make({ store, revocations })];
    const { id } = await begin(here);
    const record = await store.read(id, { now: clock.now() });
    assert.ok(record);
    await store.update({ ...record, owner: "ann", version: `${record.version}b` }, record.version, { now: clock.now() });
    store.deleteByOwner = () => Promise.reject(new Error("down"));
    const failing = make({ store, revocations });
    const closed: string[] = [];
    there.onRevoked(id, (ended) => closed.push(ended));
    await turn();
    await assert.rejects(failing.sessions.revokeAll("ann"), /down/);
    await turn();
    assert.deepEqual(closed, [id]);
    await Promise.all([here.close(), there.close(), failing.close()]);
  });
});
