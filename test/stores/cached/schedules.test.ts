import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Clock } from "../../../src/clock.ts";
import type { SessionStore } from "../../../src/store/store.ts";
import { cachedStore } from "../../../src/stores/cached.ts";
import { memoryStore } from "../../../src/stores/memory.ts";
import { makeRecord } from "../../support/records.ts";

const RUNS = Number(process.env["RACE_RUNS"] ?? 500);

/** What may happen to a call on its way: nothing, an error before or after it took effect, or an error now and the effect much later. */
type Fate = "ok" | "fails before" | "fails after" | "fails and happens late";

/** Time that passes only when the schedule says so. */
class ScheduledClock implements Clock {
  readonly #scheduler: fc.Scheduler;
  #now = Date.UTC(2026, 0, 15);

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  now(): number {
    return this.#now;
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }

  async wait(milliseconds: number): Promise<void> {
    await this.#scheduler.schedule(Promise.resolve(), `${milliseconds} ms pass`);
    this.#now += milliseconds;
  }
}

/** A node's way to a store: each call leaves, takes effect and is answered at moments that the schedule chooses. */
function wire(scheduler: fc.Scheduler, store: SessionStore, name: string, fates: () => Fate): SessionStore {
  const pass = (label: string): Promise<void> => scheduler.schedule(Promise.resolve(), `${name} ${label}`);
  const call = async <T>(label: string, effect: () => Promise<T>): Promise<T> => {
    const fate = fates();
    if (fate === "fails and happens late") void pass(`${label}, late`).then(() => pass(`${label}, very late`)).then(effect);
    else await pass(label);
    if (fate === "fails before" || fate === "fails and happens late") throw new Error("the wire is cut");
    const result = await effect();
    await pass(`${label} answers`);
    if (fate === "fails after") throw new Error("the wire is cut");
    return result;
  };
  return {
    name,
    capabilities: store.capabilities,
    read: (id, options) => call("read", () => store.read(id, options)),
    create: (record, options) => call("create", () => store.create(record, options)),
    update: (record, version, options) => call("update", () => store.update(record, version, options)),
    touch: (id, version, seen, expires, options) => call("touch", () => store.touch(id, version, seen, expires, options)),
    delete: (id, version, options) => call("delete", () => store.delete(id, version, options)),
  };
}

type Step = "read" | "write" | "touch" | { readonly pass: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>("read") },
  { weight: 3, arbitrary: fc.constant<Step>("write") },
  { weight: 2, arbitrary: fc.constant<Step>("touch") },
  { weight: 2, arbitrary: fc.constantFrom(1, 400, 1_000, 12_000, 31_000).map((pass) => ({ pass })) },
);

const fate = fc.oneof({ weight: 5, arbitrary: fc.constant<Fate>("ok") }, { weight: 1, arbitrary: fc.constantFrom<Fate[]>("fails before", "fails after", "fails and happens late") });

/** Two nodes read, write and touch one session while a third ends it. Every answer is held against what was acknowledged before. */
async function runSchedule(scheduler: fc.Scheduler, nodes: readonly (readonly Step[])[], before: readonly Step[], fates: readonly Fate[]): Promise<void> {
  const clock = new ScheduledClock(scheduler);
  const [cache, store] = [memoryStore({ clock }), memoryStore({ clock })];
  let fateAt = 0;
  const nextFate = (): Fate => fates[fateAt++ % Math.max(1, fates.length)] ?? "ok";
  const makeNode = (name: string, isCacheFaulty: boolean): SessionStore =>
    cachedStore(wire(scheduler, cache, `${name} cache`, isCacheFaulty ? nextFate : () => "ok"), wire(scheduler, store, `${name} store`, () => "ok"), { clock, cacheTimeoutMs: 60_000 });
  const record = makeRecord({}, clock.now());
  const id = record.id;
  await store.create(record);
  /** Versions in the order in which the store took them. */
  const history = [record.version];
  let acknowledged = 0;
  let isEnded = false;
  let writes = 0;

  const act = async (node: SessionStore, name: string, one: Step): Promise<void> => {
    if (typeof one === "object") {
      await scheduler.schedule(Promise.resolve(), `${one.pass} ms pass`);
      return clock.advance(one.pass);
    }
    const [wasEnded, wasAcknowledged] = [isEnded, acknowledged];
    const read = await node.read(id);
    if (wasEnded) assert.equal(read, null, `${name} read a session that had been ended`);
    if (read === null) return assert.ok(isEnded || (await store.read(id)) === null, `${name} missed a live session`);
    assert.ok(history.indexOf(read.version) >= wasAcknowledged, `${name} read an older version than one that had been acknowledged`);
    if (one === "touch") await node.touch(id, read.version, clock.now(), clock.now() + 3_600_000);
    if (one !== "write") return;
    const next = { ...read, version: `${name}${writes++}`, lastSeenAt: clock.now(), expiresAt: clock.now() + 3_600_000 };
    const pending = node.update(next, read.version);
    const answer = await pending;
    if (answer.outcome === "updated") acknowledged = Math.max(acknowledged, history.indexOf(next.version));
    if (wasEnded) assert.equal(answer.outcome, "gone", `${name} wrote to a session that had been ended`);
  };

  const real = store.update.bind(store);
  store.update = async (next, version, options) => {
    const answer = await real(next, version, options);
    if (answer.outcome === "updated" && next.id === id) history.push(next.version);
    return answer;
  };

  const ender = makeNode("ender", true);
  const end = async (): Promise<void> => {
    for (const one of before) await act(ender, "ender", one);
    await ender.delete(id);
    isEnded = true;
    for (const one of ["read", "write", "read"] as const) await act(ender, "ender", one);
  };
  const works = nodes.map(async (steps, index) => {
    const name = `node${index}`;
    const node = makeNode(name, index % 2 === 1);
    for (const one of steps) await act(node, name, one);
  });
  const all = Promise.all([end(), ...works]);
  await scheduler.waitFor(all);
  await all;
  const late = makeNode("late", false);
  await scheduler.waitFor(act(late, "late", "read"));
}

describe("ST-13 LC-15 CC-01 cachedStore under every schedule", () => {
  const steps = fc.array(step, { minLength: 2, maxLength: 7 });

  it(`${RUNS} random schedules: nobody reads what was ended, nobody reads older than acknowledged, with a cache that works`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.tuple(steps, steps), fc.array(step, { maxLength: 3 }), (scheduler, nodes, before) => runSchedule(scheduler, nodes, before, ["ok"])),
      { numRuns: RUNS },
    );
  });

  it(`${RUNS} random schedules: the same with a cache that fails some nodes, before, after, and late`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.tuple(steps, steps), fc.array(step, { maxLength: 3 }), fc.array(fate, { minLength: 1, maxLength: 30 }), runSchedule),
      { numRuns: RUNS },
    );
  });
});
