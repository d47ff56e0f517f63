import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { beginTimes, chooseExpiry, endReason, isRenewalDue, renewTimes, secondsLeft, type ExpiryPolicy } from "../../src/session/expiry.ts";

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 0, 15);
const policy: ExpiryPolicy = { idleSeconds: 14 * 86_400, absoluteSeconds: 90 * 86_400, persistent: true, renewFraction: 0.1 };

describe("session expiry", () => {
  it("begins with both limits, the earlier wins", () => {
    const times = beginTimes(policy, NOW);
    assert.equal(times.expiresAt, NOW + 14 * DAY_MS);
    assert.equal(times.endsAt, NOW + 90 * DAY_MS);
    assert.equal(endReason(times), "idle");
    assert.equal(secondsLeft(times, NOW), 14 * 86_400);
  });

  it("LC-11 PAIN-15 slides with activity, but never past the absolute limit", () => {
    let times = beginTimes(policy, NOW);
    for (let day = 1; day <= 89; day++) times = renewTimes(times, NOW + day * DAY_MS);
    assert.equal(times.expiresAt, NOW + 90 * DAY_MS);
    assert.equal(endReason(times), "absolute");
  });

  it("LC-14 is due only when a tenth of the idle time has passed", () => {
    const times = beginTimes(policy, NOW);
    const tenth = 1.4 * DAY_MS;
    assert.equal(isRenewalDue(times, 0.1, NOW + tenth - 1), false);
    assert.equal(isRenewalDue(times, 0.1, NOW + tenth), true);
  });

  it("TM-03 a clock that goes backwards renews nothing and shortens nothing", () => {
    const times = beginTimes(policy, NOW);
    for (const back of [-3_600_000, -10 * 365 * DAY_MS]) {
      assert.equal(isRenewalDue(times, 0, NOW + back), false);
      assert.deepEqual(renewTimes(times, NOW + back), times);
    }
  });

  it("gives a session a lifetime of its own: seconds, a unit, a date, 0, null", () => {
    const times = beginTimes(policy, NOW);
    assert.equal(chooseExpiry(times, 300, policy, NOW).expiresAt, NOW + 300_000);
    assert.equal(chooseExpiry(times, "5m", policy, NOW).expiresAt, NOW + 300_000);
    const dated = chooseExpiry(times, new Date(NOW + 1000), policy, NOW);
    assert.equal(dated.expiresAt, NOW + 1000);
    assert.equal(endReason(dated), "date");
    const browser = chooseExpiry(times, 0, policy, NOW);
    assert.equal(browser.persistent, false);
    assert.equal(browser.expiresAt, NOW + 14 * DAY_MS, "the server still ends it");
    assert.deepEqual(chooseExpiry(dated, null, policy, NOW), times);
  });

  it("holds the absolute limit against every choice", () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: 1, max: 10 ** 9 }), fc.date({ noInvalidDate: true, max: new Date(8e15) }), fc.constant(null), fc.constant(0)), fc.integer({ min: 0, max: 89 }), (choice, day) => {
        const times = chooseExpiry(beginTimes(policy, NOW), choice, policy, NOW + day * DAY_MS);
        assert.ok(times.expiresAt <= NOW + 90 * DAY_MS);
        assert.equal(times.createdAt, NOW);
      }),
    );
  });

  it("TM-05 refuses what is no duration", () => {
    const times = beginTimes(policy, NOW);
    for (const bad of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e20, "5 minutes", "5", "", "-5m", "1.5h", new Date(Number.NaN), 5n, {}, undefined]) {
      assert.throws(() => chooseExpiry(times, bad as never, policy, NOW), { code: "COAT_INVALID_DURATION" }, String(bad));
    }
  });
});
