import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, it } from "node:test";
import { createCoatcheck, type Coat, type CoatcheckOptions, type SessionRecord } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { sqliteStore } from "coatcheck/sqlite";
import { sealedCookieStore } from "../../src/manager/sealed-cookie.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { FailingStore, type Fault } from "../support/failing-store.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

const MINUTE = 60_000;
const SECRETS = ["a secret that is long enough for all of these tests"];

/** Stores of one kind each, all of which slide by `touch`. */
const kinds = {
  memory: () => memoryStore(),
  sqlite: () => {
    const store = sqliteStore(":memory:");
    after(() => store.close());
    return store;
  },
} as const;

function setUp(kind: keyof typeof kinds, session: CoatcheckOptions["session"] = {}) {
  const clock = new FakeClock();
  const inner = kinds[kind]();
  const failing = new FailingStore(inner);
  const cloakroom = createCoatcheck<AnyData>({ store: failing.store, clock, production: false, sweep: false, secrets: SECRETS, log: () => undefined, session: { idleTimeout: "10m", ...session } });
  const visitor = new Visitor(cloakroom);
  const records = async (): Promise<SessionRecord[]> => (await inner.scan(null, 10, { now: clock.now() })).records;
  const begin = async (): Promise<SessionRecord> => {
    await visitor.run((coat) => coat.session.set("a", 1));
    failing.calls.length = 0;
    return (await records())[0] as SessionRecord;
  };
  return { clock, failing, visitor, records, begin };
}

const look = (coat: Coat<AnyData>): unknown => coat.session.get("a");

for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
  for (const expireAtBrowserClose of [false, true]) {
    const cookies = expireAtBrowserClose ? "a cookie until the browser closes" : "a persistent cookie";

    describe(`renewal, ${kind}, ${cookies}`, () => {
      it("I5 is one touch after the read, when a tenth of the idle time has passed", async () => {
        const { clock, failing, visitor, records, begin } = setUp(kind, { expireAtBrowserClose });
        const record = await begin();
        clock.advance(MINUTE - 1);
        assert.equal(await visitor.run(look), 1);
        assert.deepEqual(failing.calls.splice(0), ["read"]);
        assert.deepEqual(await records(), [record]);
        clock.advance(1);
        const { setCookies } = await visitor.visit(look);
        assert.deepEqual(failing.calls.splice(0), ["read", "touch"]);
        assert.deepEqual(await records(), [{ ...record, lastSeenAt: clock.now(), expiresAt: clock.now() + 10 * MINUTE }]);
        assert.equal(setCookies.length, expireAtBrowserClose ? 0 : 1);
      });

      it("I4 CA-05 a request that does not look moves nothing and adds nothing, also when the end is due to move", async () => {
        const { clock, failing, visitor, records, begin } = setUp(kind, { expireAtBrowserClose });
        const record = await begin();
        clock.advance(9 * MINUTE);
        for (const route of [{}, { lazy: true }]) {
          const { ending } = await visitor.visit(() => undefined, { route });
          assert.equal(ending, null, "no cookie, no Vary, no Cache-Control");
        }
        assert.deepEqual(failing.calls, ["read"]);
        assert.deepEqual(await records(), [record]);
      });

      it("LC-13 after a handler that threw or answered 5xx neither record nor cookie has moved", async () => {
        const { clock, failing, visitor, records, begin } = setUp(kind, { expireAtBrowserClose });
        const record = await begin();
        clock.advance(5 * MINUTE);
        const broken = await visitor.visit(look, { status: 503 });
        const thrown = await visitor.visit((coat) => {
          look(coat);
          throw new Error("out of paper");
        });
        for (const { setCookies } of [broken, thrown]) assert.deepEqual(setCookies, []);
        assert.deepEqual(failing.calls, ["read", "read"]);
        assert.deepEqual(await records(), [record]);
      });

      it("PAIN-16 a poll that says so in its handler keeps no session alive, and one that does not say so does", async () => {
        for (const isPassive of [true, false]) {
          const { clock, visitor, begin } = setUp(kind, { expireAtBrowserClose });
          await begin();
          const cookie = visitor.header() ?? "";
          const poll = (coat: Coat<AnyData>): unknown => {
            const value = look(coat);
            if (isPassive) coat.passive();
            return value;
          };
          for (let minute = 2; minute <= 20; minute += 2) {
            clock.advance(2 * MINUTE);
            const lives = !isPassive || minute < 10;
            assert.equal(await visitor.run(poll, { headers: { cookie } }), lives ? 1 : undefined, `passive: ${isPassive}, minute ${minute}`);
          }
        }
      });

      it("one that cannot be written costs the reader nothing, and the next request makes up for it", async () => {
        for (const fault of ["refuse", "drop", "crash"] satisfies Fault[]) {
          const { clock, failing, visitor, records, begin } = setUp(kind, { expireAtBrowserClose });
          const record = await begin();
          clock.advance(2 * MINUTE);
          failing.plan("touch", fault);
          const { result, setCookies, error } = await visitor.visit(look);
          assert.deepEqual([result, setCookies, error], [1, [], undefined], fault);
          assert.deepEqual(await records(), [record], fault);
          assert.equal(await visitor.run(look), 1);
          assert.deepEqual(failing.calls, ["read", "touch", "read", "touch"], fault);
          assert.equal((await records())[0]?.expiresAt, clock.now() + 10 * MINUTE, fault);
        }
      });
    });
  }
}

describe("renewal, where it cannot be", () => {
  it("PAIN-16 sessions that live in the cookie: a passive poll sends none", async () => {
    const clock = new FakeClock();
    const cloakroom = createCoatcheck<AnyData>({ store: sealedCookieStore(), clock, production: false, log: () => undefined, secrets: SECRETS, session: { idleTimeout: "10m" } });
    const visitor = new Visitor(cloakroom);
    await visitor.run((coat) => coat.session.set("a", 1));
    for (let minute = 2; minute < 10; minute += 2) {
      clock.advance(2 * MINUTE);
      const { result, setCookies } = await visitor.visit((coat) => (coat.passive(), look(coat)));
      assert.deepEqual([result, setCookies], [1, []]);
      assert.equal((await visitor.visit(() => undefined)).ending, null, "CA-05 nor does one that does not look");
    }
    const cookie = visitor.header() ?? "";
    clock.advance(2 * MINUTE);
    assert.equal(await visitor.run(look, { headers: { cookie } }), undefined);
  });

  it("PAIN-16 what was detached from a passive request is no activity either", async () => {
    const { clock, failing, visitor, records, begin } = setUp("memory");
    const record = await begin();
    clock.advance(5 * MINUTE);
    const { result: apart } = await visitor.visit((coat) => {
      coat.passive();
      return coat.detach();
    });
    assert.equal(apart?.get("a"), 1);
    await apart?.save();
    assert.deepEqual(failing.calls, ["read"]);
    assert.deepEqual(await records(), [record]);
  });

  for (const [what, close, open] of [
    ["takes no writes", "pragma query_only = 1", "pragma query_only = 0"],
    ["somebody else has locked", "begin immediate", "commit"],
  ] as const) {
    it(`PAIN-11 a database that ${what}: readers are answered, at once and without a cookie`, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), "coatcheck-renewal-"));
      const clock = new FakeClock();
      const [database, other] = [new DatabaseSync(join(folder, "a.db")), new DatabaseSync(join(folder, "a.db"))];
      t.after(() => {
        database.close();
        other.close();
        rmSync(folder, { recursive: true });
      });
      database.exec("pragma busy_timeout = 0");
      const store = sqliteStore(database, { clock });
      const visitor = new Visitor(createCoatcheck<AnyData>({ store, clock, production: false, sweep: false, secrets: SECRETS, log: () => undefined, session: { idleTimeout: "10m" } }));
      await visitor.run((coat) => coat.session.set("a", 1));
      const switcher = close.startsWith("begin") ? other : database;
      switcher.exec(close);
      clock.advance(5 * MINUTE);
      const { result, setCookies, error } = await visitor.visit(look);
      assert.deepEqual([result, setCookies, error, clock.waitedMs], [1, [], undefined, 0]);
      switcher.exec(open);
      assert.equal((await visitor.visit(look)).setCookies.length, 1);
    });
  }
});
