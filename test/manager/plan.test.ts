import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decidePlan, type Plan, type PlanFacts } from "../../src/manager/plan.ts";

const still: PlanFacts = { hasRecord: false, dropsChanges: false, flushed: false, edited: false, empty: false, forced: false, rotation: null, renews: false };
const found: PlanFacts = { ...still, hasRecord: true };

const rows: readonly (readonly [string, PlanFacts, Plan])[] = [
  ["a stranger who writes nothing", still, "nothing"],
  ["a stranger who writes", { ...still, edited: true }, "create"],
  ["a stranger who writes and takes it back", { ...still, edited: true, empty: true }, "nothing"],
  ["a stranger whose session is forced to be saved, but is empty", { ...still, forced: true }, "nothing"],
  ["a stranger who rotates", { ...still, rotation: "privilege" }, "nothing"],
  ["a session that is only read", found, "nothing"],
  ["a session that is read when activity is due", { ...found, renews: true }, "renew"],
  ["a session that is written", { ...found, edited: true }, "update"],
  ["a session that is forced to be saved", { ...found, forced: true }, "update"],
  ["a session that is emptied", { ...found, edited: true, empty: true }, "delete"],
  ["a session that is rotated", { ...found, rotation: "login", edited: true }, "rotate"],
  ["a session that is rotated and emptied", { ...found, rotation: "login", edited: true, empty: true }, "delete"],
  ["flush", { ...still, flushed: true }, "delete"],
  ["flush, then a write", { ...still, flushed: true, edited: true }, "replace"],
  ["LC-24 a handler that fails after a write", { ...found, edited: true, dropsChanges: true }, "nothing"],
  ["LC-24 a handler that fails after a rotation", { ...found, rotation: "privilege", dropsChanges: true }, "nothing"],
  ["a handler that fails after flush", { ...still, flushed: true, dropsChanges: true }, "delete"],
  ["a handler that fails after flush and a write", { ...still, flushed: true, edited: true, dropsChanges: true }, "delete"],
];

describe("the decision table", () => {
  for (const [situation, facts, plan] of rows) {
    it(`${situation}: ${plan}`, () => assert.equal(decidePlan(facts), plan));
  }

  const anyFacts = fc.record({
    hasRecord: fc.boolean(),
    dropsChanges: fc.boolean(),
    flushed: fc.boolean(),
    edited: fc.boolean(),
    empty: fc.boolean(),
    forced: fc.boolean(),
    rotation: fc.constantFrom(null, "privilege", "login", "periodic") as fc.Arbitrary<PlanFacts["rotation"]>,
    renews: fc.boolean(),
  });

  it("never creates anything from a failed handler, and never loses a flush", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const plan = decidePlan(facts);
        if (facts.flushed) assert.ok(plan === "delete" || plan === "replace");
        if (facts.dropsChanges) assert.ok(plan === "nothing" || plan === "delete");
        if (!facts.hasRecord && !facts.flushed) assert.ok(plan === "nothing" || plan === "create");
      }),
    );
  });
});
