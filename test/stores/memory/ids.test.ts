import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Ids } from "../../../src/stores/memory/ids.ts";

/** The table and the places that it asks for ids. */
function makeTable(): { ids: Ids; places: (string | null)[]; add: (id: string) => void; remove: (id: string) => void } {
  const places: (string | null)[] = [];
  const ids = new Ids((place) => places[place] ?? null);
  return {
    ids,
    places,
    add: (id) => ids.add(id, places.push(id) - 1),
    remove: (id) => {
      const place = ids.get(id);
      ids.delete(id);
      if (place !== undefined) places[place] = null;
    },
  };
}

describe("the memory store's table of ids", () => {
  it("does what a Map does, also for ids that meet in one slot", () => {
    // Equal at both ends, where the slot comes from, and different in the middle.
    const id = fc.oneof(
      fc.integer({ min: 0, max: 60 }).map((middle) => `begin-${middle}-the-same-end`),
      fc.string({ maxLength: 12 }),
    );
    const step = fc.record({ remove: fc.boolean(), id });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const model = new Map<string, number>();
        const { ids, places, add, remove } = makeTable();
        for (const { remove: gone, id: name } of steps) {
          if (gone) {
            remove(name);
            model.delete(name);
          } else if (!model.has(name)) {
            model.set(name, places.length);
            add(name);
          }
          assert.equal(ids.size, model.size);
          assert.equal(ids.get(name), model.get(name));
        }
        for (const [name, place] of model) assert.equal(ids.get(name), place);
      }),
    );
  });

  it("grows, and finds every id afterwards and none that was removed", () => {
    const { ids, add, remove } = makeTable();
    for (let number = 0; number < 5000; number++) add(`id-${number}`);
    for (let number = 0; number < 5000; number += 2) remove(`id-${number}`);
    for (let number = 5000; number < 9000; number++) add(`id-${number}`);
    assert.equal(ids.size, 6500);
    for (let number = 0; number < 9000; number++) assert.equal(ids.get(`id-${number}`) !== undefined, number >= 5000 || number % 2 === 1, String(number));
  });

  it("does not fill up with what was removed: a store that always replaces its records goes on for ever", () => {
    const { ids, places, add, remove } = makeTable();
    for (let number = 0; number < 20_000; number++) {
      add(`id-${number}`);
      remove(`id-${number}`);
      places.length = 0;
    }
    assert.equal(ids.size, 0);
    assert.equal(ids.get("id-1"), undefined);
  });
});
