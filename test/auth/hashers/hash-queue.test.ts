import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createHashQueue } from "../../../src/auth/hashers/hash-queue.ts";
import { HashingBusy } from "../../../src/errors.ts";

interface Held {
  readonly task: () => Promise<number>;
  readonly release: () => void;
}

/** Tasks that end when told, and a count of how many ran at once. */
function createTasks(): { hold(value: number): Held; readonly started: number[]; most: number } {
  let running = 0;
  const tasks = {
    most: 0,
    started: [] as number[],
    hold(value: number): Held {
      const gate = Promise.withResolvers<void>();
      return {
        release: gate.resolve,
        task: async () => {
          tasks.started.push(value);
          tasks.most = Math.max(tasks.most, ++running);
          await gate.promise;
          running--;
          return value;
        },
      };
    },
  };
  return tasks;
}

describe("DS-12 password hashing is queued and bounded", () => {
  it("500 at once: two run, so many wait, the rest is refused at once with 503", async () => {
    const tasks = createTasks();
    const queue = createHashQueue({ concurrency: 2, maxWaiting: 100 });
    const held = Array.from({ length: 500 }, (_, at) => tasks.hold(at));
    const results = held.map(({ task }) => queue.run(task).catch((error: unknown) => error));
    const refused = await Promise.all(results.slice(102));
    assert.ok(refused.every((error) => error instanceof HashingBusy && error.status === 503 && error.code === "COAT_HASHING_BUSY"));
    assert.deepEqual(tasks.started, [0, 1]);
    assert.equal(queue.waiting, 100);
    for (const { release } of held) release();
    assert.deepEqual(await Promise.all(results.slice(0, 102)), Array.from({ length: 102 }, (_, at) => at));
    assert.equal(tasks.most, 2);
    assert.deepEqual(tasks.started, Array.from({ length: 102 }, (_, at) => at), "first come, first served");
    assert.equal(queue.waiting, 0);
  });

  it("a task that fails gives its place on, and the queue is as before", async () => {
    const queue = createHashQueue({ concurrency: 1, maxWaiting: 1 });
    const failing = queue.run(() => Promise.reject(new Error("broken")));
    const next = queue.run(async () => "next");
    await assert.rejects(failing, /broken/);
    assert.equal(await next, "next");
    assert.equal(await queue.run(async () => "later"), "later");
    const throwing = queue.run(() => {
      throw new Error("at once");
    });
    await assert.rejects(throwing, /at once/);
    assert.equal(await queue.run(async () => "still"), "still");
  });

  it("nobody who comes while a place is handed over makes one more run", async () => {
    const tasks = createTasks();
    const queue = createHashQueue({ concurrency: 1, maxWaiting: 10 });
    const held = Array.from({ length: 4 }, (_, at) => tasks.hold(at));
    const [first, second] = held.map(({ task }) => queue.run(task));
    held[0]?.release();
    await first;
    const gate = tasks.hold(9);
    const late = queue.run(gate.task);
    assert.equal(tasks.most, 1);
    held[1]?.release();
    await second;
    assert.equal(tasks.most, 1);
    held[2]?.release();
    held[3]?.release();
    gate.release();
    assert.equal(await late, 9);
    assert.equal(tasks.most, 1);
    assert.deepEqual(tasks.started, [0, 1, 2, 3, 9]);
  });
});
