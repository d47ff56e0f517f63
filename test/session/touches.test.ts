import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Touches, type Touch } from "../../src/session/touches.ts";

const touchOf = (key: string): Touch => ({ key, value: key, original: key, originalText: null, assignments: 0, operations: null, operationsText: null });

describe("touched keys", () => {
  it("are found and listed in the order in which they came, few or many", () => {
    const step = fc.record({ remove: fc.boolean(), key: fc.integer({ min: 0, max: 40 }).map(String) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const first = touchOf("first");
        const touches = new Touches(first);
        const model = new Map([["first", first]]);
        for (const { remove, key } of steps) {
          if (remove) {
            touches.delete(key);
            model.delete(key);
          } else if (!model.has(key)) {
            const touch = touchOf(key);
            touches.add(touch);
            model.set(key, touch);
          }
          assert.equal(touches.get(key), model.get(key));
        }
        assert.deepEqual(touches.all, [...model.values()]);
      }),
    );
  });
});
