import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCoatcheck, type CoatcheckOptions, type SessionStore } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { FailingStore } from "../support/failing-store.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function setUp(options: CoatcheckOptions = {}) {
  const clock = new FakeClock();
  const inner = memoryStore();
  const calls: string[] = [];
  const store = new Proxy(inner, {
    get: (target, key) => {
      const value = Reflect.get(target, key) as unknown;
      if (typeof value !== "function") return value;
      return (...parameters: unknown[]) => {
        if (["read", "create", "update", "touch", "delete"].includes(String(key))) calls.push(String(key));
        return (value as (...all: unknown[]) => unknown).apply(target, parameters);
      };
    },
  }) as SessionStore;
  const cloakroom = createCoatcheck<AnyData>({ store, clock, production: false, ...options });
  const visitor = new Visitor(cloakroom);
  const ids = async (): Promise<string[]> => (await cloakroom.sessions.list()).map((session) => session.id);
  return { clock, cloakroom, visitor, calls, ids };
}

describe("a session's life", () => {
  it("LC-01 DS-01 SID-03 I4 ten thousand strangers cost nothing: no store call, no record, no cookie", async () => {
    const { visitor, calls, ids } = setUp();
    for (let n = 0; n < 10_000; n++) {
      const visit = await visitor.visit((coat) => coat.session.get("cart", []));
      assert.deepEqual(visit.setCookies, []);
    }
    assert.deepEqual(calls, []);
    assert.deepEqual(await ids(), []);
  });

  it("begins with the first write, comes back with the cookie, is read once and written once", async () => {
    const { visitor, calls } = setUp();
    const first = await visitor.visit((coat) => coat.session.set("name", "Ada").isNew);
    assert.equal(first.result, true);
    assert.equal(first.setCookies.length, 1);
    assert.match(first.setCookies[0] ?? "", /^__Host-sessionid=[A-Za-z0-9_-]{43}; /);
    assert.deepEqual(calls.splice(0), ["create"]);
    const second = await visitor.visit((coat) => coat.session.get("name"));
    assert.equal(second.result, "Ada");
    assert.deepEqual(second.setCookies, []);
    assert.deepEqual(calls.splice(0), ["read"]);
    await visitor.run((coat) => coat.session.set("name", "Grace"));
    assert.deepEqual(calls.splice(0), ["read", "update"]);
    await visitor.run((coat) => coat.session.set("name", "Grace"));
    assert.deepEqual(calls.splice(0), ["read"], "an equal value is no change");
  });

  it("CK-01 sends the safest cookie that browsers know, exactly", async () => {
    const { visitor } = setUp();
    const { setCookies } = await visitor.visit((coat) => coat.session.set("a", 1));
    const [pair, ...attributes] = (setCookies[0] ?? "").split("; ");
    assert.match(pair ?? "", /^__Host-sessionid=/);
    const names = attributes.map((attribute) => attribute.replace(/^Expires=.*/, "Expires"));
    assert.deepEqual(names.sort(), ["Expires", "HttpOnly", "Max-Age=1209600", "Path=/", "SameSite=Lax", "Secure"]);
  });

  it("PAIN-30 notices a nested change without being told", async () => {
    const { visitor } = setUp();
    await visitor.run((coat) => coat.session.set("cart", { books: ["a"] }));
    await visitor.run((coat) => (coat.session.get("cart") as { books: string[] }).books.push("b"));
    await visitor.run((coat) => ((coat.session.data["cart"] as { books: string[] }).books[0] = "c"));
    assert.deepEqual(await visitor.run((coat) => coat.session.get("cart")), { books: ["c", "b"] });
  });

  it("PAIN-30 a value that cannot be kept is named by its whole path, however it got there", async () => {
    const { visitor } = setUp();
    await visitor.run(({ session }) => session.set("cart", { items: [{ count: 1 }] }));
    const spoil = (cart: unknown): void => void ((cart as { items: { print?: unknown }[] }).items[0] = { print: () => 1 });
    const place = { code: "COAT_UNSUPPORTED_VALUE", message: /cart\.items\[0\]\.print/ };
    await assert.rejects(visitor.run(({ session }) => spoil(session.data["cart"])), place);
    await assert.rejects(visitor.run(({ session }) => void session.change("cart", (cart) => (spoil(cart), cart))), place);
    await assert.rejects(visitor.run(({ session }) => session.set("cart", { items: [{ print: () => 1 }] })), place);
    await assert.rejects(visitor.run(({ session }) => {
      spoil(session.get("cart"));
      session.change("cart", (cart) => cart);
    }), place);
  });

  it("reads like a map: get, has, delete, pop, setDefault, assign, keys, size, clear, data", async () => {
    const { visitor } = setUp();
    await visitor.run(({ session }) => {
      session.assign({ a: 1, b: false, c: null, d: "" });
      assert.equal(session.get("missing"), undefined);
      assert.equal(session.get("missing", 7), 7);
      assert.equal(session.get("b", true), false);
      assert.equal(session.get("c", 7), null);
      assert.equal(session.has("d"), true);
      assert.equal(session.setDefault("a", 9), 1);
      assert.equal(session.setDefault("e", 9), 9);
      assert.equal(session.pop("e"), 9);
      assert.equal(session.pop("e", "gone"), "gone");
      assert.deepEqual([...session], [["a", 1], ["b", false], ["c", null], ["d", ""]]);
      assert.equal("a" in session.data, true);
      assert.deepEqual(Object.keys(session.data), ["a", "b", "c", "d"]);
      delete session.data["a"];
      assert.equal(session.size, 3);
      assert.equal(session.set("d", undefined).has("d"), false);
    });
    assert.deepEqual(await visitor.run(({ session }) => session.keys()), ["b", "c"]);
  });

  it("LC-02 an emptied session is deleted, record and cookie, once", async () => {
    const { visitor, ids } = setUp();
    await visitor.run(({ session }) => session.set("a", 1));
    const { setCookies } = await visitor.visit(({ session }) => session.delete("a"));
    assert.match(setCookies[0] ?? "", /^__Host-sessionid=; .*Max-Age=0/);
    assert.deepEqual(await ids(), []);
    assert.equal(visitor.header(), undefined);
    assert.deepEqual((await visitor.visit(({ session }) => session.delete("a"))).setCookies, []);
  });

  it("LC-09 flush ends the session; what is set afterwards begins a new one", async () => {
    const { visitor, ids } = setUp();
    await visitor.run(({ session }) => session.set("user", "ada"));
    const old = visitor.header() ?? "";
    const [oldId] = await ids();
    await visitor.run(({ session }) => {
      session.set("lost", 1);
      session.flush();
      assert.equal(session.get("user"), undefined);
      session.set("fresh", 2);
    });
    const [newId, ...others] = await ids();
    assert.deepEqual(others, []);
    assert.notEqual(newId, oldId);
    assert.deepEqual(await visitor.run(({ session }) => [...session]), [["fresh", 2]]);
    assert.equal(await visitor.run(({ session }) => session.isNew, { headers: { cookie: old } }), true);
  });

  it("LC-07 after flush the old cookie is dead", async () => {
    const { visitor, ids } = setUp();
    await visitor.run(({ session }) => session.set("user", "ada"));
    const old = visitor.header() ?? "";
    await visitor.run(({ session }) => session.flush());
    assert.deepEqual(await ids(), []);
    assert.equal(visitor.header(), undefined);
    const replay = await visitor.visit(({ session }) => session.get("user"), { headers: { cookie: old } });
    assert.equal(replay.result, undefined);
    assert.deepEqual(replay.setCookies, [], "a stranger gets no removal cookie");
  });

  it("LC-03 rotation keeps the values, changes the token, and kills the old one at once", async () => {
    const { visitor, ids, cloakroom } = setUp();
    await visitor.run(({ session }) => session.set("cart", ["a"]));
    const old = visitor.header() ?? "";
    const [oldId] = await ids();
    const before = await cloakroom.sessions.get(oldId ?? "");
    await visitor.run(({ session }) => {
      session.rotate();
      session.set("user", "ada");
    });
    const [newId] = await ids();
    const after = await cloakroom.sessions.get(newId ?? "");
    assert.equal(after?.createdAt, before?.createdAt);
    assert.notEqual(newId, oldId);
    assert.notEqual(visitor.header(), old);
    assert.deepEqual(await visitor.run(({ session }) => [...session]), [["cart", ["a"]], ["user", "ada"]]);
    assert.equal(await visitor.run(({ session }) => session.isEmpty, { headers: { cookie: old } }), true);
  });

  it("LC-10 TM-02 at the limit it has ended, one millisecond before it has not", async () => {
    const { visitor, clock } = setUp({ session: { idleTimeout: "30m" } });
    await visitor.run(({ session }) => session.set("a", 1));
    clock.advance(30 * MINUTE - 1);
    const cookie = visitor.header() ?? "";
    assert.notEqual(cookie, "");
    clock.advance(1);
    assert.equal(await visitor.run(({ session }) => session.isNew, { headers: { cookie } }), true);
  });

  it("LC-13 LC-14 PAIN-14 reading slides the end: record and cookie together, at most once in a tenth of the idle time", async () => {
    const { visitor, clock, cloakroom, ids } = setUp({ session: { idleTimeout: "1h" } });
    await visitor.run(({ session }) => session.set("a", 1));
    clock.advance(5 * MINUTE);
    assert.deepEqual((await visitor.visit(({ session }) => session.get("a"))).setCookies, []);
    clock.advance(MINUTE);
    const { setCookies, ending } = await visitor.visit(({ session }) => session.get("a"));
    assert.match(setCookies[0] ?? "", /Max-Age=3600/);
    assert.equal(ending?.noStore, true);
    assert.deepEqual(ending?.vary, ["Cookie"]);
    const [id] = await ids();
    assert.equal((await cloakroom.sessions.get(id ?? ""))?.expiresAt, clock.now() + HOUR);
  });

  it("LC-11 a visitor who comes every day is asked to come again after ninety", async () => {
    const { visitor, clock } = setUp();
    await visitor.run(({ session }) => session.set("a", 1));
    for (let day = 1; day < 90; day++) {
      clock.advance(DAY);
      if (day % 10 === 0) await visitor.run(({ session }) => session.rotate());
      assert.equal(await visitor.run(({ session }) => session.get("a")), 1, `day ${day}`);
    }
    const cookie = visitor.header() ?? "";
    clock.advance(DAY);
    assert.equal(await visitor.run(({ session }) => session.get("a"), { headers: { cookie } }), undefined);
  });

  it("LC-24 a handler that throws or answers 5xx saves nothing, unless its route says so; flush holds all the same", async () => {
    const { visitor, ids } = setUp();
    await visitor.run(({ session }) => session.set("a", 1));
    await visitor.visit(({ session }) => void session.set("a", 2), { status: 500 });
    assert.equal(await visitor.run(({ session }) => session.get("a")), 1);
    const failing = await visitor.visit(({ session }) => {
      session.set("a", 3);
      throw new Error("boom");
    });
    assert.deepEqual(failing.setCookies, []);
    assert.equal(await visitor.run(({ session }) => session.get("a")), 1);
    await visitor.visit(({ session }) => void session.set("a", 4), { status: 503, route: { keepChangesOnError: true } });
    assert.equal(await visitor.run(({ session }) => session.get("a")), 4);
    await visitor.visit(({ session }) => session.flush(), { status: 500 });
    assert.deepEqual(await ids(), []);
  });

  it("LC-27 keys that begin with an underscore are out of reach", async () => {
    const { visitor } = setUp();
    await visitor.run(({ session }) => {
      for (const key of ["_auth", "_csrf", "_"]) {
        assert.throws(() => session.set(key, 1), { code: "COAT_RESERVED_KEY" });
        assert.throws(() => session.change(key, () => 1), { code: "COAT_RESERVED_KEY" });
        assert.equal(session.get(key), undefined);
      }
      session.setTestCookie();
      assert.deepEqual(session.keys(), []);
      session.set("a", 1);
      session.clear();
    });
    assert.equal(await visitor.run(({ session }) => session.testCookieWorked()), true, "clear keeps what is not the application's");
  });

  it("DS-07 __proto__ and constructor are keys like any other", async () => {
    const { visitor } = setUp();
    await visitor.run(({ session }) => {
      assert.throws(() => session.set("__proto__", { isAdmin: true }), { code: "COAT_RESERVED_KEY" });
      assert.equal(session.get("__proto__"), undefined);
      session.set("constructor", { isAdmin: true });
      session.set("nested", JSON.parse('{"__proto__":{"isAdmin":true}}'));
    });
    await visitor.run(({ session }) => {
      assert.deepEqual(session.get("constructor"), { isAdmin: true });
      assert.equal(session.get("isAdmin"), undefined);
      assert.equal(({} as { isAdmin?: boolean }).isAdmin, undefined);
      assert.equal((session.get("nested") as { isAdmin?: boolean }).isAdmin, undefined);
      assert.equal(session.get("toString"), undefined);
    });
  });

  it("five minutes, until the browser closes, and back to the setting", async () => {
    const { visitor, clock } = setUp();
    const five = await visitor.visit(({ session }) => {
      session.set("a", 1);
      session.setExpiry("5m");
      assert.equal(session.expiryAge, 300);
      assert.equal(session.endsBecause, "idle");
    });
    assert.match(five.setCookies[0] ?? "", /Max-Age=300/);
    const browser = await visitor.visit(({ session }) => session.setExpiry(0));
    assert.doesNotMatch(browser.setCookies[0] ?? "Max-Age", /Max-Age|Expires/);
    assert.equal(await visitor.run(({ session }) => session.endsWithBrowser), true);
    const back = await visitor.visit(({ session }) => session.setExpiry(null));
    assert.match(back.setCookies[0] ?? "", /Max-Age=1209600/);
    clock.advance(DAY);
    assert.equal(await visitor.run(({ session }) => session.get("a")), 1);
  });

  it("save() saves now, and what comes later is saved as well", async () => {
    const { visitor, calls } = setUp();
    await visitor.run(async ({ session }) => {
      const cart = session.setDefault("cart", [] as string[]) as string[];
      await session.save();
      assert.notEqual(session.id, null);
      cart.push("late");
    });
    assert.deepEqual(calls.splice(0), ["create", "update"]);
    assert.deepEqual(await visitor.run(({ session }) => session.get("cart")), ["late"]);
  });

  it("reload() drops what was changed and reads again", async () => {
    const { visitor } = setUp();
    await visitor.run(({ session }) => session.set("a", 1));
    await visitor.run(async ({ session }) => {
      session.set("a", 2);
      await session.reload();
      assert.equal(session.get("a"), 1);
    });
  });

  it("LC-25 a change after the response has begun to leave is an error that says what to do", async () => {
    const { visitor } = setUp();
    let kept: unknown;
    await visitor.run((coat) => {
      kept = coat.session;
    });
    assert.throws(() => (kept as { set(key: string, value: unknown): void }).set("a", 1), { code: "COAT_SESSION_COMMITTED", message: /detach/ });
  });

  it("LC-25 a flush after the response has left fails loudly, and ends the session in the store all the same", async () => {
    const { visitor, ids } = setUp();
    await visitor.run(({ session }) => session.set("user", "ada"));
    let kept: unknown;
    await visitor.run((coat) => {
      kept = coat.session;
      coat.session.get("user");
    });
    assert.throws(() => (kept as { flush(): void }).flush(), { code: "COAT_SESSION_COMMITTED", message: /has been ended/ });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(await ids(), []);
    assert.equal(await visitor.run(({ session }) => session.get("user")), undefined);
  });

  it("lazy routes read nothing until they are told to; readonly routes refuse changes; passive ones are no activity", async () => {
    const { visitor, calls, clock } = setUp({ session: { idleTimeout: "1h" } });
    await visitor.run(({ session }) => session.set("a", 1));
    calls.splice(0);
    await visitor.run((coat) => assert.throws(() => coat.session.get("a"), { code: "COAT_SESSION_NOT_LOADED" }), { route: { lazy: true } });
    assert.deepEqual(calls, []);
    assert.equal(await visitor.run(async (coat) => (await coat.load()).get("a"), { route: { lazy: true } }), 1);
    assert.deepEqual(calls.splice(0), ["read"]);
    await visitor.run((coat) => assert.throws(() => coat.session.set("a", 2), { code: "COAT_SESSION_READONLY" }), { route: { readonly: true } });
    clock.advance(50 * MINUTE);
    const polled = await visitor.visit(({ session }) => session.get("a"), { route: { passive: true } });
    assert.deepEqual(polled.setCookies, []);
    const cookie = visitor.header() ?? "";
    clock.advance(10 * MINUTE);
    assert.equal(await visitor.run(({ session }) => session.isNew, { headers: { cookie } }), true, "PAIN-16 polling did not keep it alive");
  });

  it("a detached session is saved from a stream, and cannot do what needs a cookie", async () => {
    const { visitor } = setUp();
    await visitor.run(({ session }) => session.set("progress", 0));
    const { result } = await visitor.visit((coat) => coat.detach());
    result?.set("progress", 50);
    await result?.save();
    assert.equal(await visitor.run(({ session }) => session.get("progress")), 50);
    result?.rotate();
    await assert.rejects(async () => result?.save(), { code: "COAT_SESSION_COMMITTED" });
  });

  it("a detached session is loaded first on a lazy route, and stays as readonly as the coat was", async () => {
    const { visitor } = setUp();
    await visitor.run(({ session }) => session.set("progress", 1));
    const lazy = await visitor.run((coat) => coat.detach(), { route: { lazy: true } });
    assert.deepEqual([lazy.isNew, lazy.get("progress")], [false, 1]);
    lazy.set("progress", 2);
    await lazy.save();
    assert.equal(await visitor.run(({ session }) => session.get("progress")), 2);
    const fixed = await visitor.run((coat) => {
      coat.readonly();
      return coat.detach();
    });
    assert.equal(fixed.get("progress"), 2);
    assert.throws(() => fixed.set("progress", 3), { code: "COAT_SESSION_READONLY" });
    await assert.rejects(fixed.save(), { code: "COAT_SESSION_READONLY" });
  });

  it("ST-11 a detached session of a route that lives without the store cannot be changed", async () => {
    const failing = new FailingStore(memoryStore());
    const { visitor } = setUp({ store: failing.store, onStoreError: "anonymous" });
    await visitor.run(({ session }) => session.set("a", 1));
    failing.plan("read", "refuse");
    const detached = await visitor.run((coat) => coat.detach());
    assert.equal(detached.isNew, true);
    assert.throws(() => detached.set("a", 2), { code: "COAT_STORE_UNAVAILABLE" });
  });

  it("rotateEvery gives a new token; the old one leads on for ten seconds and is a replay after that", async () => {
    const { visitor, clock, ids } = setUp({ session: { rotateEvery: "1h" } });
    await visitor.run(({ session }) => session.set("a", 1));
    const old = visitor.header() ?? "";
    clock.advance(HOUR);
    await visitor.run(({ session }) => session.get("a"));
    assert.notEqual(visitor.header(), old);
    const inFlight = await visitor.visit(({ session }) => session.change("a", (a) => (a as number) + 1), { headers: { cookie: old } });
    assert.equal(inFlight.result, 2);
    assert.deepEqual(inFlight.setCookies, []);
    assert.equal(await visitor.run(({ session }) => session.get("a")), 2);
    clock.advance(10_000);
    assert.equal(await visitor.run(({ session }) => session.get("a"), { headers: { cookie: old } }), undefined);
    assert.equal(await visitor.run(({ session }) => session.get("a")), 2);
    assert.equal((await ids()).length >= 1, true);
  });
});
