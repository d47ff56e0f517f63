import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, it } from "node:test";
import { createCoatcheck, SessionTooLarge } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

const MOST = 256;
/** What a session `{"a":"…"}` takes beside the letters. */
const AROUND = '{"a":""}'.length;

function setUp(maxBytes?: number) {
  const store = memoryStore();
  const clock = new FakeClock();
  const cloakroom = createCoatcheck<AnyData>({ store, clock, production: false, log: () => undefined, session: maxBytes === undefined ? {} : { maxBytes } });
  return { store, clock, visitor: new Visitor(cloakroom) };
}

describe("DS-02 the size of a session", () => {
  for (const [letter, bytes] of [["x", 1], ["é", 2], ["€", 3]] as const) {
    it(`ends exactly at session.maxBytes, counted in bytes (${letter})`, async () => {
      const { store, clock, visitor } = setUp(MOST);
      const fitting = "x".repeat((MOST - AROUND) % bytes) + letter.repeat(Math.floor((MOST - AROUND) / bytes));
      await visitor.run(({ session }) => session.set("a", fitting));
      assert.equal(Buffer.byteLength((await store.scan(null, 1, { now: clock.now() })).records[0]?.data ?? ""), MOST);
      const { error, setCookies } = await visitor.visit(({ session }) => session.set("a", `${fitting}x`));
      assert.ok(error instanceof SessionTooLarge);
      assert.match(error.message, /would take 257 bytes and session\.maxBytes is 256\. The largest key is "a"/);
      assert.deepEqual(setCookies, []);
      assert.equal(await visitor.run(({ session }) => session.get("a")), fitting, "what was there before stays");
    });
  }

  it("a session that would be too large from the start makes no record and no cookie", async () => {
    const { store, visitor } = setUp(MOST);
    const { error, setCookies } = await visitor.visit(({ session }) => session.set("a", "x".repeat(MOST)));
    assert.ok(error instanceof SessionTooLarge);
    assert.deepEqual([setCookies, store.size], [[], 0]);
  });

  it("is 1 MiB when nothing is said, and is told of from 64 KiB on", async (t) => {
    const heard: unknown[] = [];
    const listen = (message: unknown): void => void heard.push(message);
    subscribe("coatcheck:session.large", listen);
    t.after(() => unsubscribe("coatcheck:session.large", listen));
    const { visitor } = setUp();
    const fill = (bytes: number): Promise<unknown> => visitor.run(({ session }) => session.set("a", "x".repeat(bytes - AROUND)));
    await fill(65_536);
    assert.deepEqual(heard, []);
    await fill(65_537);
    assert.deepEqual(heard.map((message) => (message as { bytes: number }).bytes), [65_537]);
    await fill(1_048_576);
    await assert.rejects(fill(1_048_577), SessionTooLarge);
  });
});
