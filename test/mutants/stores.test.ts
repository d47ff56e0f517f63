import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { runStoreCase, runStoreCases, storeCases, type StoreSubject } from "../../src/conformance/index.ts";
import { storeMutants, type StoreMutant } from "./stores/mutants.ts";
import { ReferenceData, ReferenceStore } from "./stores/reference-store.ts";

function subjectOf(Store: StoreMutant["Store"]): StoreSubject {
  const data = new ReferenceData();
  const corrupt = async (id: string): Promise<void> => {
    data.spoiled.add(id);
  };
  return { store: new Store(data), otherStore: new Store(data), corrupt };
}

async function failedCases(mutant: StoreMutant): Promise<string[]> {
  const failed: string[] = [];
  for (const one of storeCases) {
    await runStoreCase(one, () => subjectOf(mutant.Store)).catch(() => failed.push(one.name));
  }
  return failed;
}

runStoreCases(() => subjectOf(ReferenceStore), { name: "the store that the mutants are made of keeps the whole contract", test, describe });

describe("ST-17 every store with a fault fails the conformance suite", () => {
  const caught = new Set<string>();

  for (const mutant of storeMutants) {
    it(mutant.name, async () => {
      const failed = await failedCases(mutant);
      for (const name of failed) caught.add(name);
      for (const wanted of mutant.caughtBy) assert.ok(failed.some((name) => name.startsWith(wanted)), `not caught by "${wanted}…", only by: ${failed.join("; ") || "nothing"}`);
    });
  }

  it("and every case of the suite catches at least one of them", () => {
    assert.deepEqual(storeCases.map((one) => one.name).filter((name) => !caught.has(name)), []);
  });

  it("and none of them is skipped", async () => {
    for (const one of storeCases) assert.deepEqual(await runStoreCase(one, () => subjectOf(ReferenceStore)), { outcome: "held" }, one.name);
  });
});
