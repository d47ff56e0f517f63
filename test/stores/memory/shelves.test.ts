import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { SessionRecord } from "../../../src/store/store.ts";
import { Shelves } from "../../../src/stores/memory/shelves.ts";

const instant = fc.integer({ min: 0, max: 4e12 });
const record = fc.record<SessionRecord>({
  id: fc.string(),
  data: fc.string(),
  version: fc.string(),
  owner: fc.option(fc.string()),
  createdAt: instant,
  lastSeenAt: instant,
  expiresAt: instant,
  idleSeconds: fc.option(fc.integer({ min: 1, max: 1e8 })),
  endsAt: fc.option(instant),
  persistent: fc.boolean(),
}, { noNullPrototype: true });

describe("the memory store's shelves", () => {
  it("give back every field as it was put there, whatever the others are", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(record, record), { maxLength: 40 }), (pairs) => {
        const shelves = new Shelves();
        const places = pairs.map(([first]) => shelves.add(first));
        pairs.forEach(([first], index) => assert.deepEqual(shelves.record(places[index] as number), first));
        pairs.forEach(([first, second], index) => shelves.replace(places[index] as number, { ...second, id: first.id }));
        pairs.forEach(([first, second], index) => assert.deepEqual(shelves.record(places[index] as number), { ...second, id: first.id }));
      }),
    );
  });

  it("keep more different lifetimes than they share", () => {
    const shelves = new Shelves();
    const made = Array.from({ length: 600 }, (_, number): SessionRecord => {
      const idleSeconds = 60 + number;
      return { id: `id-${number}`, data: "{}", version: "v", owner: null, createdAt: 1000, lastSeenAt: 2000, expiresAt: 2000 + idleSeconds * 1000, idleSeconds, endsAt: null, persistent: true };
    });
    const places = made.map((one) => shelves.add(one));
    made.forEach((one, index) => assert.deepEqual(shelves.record(places[index] as number), one));
    // A place that had a lifetime of its own is given to a record with a common one.
    shelves.clear(places[599] as number);
    const place = shelves.add({ ...(made[0] as SessionRecord), id: "again" });
    assert.equal(place, places[599]);
    assert.deepEqual(shelves.record(place), { ...(made[0] as SessionRecord), id: "again" });
  });

  it("move the times of one place, whatever the end, and of no other", () => {
    const shelves = new Shelves();
    const base: SessionRecord = { id: "a", data: "{}", version: "v", owner: null, createdAt: 0, lastSeenAt: 0, expiresAt: 10_000, idleSeconds: 10, endsAt: 15_000, persistent: true };
    const sliding = shelves.add(base);
    const fixed = shelves.add({ ...base, id: "b", idleSeconds: null, expiresAt: 15_000 });
    shelves.moveTimes(sliding, 4000, 14_000);
    assert.deepEqual([shelves.seenOf(sliding), shelves.expiryOf(sliding)], [4000, 14_000]);
    assert.deepEqual([shelves.seenOf(fixed), shelves.expiryOf(fixed)], [0, 15_000]);
    shelves.moveTimes(sliding, 9000, 15_000);
    assert.equal(shelves.expiryOf(sliding), 15_000);
    shelves.moveTimes(sliding, 9500, 12_345);
    assert.deepEqual(shelves.record(sliding), { ...base, lastSeenAt: 9500, expiresAt: 12_345 }, "an end that is not the usual one");
    shelves.moveTimes(sliding, 9600, 15_000);
    assert.deepEqual(shelves.record(sliding), { ...base, lastSeenAt: 9600, expiresAt: 15_000 });
  });
});
