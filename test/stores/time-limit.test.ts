import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { limitTime } from "../../src/stores/time-limit.ts";

const never = new Promise<never>(() => {});
const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
const late = (): Error => new Error("late");

describe("CC-10 limitTime", () => {
  it("is the work's own end when that comes first, and leaves no timer", async () => {
    const before = timers();
    assert.equal(await limitTime(Promise.resolve(7), 50_000, undefined, late), 7);
    const error = new Error("no");
    await assert.rejects(limitTime(Promise.reject(error), 50_000, undefined, late), (thrown) => thrown === error);
    assert.equal(timers(), before);
  });

  it("rejects when the limit has passed, after the work had its chance to fail by itself", async () => {
    await assert.rejects(limitTime(never, 5, undefined, late), /late/);
    const { promise, reject } = Promise.withResolvers<never>();
    await assert.rejects(
      limitTime(promise, 5, undefined, late, () => reject(new Error("taken back"))),
      /taken back/,
    );
  });

  it("an abort rejects with its reason, before or while waiting, and a late failure of the work bothers nobody", async () => {
    const reason = new Error("the visitor left");
    const { promise, reject } = Promise.withResolvers<never>();
    const controller = new AbortController();
    const call = limitTime(promise, 50_000, controller.signal, late);
    controller.abort(reason);
    await assert.rejects(call, (thrown) => thrown === reason);
    await assert.rejects(limitTime(never, 50_000, controller.signal, late), (thrown) => thrown === reason);
    reject(new Error("much later"));
    await new Promise(setImmediate);
    assert.equal(timers(), 0);
  });
});
