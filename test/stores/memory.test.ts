import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigurationError } from "../../src/errors.ts";
import type { SessionRecord } from "../../src/store/store.ts";
import { memoryStore } from "../../src/stores/memory.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

const clock = new FakeClock();

const record = (id: string, changes: Partial<SessionRecord> = {}): SessionRecord => ({
  id,
  data: "{}",
  version: "v1",
  owner: null,
  createdAt: clock.now(),
  lastSeenAt: clock.now(),
  expiresAt: clock.now() + 3_600_000,
  idleSeconds: 3600,
  endsAt: null,
  persistent: true,
  ...changes,
});

const idsOf = async (store: ReturnType<typeof memoryStore>): Promise<string[]> =>
  (await store.scan(null, 1_000_000, { now: clock.now() })).records.map((one) => one.id).sort();

describe("memoryStore: bounded (ST-14, PAIN-37)", () => {
  it("never holds more than maxRecords, however many are written", async () => {
    const store = memoryStore({ maxRecords: 1000, clock });
    for (let index = 0; index < 100_000; index++) await store.create(record(`id-${index}`));
    assert.equal(store.size, 1000);
    assert.equal((await idsOf(store)).length, 1000);
  });

  it("gives up expired records first", async () => {
    const store = memoryStore({ maxRecords: 3, clock });
    await store.create(record("old", { lastSeenAt: clock.now() - 5000 }));
    await store.create(record("ended", { lastSeenAt: clock.now() + 5000, expiresAt: clock.now() + 1 }));
    await store.create(record("other"));
    clock.advance(1);
    await store.create(record("new"));
    assert.deepEqual(await idsOf(store), ["new", "old", "other"]);
  });

  it("then the one that was seen least recently: a touch counts, a read does not", async () => {
    const store = memoryStore({ maxRecords: 4, clock });
    for (const id of ["a", "b", "c", "d"]) {
      await store.create(record(id));
      clock.advance(1000);
    }
    await store.touch("a", "v1", clock.now(), clock.now() + 3_600_000);
    await store.read("b");
    clock.advance(1000);
    await store.create(record("e"));
    await store.create(record("f"));
    assert.deepEqual(await idsOf(store), ["a", "d", "e", "f"]);
  });

  it("evicts in the order of last visits when whole generations come and go", async () => {
    const store = memoryStore({ maxRecords: 200, clock });
    for (let index = 0; index < 200; index++) {
      await store.create(record(`first-${String(index).padStart(3, "0")}`));
      clock.advance(1000);
    }
    for (let index = 0; index < 200; index += 2) await store.touch(`first-${String(index).padStart(3, "0")}`, "v1", clock.now(), clock.now() + 3_600_000);
    for (let index = 0; index < 100; index++) await store.create(record(`second-${index}`));
    const left = await idsOf(store);
    assert.deepEqual(left.filter((id) => id.startsWith("first-") && Number(id.slice(6)) % 2 === 1), []);
    assert.equal(left.filter((id) => id.startsWith("first-")).length, 100);
  });

  it("forgets an evicted record's owner", async () => {
    const store = memoryStore({ maxRecords: 1, clock });
    await store.create(record("hers", { owner: "ann" }));
    await store.create(record("his", { owner: "bob" }));
    assert.deepEqual(await store.listByOwner("ann"), []);
    assert.equal(await store.deleteByOwner("ann"), 0);
    assert.equal((await store.listByOwner("bob")).length, 1);
  });

  it("a place that was emptied is used again", async () => {
    const store = memoryStore({ maxRecords: 10, clock });
    for (let round = 0; round < 50; round++) {
      await store.create(record(`id-${round}`, { owner: "ann", data: `round ${round}` }));
      assert.equal((await store.read(`id-${round}`))?.data, `round ${round}`);
      assert.equal(await store.delete(`id-${round}`), "deleted");
    }
    assert.equal(store.size, 0);
    assert.deepEqual(await store.listByOwner("ann"), []);
  });
});

describe("memoryStore: options", () => {
  it("refuses a maxRecords that is no whole number above zero", () => {
    for (const maxRecords of [0, -1, 1.5, Number.NaN, Infinity, "10" as unknown as number]) {
      assert.throws(
        () => memoryStore({ maxRecords }),
        (error: unknown) => error instanceof ConfigurationError && error.code === "COAT_CONFIGURATION" && error.message.includes("memoryStore.maxRecords"),
      );
    }
  });

  it("is for development only unless told (ST-14, PAIN-37)", () => {
    assert.equal(memoryStore().developmentOnly, true);
    assert.equal(memoryStore({ unsafeInProduction: true }).developmentOnly, false);
    assert.equal(memoryStore().capabilities.durable, false);
  });

  it("sets no timer (TM-10)", async () => {
    const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const store = memoryStore({ clock });
    await store.create(record("a", { expiresAt: clock.now() + 400 * 86_400_000 }));
    await store.read("a");
    assert.equal(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length, before);
  });
});

describe("LC-26 memoryStore: sweeping 10,000 records", () => {
  it("goes on where the last batch stopped and leaves exactly the live ones", async () => {
    const store = memoryStore({ clock });
    for (let index = 0; index < 10_000; index++) await store.create(record(`id-${index}`, index % 3 ? { expiresAt: clock.now() + 10 } : {}));
    clock.advance(10);
    let swept = 0;
    for (let batch = await store.sweep(500); batch > 0; batch = await store.sweep(500)) {
      assert.ok(batch <= 500);
      swept += batch;
    }
    assert.equal(swept, 6666);
    assert.deepEqual(await idsOf(store), Array.from({ length: 3334 }, (_, index) => `id-${index * 3}`).sort());
    assert.equal(store.size, 3334);
  });
});
