import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { differences, median, medianUncertainty } from "../../../bench/harness/statistics.ts";

describe("statistics of the benchmark", () => {
  it("takes the middle value whatever the order, and the mean of the two middle ones", () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([10, 1, 2, 4]), 3);
    assert.equal(median([7]), 7);
    assert.throws(() => median([]), RangeError);
  });

  it("is not moved by a slice that another program interrupted", () => {
    assert.equal(median([2, 2.1, 1.9, 2, 4000]), 2);
  });

  it("tells how far the median can be off, and less so with more rounds", () => {
    const spread = (count: number): number[] => Array.from({ length: count }, (_, index) => (index * 37) % 100);
    assert.equal(medianUncertainty([3, 3, 3, 3, 3, 3, 3]), 0);
    assert.equal(medianUncertainty([1]), Number.POSITIVE_INFINITY);
    assert.ok(medianUncertainty(spread(400)) < medianUncertainty(spread(25)));
    // 100 evenly spread values: ranks 40 and 59 hold the median in 95 of 100 cases.
    assert.equal(medianUncertainty(spread(100)), 9.5);
  });

  it("pairs rounds", () => {
    assert.deepEqual(differences([5, 7], [4, 9]), [1, -2]);
    assert.throws(() => differences([1], [1, 2]), /cannot be paired/);
  });
});
