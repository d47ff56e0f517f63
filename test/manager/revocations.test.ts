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
});
