import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCoatcheck } from "../../src/index.ts";
import type { SessionStore } from "../../src/store/store.ts";
import { memoryStore } from "../../src/stores/memory.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { FailingStore } from "../support/failing-store.ts";
import { makeRecord } from "../support/records.ts";
import { Visitor } from "../support/visitor.ts";

interface Data {
  cart: string[];
}

async function setUp(options: { readonly rotateEvery?: number; readonly around?: (inner: SessionStore) => SessionStore } = {}) {
  const clock = new FakeClock();
  const memory = memoryStore();
  const failing = new FailingStore(options.around?.(memory) ?? memory);
  const session = options.rotateEvery === undefined ? {} : { session: { rotateEvery: options.rotateEvery } };
  const room = createCoatcheck<Data>({ store: failing.store, clock, production: false, log() {}, sweep: false, ...session });
  const visitor = new Visitor(room);
  await visitor.run((coat) => void coat.session.set("cart", ["book"]));
  const records = async () => (await memory.scan(null, 100, { now: clock.now() })).records;
  return { clock, memory, failing, visitor, records };
}

describe("ST-12 a rotation whose end of the old session had no answer", () => {
  for (const fault of ["lose", "drop", "twice"] as const) {
    it(`keeps the session under its new token, and the old one is dead (${fault})`, async () => {
      const { failing, visitor, records } = await setUp();
      const [old] = await records();
      failing.plan("delete", fault);
      const rotated = visitor.run((coat) => coat.session.rotate());
      if (fault === "twice") {
        // A driver that sends twice and says nothing of it cannot be told from somebody who has ended the session.
        await assert.rejects(rotated, { code: "COAT_SESSION_ENDED" });
        return;
      }
      await rotated;
      assert.deepEqual(await visitor.run((coat) => coat.session.get("cart")), ["book"]);
      const left = await records();
      assert.equal(left.length, 1);
      assert.notEqual(left[0]?.id, old?.id);
    });
  }

  for (const fault of ["lose", "drop"] as const) {
    it(`by the clock, too (${fault})`, async () => {
      const { clock, failing, visitor } = await setUp({ rotateEvery: 60 });
      clock.advance(61_000);
      failing.plan("update", fault);
      await visitor.run((coat) => coat.session.get("cart"));
      assert.deepEqual(await visitor.run((coat) => coat.session.get("cart")), ["book"]);
    });
  }

  it("takes over what somebody wrote meanwhile", async () => {
    const { clock, memory, failing, visitor, records } = await setUp();
    const [old] = await records();
    assert.ok(old);
    failing.plan("delete", "drop");
    const rotating = visitor.run(async (coat) => {
      coat.session.rotate();
      await memory.update({ ...makeRecord(old, clock.now()), version: "theirs", data: old.data.replace("book", "shoe") }, old.version, { now: clock.now() });
    });
    await rotating;
    assert.deepEqual(await visitor.run((coat) => coat.session.get("cart")), ["shoe"]);
  });

  it("fails, and leaves no copy, where the store says nothing more", async () => {
    const { failing, visitor, records } = await setUp();
    failing.plan("delete", "drop", 1);
    failing.plan("read", "crash", 99);
    await assert.rejects(visitor.run((coat) => coat.session.rotate()));
    failing.heal();
    assert.equal((await records()).length, 1);
  });
});
