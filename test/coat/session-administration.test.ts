import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCoatcheck } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { takeCensus } from "../../src/cli/census.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

const HOUR = 3_600_000;

/** A session that was rotated `times` times because its time had come, and the ids that it had, the newest last. */
async function rotate(times: number) {
  const clock = new FakeClock();
  const store = memoryStore();
  const cloakroom = createCoatcheck<AnyData>({ store, clock, production: false, session: { rotateEvery: "1h" } });
  const visitor = new Visitor(cloakroom);
  const idNow = (): Promise<string> => visitor.run(({ session }) => session.id ?? "");
  await visitor.run(({ session }) => session.set("a", 1));
  const ids = [await idNow()];
  for (let n = 0; n < times; n++) {
    clock.advance(HOUR);
    await visitor.run(({ session }) => session.get("a"));
    ids.push(await idNow());
  }
  return { clock, store, cloakroom, visitor, ids };
}

describe("sessions that rotateEvery has moved", () => {
  it("are listed and counted once", async () => {
    const { clock, store, cloakroom, ids } = await rotate(3);
    assert.equal(new Set(ids).size, 4);
    assert.deepEqual((await cloakroom.sessions.list()).map(({ id }) => id), [ids[3]]);
    assert.deepEqual((await cloakroom.sessions.list({ limit: 1 })).map(({ id }) => id), [ids[3]]);
    assert.equal((await takeCensus(store, 100, () => clock.now()))?.sessions, 1);
  });

  it("are found by every id that they had", async () => {
    const { cloakroom, ids } = await rotate(2);
    for (const id of ids) {
      const view = await cloakroom.sessions.get(id);
      assert.deepEqual([view?.id, view?.values], [ids[2], { a: 1 }]);
    }
  });

  it("I2 are ended by every id that they had", async () => {
    for (const index of [0, 1, 2]) {
      const { cloakroom, visitor, ids } = await rotate(2);
      assert.equal(await cloakroom.sessions.revoke(ids[index] ?? ""), true);
      assert.equal(await visitor.run(({ session }) => session.get("a")), undefined);
      assert.equal(await cloakroom.sessions.revoke(ids[index] ?? ""), false);
      assert.equal(await cloakroom.sessions.get(ids[index] ?? ""), null);
      assert.deepEqual(await cloakroom.sessions.list(), []);
    }
  });

  it("I2 are ended when they move while they are revoked", async () => {
    const { clock, store, cloakroom, visitor, ids } = await rotate(0);
    clock.advance(HOUR);
    const remove = store.delete.bind(store);
    store.delete = async (...call) => {
      store.delete = remove;
      await visitor.run(({ session }) => session.get("a"));
      return remove(...call);
    };
    assert.equal(await cloakroom.sessions.revoke(ids[0] ?? ""), true);
    assert.deepEqual(await cloakroom.sessions.list(), []);
    assert.equal(await visitor.run(({ session }) => session.get("a")), undefined);
  });

  it("are ended even when somebody writes all the time", async () => {
    const { store, cloakroom, visitor, ids } = await rotate(0);
    const remove = store.delete.bind(store);
    let writes = 0;
    store.delete = async (...call) => {
      await visitor.run(({ session }) => session.set("writes", ++writes));
      return remove(...call);
    };
    assert.equal(await cloakroom.sessions.revoke(ids[0] ?? ""), true);
    assert.equal(writes, 10);
    assert.equal(await visitor.run(({ session }) => session.get("a")), undefined);
  });
});
