import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCoatcheck, StoreUnavailable, type Coat, type SessionStore } from "coatcheck";
import type { SettingKeeper } from "../../src/manager/setting-keeper.ts";
import { memoryStore } from "../../src/stores/memory.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

/** A store that keeps a secret, and fails at so many readings of it. */
function keeper(failures: number): { store: SessionStore; readings: () => number } {
  let readings = 0;
  const kept = new Map<string, string>();
  const settings: SettingKeeper = {
    readSetting: async (name) => {
      if (++readings <= failures) throw new StoreUnavailable("read a setting", "not-sent");
      return kept.get(name) ?? null;
    },
    writeSettingOnce: async (name, value) => {
      if (!kept.has(name)) kept.set(name, value);
      return kept.get(name) ?? value;
    },
  };
  return { store: Object.assign(memoryStore(), settings), readings: () => readings };
}

const token = (coat: Coat<AnyData>): string => coat.csrf.token();

describe("the secret that a store keeps", () => {
  it("is fetched again after a failure, by the next request", async () => {
    const { store, readings } = keeper(2);
    const visitor = new Visitor(createCoatcheck<AnyData>({ store, production: false, clock: new FakeClock() }));
    await new Promise(setImmediate);
    const failed = await visitor.visit(token);
    assert.ok(failed.error instanceof StoreUnavailable);
    const worked = await visitor.visit(token);
    assert.equal(worked.error, undefined);
    assert.equal(worked.result?.length, 64);
    assert.equal(readings(), 3);
    await visitor.run(token);
    assert.equal(readings(), 3, "a secret that is known is not fetched again");
  });

  it("is fetched once for requests at the same time", async () => {
    const { store, readings } = keeper(1);
    const cloakroom = createCoatcheck<AnyData>({ store, production: false, clock: new FakeClock() });
    await new Promise(setImmediate);
    await Promise.all([new Visitor(cloakroom).run(token), new Visitor(cloakroom).run(token), new Visitor(cloakroom).run(token)]);
    assert.equal(readings(), 2);
  });
});
