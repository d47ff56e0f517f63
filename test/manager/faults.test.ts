import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCoatcheck, type Coat, type CoatcheckOptions, type Ending, type RouteOptions } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import fc from "fast-check";
import { FailingStore, type Fault, type StoreOperation } from "../support/failing-store.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { makeView, type AnyData } from "../support/view.ts";

function setUp(options: CoatcheckOptions = {}) {
  const clock = new FakeClock();
  const memory = memoryStore();
  const failing = new FailingStore(memory);
  const cloakroom = createCoatcheck<AnyData>({ store: failing.store, clock, production: false, ...options });
  const request = async (cookie: string | undefined, handler: (coat: Coat<AnyData>) => unknown, route?: RouteOptions): Promise<Ending | null> => {
    const coat = cloakroom.begin(makeView(cookie === undefined ? {} : { headers: { cookie } }), route);
    if (coat.ready !== null) await coat.ready;
    await handler(coat);
    return coat.finish({ status: 200, threw: false });
  };
  const begin = async (): Promise<string> => (await request(undefined, ({ session }) => session.set("n", 0)))?.setCookies[0]?.split(";")[0] ?? "";
  const records = async () => (await memory.scan(null, 100, { now: clock.now() })).records;
  const valueOf = async (cookie: string): Promise<unknown> => {
    let value: unknown;
    await request(cookie, ({ session }) => {
      value = session.get("n");
    });
    return value;
  };
  return { clock, memory, failing, cloakroom, request, begin, records, valueOf };
}

const increment = ({ session }: Coat<AnyData>): unknown => session.change("n", (n) => ((n as number | undefined) ?? 0) + 1);

describe("a store that fails", () => {
  it("ST-11 PAIN-11 on reading: an error at the first look, never a stranger, no cookie, nothing written", async () => {
    const { failing, request, begin, records, valueOf } = setUp();
    const cookie = await begin();
    const before = await records();
    failing.plan("read", "crash", 2);
    await assert.rejects(request(cookie, ({ session }) => session.get("n")), { code: "COAT_STORE_UNAVAILABLE", status: 503 });
    assert.deepEqual((await request(cookie, () => undefined))?.setCookies, [], "a route that never looks is served");
    failing.heal();
    assert.deepEqual(await records(), before);
    assert.equal(await valueOf(cookie), 0);
  });

  it("onStoreError: anonymous shows an empty session that refuses changes, so that nothing is overwritten", async () => {
    const { failing, request, begin, valueOf } = setUp();
    const cookie = await begin();
    failing.plan("read", "drop");
    const ending = await request(
      cookie,
      ({ session }) => {
        assert.equal(session.get("n"), undefined);
        assert.throws(() => session.set("n", 9), { code: "COAT_STORE_UNAVAILABLE" });
      },
      { onStoreError: "anonymous" },
    );
    assert.deepEqual(ending?.setCookies, []);
    assert.equal(await valueOf(cookie), 0);
  });

  it("ST-12 on creating: an error, and no cookie for a session that does not exist", async () => {
    const { failing, request, records } = setUp();
    failing.plan("create", "drop");
    await assert.rejects(request(undefined, increment), { code: "COAT_STORE_UNAVAILABLE" });
    assert.deepEqual(await records(), []);
  });

  it("a create whose answer was lost is recognised by its own version", async () => {
    const { failing, request, records, valueOf } = setUp();
    failing.plan("create", "lose");
    const ending = await request(undefined, increment);
    assert.equal((await records()).length, 1);
    assert.equal(await valueOf(ending?.setCookies[0]?.split(";")[0] ?? ""), 1);
  });

  it("what was certainly not sent is sent again", async () => {
    const { failing, request, begin, valueOf } = setUp();
    const cookie = await begin();
    failing.plan("update", "refuse", 3);
    await request(cookie, increment);
    assert.equal(await valueOf(cookie), 1);
    failing.plan("update", "refuse", 100);
    await assert.rejects(request(cookie, increment), { code: "COAT_STORE_UNAVAILABLE" });
    failing.heal();
    assert.equal(await valueOf(cookie), 1);
  });

  it("an update whose answer was lost is looked up, and never applied twice", async () => {
    const { failing, request, begin, valueOf } = setUp();
    const cookie = await begin();
    failing.plan("update", "lose");
    await request(cookie, increment);
    assert.equal(await valueOf(cookie), 1);
    failing.plan("update", "drop");
    await assert.rejects(request(cookie, increment), { code: "COAT_STORE_UNAVAILABLE" });
    assert.equal(await valueOf(cookie), 1);
  });

  it("an update that the driver sent twice counts once, and is no conflict", async () => {
    const { failing, request, begin, valueOf } = setUp();
    const cookie = await begin();
    failing.plan("update", "twice");
    await request(cookie, increment);
    assert.equal(await valueOf(cookie), 1);
  });

  it("LC-06 at every step of a rotation: at most one token works afterwards, and never the old one with what the new one may do", async () => {
    const faults: readonly Fault[] = ["refuse", "lose", "drop", "crash"];
    const operations: readonly StoreOperation[] = ["create", "delete", "read", "update"];
    for (const operation of operations) {
      for (const fault of faults) {
        for (const times of [1, 2, 100]) {
          const { failing, request, begin, cloakroom } = setUp();
          const cookie = await begin();
          const coat = cloakroom.begin(makeView({ headers: { cookie } }));
          await coat.ready;
          coat.session.rotate();
          coat.session.set("role", "admin");
          failing.plan(operation, fault, times);
          const ending = await Promise.resolve(coat.finish({ status: 200, threw: false })).catch(() => null);
          failing.heal();
          let oldRole: unknown;
          await request(cookie, ({ session }) => {
            oldRole = session.get("role");
          });
          assert.equal(oldRole, undefined, `${operation} ${fault} ${times}`);
          const next = ending?.setCookies[0]?.split(";")[0];
          if (next === undefined) continue;
          let alive: unknown;
          await request(cookie, ({ session }) => {
            alive = session.get("n");
          });
          assert.equal(alive, undefined, `${operation} ${fault} ${times}: both tokens live`);
        }
      }
    }
  });

  it("a logout whose answer was lost is asked for again, and the browser drops the cookie", async () => {
    const { failing, request, begin, records } = setUp();
    const cookie = await begin();
    failing.plan("delete", "lose");
    const ending = await request(cookie, ({ session }) => session.flush());
    assert.match(ending?.setCookies[0] ?? "", /Max-Age=0/);
    assert.deepEqual(await records(), []);
  });

  it("a logout that the store refuses is an error, never a page that says goodbye", async () => {
    const { failing, request, begin, records } = setUp();
    const cookie = await begin();
    failing.plan("delete", "drop", 100);
    await assert.rejects(request(cookie, ({ session }) => session.flush()), { code: "COAT_STORE_UNAVAILABLE" });
    assert.equal((await records()).length, 1);
  });

  it("a renewal that fails costs the reader nothing", async () => {
    const { failing, request, begin, clock } = setUp({ session: { renew: "always" } });
    const cookie = await begin();
    clock.advance(1000);
    failing.plan("touch", "drop");
    const ending = await request(cookie, ({ session }) => session.get("n"));
    assert.deepEqual(ending?.setCookies, []);
  });

  it("ST-10 a record that cannot be read counts as absent, is reported once and removed", async () => {
    const { memory, request, begin, records, clock } = setUp();
    for (const data of ["", "{", "null", "[]", "\u0000", '{"a":', "~~", '"text"', "[".repeat(100_000), `{"n":${"[".repeat(10_000)}${"]".repeat(10_000)}}`]) {
      const cookie = await begin();
      const record = (await records())[0];
      assert.ok(record);
      await memory.update({ ...record, data, version: "corrupt" }, record.version, { now: clock.now() });
      const ending = await request(cookie, ({ session }) => assert.equal(session.get("n"), undefined));
      assert.deepEqual(ending?.setCookies, [], "no removal cookie");
      assert.deepEqual(await records(), [], JSON.stringify(data.slice(0, 10)));
    }
  });

  it("a writer whose session's record turned corrupt begins a new one", async () => {
    const { memory, request, begin, records, clock, valueOf } = setUp();
    const cookie = await begin();
    const record = (await records())[0];
    assert.ok(record);
    await memory.update({ ...record, data: "{", version: "corrupt" }, record.version, { now: clock.now() });
    const ending = await request(cookie, increment);
    const [fresh, ...others] = await records();
    assert.deepEqual(others, []);
    assert.notEqual(fresh?.id, record.id);
    assert.equal(await valueOf(ending?.setCookies[0]?.split(";")[0] ?? ""), 1);
  });

  it("I3 every acknowledged increment is there exactly once, whatever the store does", async () => {
    const faultPlan = fc.array(fc.record({ operation: fc.constantFrom<StoreOperation>("read", "update"), fault: fc.constantFrom<Fault>("refuse", "lose", "drop", "crash", "twice") }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(faultPlan, fc.integer({ min: 1, max: 8 }), async (plan, requests) => {
        const { failing, request, begin, valueOf } = setUp();
        const cookie = await begin();
        let acknowledged = 0;
        let denied = 0;
        for (const { operation, fault } of plan) failing.plan(operation, fault);
        for (let n = 0; n < requests; n++) {
          try {
            await request(cookie, increment);
            acknowledged++;
          } catch {
            denied++;
          }
        }
        failing.heal();
        const value = (await valueOf(cookie)) as number;
        assert.ok(value >= acknowledged, `lost: ${value} of ${acknowledged}`);
        assert.ok(value <= acknowledged + denied, `twice: ${value} of ${acknowledged} + ${denied}`);
      }),
      { numRuns: 200 },
    );
  });
});

describe("the random source", () => {
  it("SID-02 that throws, or returns nothing but zeros: no token, no record, no quiet fallback", async () => {
    for (const random of [
      () => {
        throw new Error("no entropy");
      },
      () => undefined,
    ]) {
      const { request, records } = setUp({ random });
      await assert.rejects(request(undefined, increment), { code: "COAT_RANDOM_UNAVAILABLE" });
      assert.deepEqual(await records(), []);
    }
  });

  it("SID-05 that repeats itself never hands one session to two visitors", async () => {
    let calls = 0;
    // The same 4096 bytes for every refill of every pool: two cloakrooms draw the same tokens.
    const random = (bytes: Uint8Array): void => {
      bytes.forEach((_, at) => (bytes[at] = (at * 7 + 1 + (calls > 60 ? 1 : 0)) & 255));
      calls++;
    };
    const clock = new FakeClock();
    const store = memoryStore();
    const visit = async (value: string): Promise<string | undefined> => {
      const coat = createCoatcheck<AnyData>({ store, clock, random, production: false }).begin(makeView());
      coat.session.set("who", value);
      return (await coat.finish({ status: 200, threw: false }))?.setCookies[0]?.split(";")[0];
    };
    const first = await visit("ada");
    const second = await visit("grace");
    assert.notEqual(first, second);
    assert.equal((await store.scan(null, 10, { now: clock.now() })).records.length, 2);
  });
});
