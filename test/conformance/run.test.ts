import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runStoreCase, runStoreCases, storeCases, type StoreCase } from "../../src/conformance/index.ts";
import { ensure, ensureEqual } from "../../src/conformance/checks.ts";
import { memoryStore } from "../../src/stores/memory.ts";

const caseNamed = (name: string): StoreCase => {
  const found = storeCases.find((one) => one.name.startsWith(name));
  assert.ok(found, name);
  return found;
};

/** A test runner that runs nothing until it is told. */
function fakeRunner(): { names: string[]; groups: string[]; runAll(): Promise<Record<string, string>>; test: (name: string, run: (context?: { skip?: (reason?: string) => void }) => Promise<void>) => void; describe: (name: string, body: () => void) => void } {
  const tests: [string, (context?: { skip?: (reason?: string) => void }) => Promise<void>][] = [];
  const groups: string[] = [];
  return {
    groups,
    get names() {
      return tests.map(([name]) => name);
    },
    test: (name, run) => {
      tests.push([name, run]);
    },
    describe: (name, body) => {
      groups.push(name);
      body();
    },
    runAll: async () => {
      const outcomes: Record<string, string> = {};
      for (const [name, run] of tests) {
        outcomes[name] = "passed";
        await run({ skip: (reason) => (outcomes[name] = `skipped: ${reason}`) }).catch((error: unknown) => (outcomes[name] = `failed: ${(error as Error).message}`));
      }
      return outcomes;
    },
  };
}

describe("ST-17 PAIN-39 the conformance suite as data", () => {
  it("has unique names, and says why for each need", () => {
    assert.equal(new Set(storeCases.map((one) => one.name)).size, storeCases.length);
    for (const need of storeCases.flatMap((one) => one.needs)) assert.match(need.reason, /\w+ \w+/);
  });

  it("registers every case under one headline, with any runner", async () => {
    const runner = fakeRunner();
    runStoreCases(() => ({ store: memoryStore() }), { name: "mine", test: runner.test, describe: runner.describe });
    assert.deepEqual(runner.groups, ["mine"]);
    assert.deepEqual(runner.names, storeCases.map((one) => one.name));
    const outcomes = await runner.runAll();
    assert.equal(outcomes[caseNamed("migrate: leaves").name], "skipped: the store has no tables of its own");
    assert.deepEqual(Object.values(outcomes).filter((one) => one.startsWith("failed")), []);
    assert.ok(Object.values(outcomes).filter((one) => one === "passed").length > 55);
  });

  it("works with a runner that knows neither groups nor skipping", async () => {
    const runs: (() => Promise<void>)[] = [];
    runStoreCases(() => ({ store: memoryStore() }), { test: (_name, run) => runs.push(run) });
    for (const run of runs) await run();
    assert.equal(runs.length, storeCases.length);
  });

  it("skips excepted cases with the reason that was given, and refuses names that do not exist", async () => {
    const runner = fakeRunner();
    const name = caseNamed("read: at its limit").name;
    runStoreCases(() => ({ store: memoryStore() }), { test: runner.test, except: { [name]: "its engine rounds to seconds" } });
    assert.equal((await runner.runAll())[name], "skipped: its engine rounds to seconds");
    assert.throws(() => runStoreCases(() => ({ store: memoryStore() }), { test: runner.test, except: { "no such case": "" } }), /no store case named "no such case"/);
  });

  it("makes a store for each case and cleans up after it, whether it held or not", async () => {
    let [made, cleaned] = [0, 0];
    const make = (isBroken: boolean) => () => {
      made++;
      const store = memoryStore();
      if (isBroken) store.create = async () => true;
      return { store, cleanup: () => void cleaned++ };
    };
    assert.deepEqual(await runStoreCase(caseNamed("create: a fresh id"), make(false)), { outcome: "held" });
    await assert.rejects(runStoreCase(caseNamed("create: a fresh id"), make(true)), /read by the client that created it: expected .* but the store gave null/);
    assert.equal((await runStoreCase(caseNamed("close"), make(false))).outcome, "skipped");
    assert.deepEqual([made, cleaned], [3, 3]);
  });
});

describe("the checks of the cases", () => {
  it("compare plain data, whatever the order of keys", () => {
    ensureEqual({ a: 1, b: [null, { c: 2 }] }, { b: [null, { c: 2 }], a: 1 }, "x");
    for (const [one, two] of [[1, "1"], [null, undefined], [{ a: undefined }, {}], [[1, 2], [2, 1]], [{ a: 1 }, { a: 1, b: 2 }]]) assert.throws(() => ensureEqual(one, two, "x"), /^Error: x: expected/);
    assert.throws(() => ensure(false, "no"), /^Error: no$/);
  });

  it("keep messages short", () => {
    assert.throws(() => ensureEqual("a".repeat(100_000), "b", "x"), (error: unknown) => error instanceof Error && error.message.length < 1000);
  });
});
