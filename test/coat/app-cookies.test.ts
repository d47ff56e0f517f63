import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, it } from "node:test";
import { createCoatcheck, type AppCookies, type CoatcheckOptions } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { UsedFlows } from "../../src/coat/used-flows.ts";
import { FailingStore } from "../support/failing-store.ts";
import { makeView, Visitor, type AnyData } from "../support/visitor.ts";

const SECRET = "the first secret of this test, long enough 01";
const OLDER = "the older secret of this test, long enough 02";

function setUp(options: CoatcheckOptions = {}) {
  const clock = new FakeClock();
  const cloakroom = createCoatcheck<AnyData>({ store: memoryStore(), clock, production: false, secrets: [SECRET], ...options });
  const visitor = new Visitor(cloakroom);
  const run = <Result>(use: (cookies: AppCookies) => Result, cookie?: string): Promise<Result> => visitor.run(({ cookies }) => use(cookies), cookie === undefined ? {} : { headers: { cookie } });
  return { clock, cloakroom, visitor, run };
}

/** What was reported while `action` ran. */
async function refusals(action: () => Promise<unknown>): Promise<unknown[]> {
  const heard: unknown[] = [];
  const listen = (message: unknown): void => void heard.push(message);
  subscribe("coatcheck:cookie.refused", listen);
  try {
    await action();
  } finally {
    unsubscribe("coatcheck:cookie.refused", listen);
  }
  return heard;
}

describe("cookies of the application's own", () => {
  it("B1 B2 B3 B4 B5 are set, read with a default, and deleted; the defaults are the safe ones", async () => {
    const { visitor, run } = setUp();
    assert.equal(await run((cookies) => cookies.get("favorite_color", "unknown")), "unknown");
    const { setCookies } = await visitor.visit(({ cookies }) => cookies.set("favorite_color", "blue"));
    assert.deepEqual(setCookies, ["favorite_color=blue; Path=/; Secure; HttpOnly; SameSite=Lax"]);
    assert.equal(await run((cookies) => cookies.get("favorite_color")), "blue");
    await run((cookies) => cookies.delete("favorite_color"));
    assert.equal(visitor.header(), undefined);
  });

  it("what was set in a request is what it reads", async () => {
    const { run } = setUp();
    await run((cookies) => {
      cookies.set("a", "1");
      assert.equal(cookies.get("a"), "1");
      cookies.delete("a");
      assert.equal(cookies.has("a"), false);
    });
  });
});

for (const kind of ["signed", "sealed"] as const) {
  describe(`${kind} cookies`, () => {
    const values = ["", "dark", "50% off; today, \"quoted\" \\", "größer 😀", ":::", "a:b:c", "x".repeat(1000)];

    it("B8 come back as they were", async () => {
      const { run, visitor } = setUp();
      for (const value of values) {
        await run((cookies) => {
          cookies[kind].set("thing", value);
          assert.equal(cookies[kind].get("thing"), value, "also in the same request");
        });
        assert.equal(await run((cookies) => cookies[kind].get("thing")), value);
      }
      const plain = await run((cookies) => cookies.get("thing"));
      assert.equal(plain?.includes("x".repeat(20)), kind === "signed", "a seal hides, a signature does not");
      const { setCookies, ending } = await visitor.visit(({ cookies }) => cookies[kind].set("thing", "v", { maxAge: "1h", path: "/shop" }));
      assert.match(setCookies[0] ?? "", /^thing=[^;]+; Path=\/shop; Max-Age=3600; Secure; HttpOnly; SameSite=Lax$/);
      assert.deepEqual([ending?.noStore, ending?.vary], [true, ["Cookie"]]);
    });

    it("CK-26 PAIN-41 a value counts under its own name and purpose only, however these are cut", async () => {
      const { run, visitor } = setUp();
      await run((cookies) => cookies[kind].set("a", "v", { purpose: "bc" }));
      const value = visitor.header()?.slice(2) ?? "";
      const read = (name: string, purpose?: string) => run((cookies) => cookies[kind].get(name, purpose === undefined ? {} : { purpose }), `${name}=${value}`);
      assert.equal(await read("a", "bc"), "v");
      for (const [name, purpose] of [["ab", "c"], ["abc", ""], ["abc", undefined], ["a", "b"], ["a", "bcd"], ["a", undefined], ["b", "bc"], ["A", "bc"], ["bc", "a"]] as const) assert.equal(await read(name, purpose), undefined, `${name}/${purpose}`);
    });

    it("CK-26 none of the kinds is read as another", async () => {
      const { run, visitor } = setUp();
      await run((cookies) => cookies[kind].set("a", "v"));
      const cookie = visitor.header();
      assert.equal(await run((cookies) => cookies[kind === "signed" ? "sealed" : "signed"].get("a"), cookie), undefined);
      assert.equal(await run((cookies) => cookies.flow("a", { purpose: "x" }).take(), `__Host-${cookie}`), undefined);
      assert.equal(await run((cookies) => cookies.flow("a", { purpose: "cookie/" }).take(), `__Host-${cookie}`), undefined);
    });

    it("CK-27 every altered spelling is absent, never an error, and one event each", async () => {
      const { run, visitor } = setUp();
      await run((cookies) => cookies[kind].set("a", "a;b", { purpose: "p" }));
      const value = visitor.header()?.slice(2) ?? "";
      const spoilt = new Set<string>();
      for (let at = 0; at < value.length; at++) {
        spoilt.add(value.slice(0, at));
        spoilt.add(value.slice(at));
        for (let bit = 0; bit < 7; bit++) spoilt.add(value.slice(0, at) + String.fromCharCode(value.charCodeAt(at) ^ (1 << bit)) + value.slice(at + 1));
      }
      for (const other of [`${value}=`, `${value}A`, `A${value}`, `%${value}`, "null", "{}", "{\"value\":\"v\"}", "eyJ2YWx1ZSI6InYifQ", "undefined", "a;b", `${value}:${value}`]) spoilt.add(other);
      spoilt.delete(value);
      for (const text of spoilt) {
        // What ends the pair or is cut off around it reads as another header, not as another spelling.
        if (/[;\s]/.test(text)) continue;
        const heard = await refusals(async () => {
          const [first, second] = await run((cookies) => [cookies[kind].get("a", { purpose: "p" }), cookies[kind].get("a", { purpose: "p" })], `a=${text}`);
          assert.equal(first, undefined, text);
          assert.equal(second, undefined, text);
        });
        assert.equal(heard.length, 1, JSON.stringify(text));
        assert.equal((heard[0] as { name: string }).name, "a");
        assert.ok(text.length < 8 || !JSON.stringify(heard).includes(text.slice(0, 40)), "no value in the event");
      }
    });

    it("TM-08 TM-04 the age is counted by the time that is protected with the value", async () => {
      const { run, visitor, clock } = setUp();
      const madeAt = clock.now();
      await run((cookies) => cookies[kind].set("a", "v"));
      const cookie = visitor.header();
      const read = (at: number, maxAge?: string) => {
        clock.set(madeAt + at);
        return run((cookies) => cookies[kind].get("a", maxAge === undefined ? {} : { maxAge }), cookie);
      };
      assert.equal(await read(59_999, "1m"), "v");
      assert.equal(await read(60_001, "1m"), undefined);
      assert.equal(await read(10 * 365 * 86_400_000), "v", "without a limit there is none");
      assert.equal(await read(-60_000), "v", "clocks of servers differ");
      assert.equal(await read(-61_001), undefined, "but not that much");
      const heard = await refusals(() => read(3_600_000, "1m"));
      assert.deepEqual(heard, [{ name: "a", reason: "expired" }]);
      for (const bad of ["soon", -1, 1.5, Number.NaN]) await assert.rejects(run((cookies) => cookies[kind].get("b", { maxAge: bad })), { code: "COAT_INVALID_DURATION" });
    });

    it("PAIN-22 outlives a change of the secret while the old one is listed, and not longer", async () => {
      const before = setUp({ secrets: [OLDER] });
      await before.run((cookies) => cookies[kind].set("a", "v"));
      const cookie = before.visitor.header();
      assert.equal(await setUp({ secrets: [SECRET, OLDER] }).run((cookies) => cookies[kind].get("a"), cookie), "v");
      assert.equal(await setUp({ secrets: [SECRET] }).run((cookies) => cookies[kind].get("a"), cookie), undefined);
    });

    it("CK-09 what does not fit is refused, not lost", async () => {
      const { run } = setUp();
      await assert.rejects(run((cookies) => cookies[kind].set("a", "x".repeat(4096))), { code: "COAT_COOKIE_TOO_LARGE" });
      await assert.rejects(run((cookies) => cookies[kind].set("a b", "x")), { code: "COAT_INVALID_COOKIE" });
    });
  });
}

describe("flow cookies", () => {
  const oauth = { purpose: "login with example.org" };

  it("A10 PAIN-28 carry one value through a round trip, once", async () => {
    const { visitor, run } = setUp();
    const { setCookies, ending } = await visitor.visit(({ cookies }) => cookies.flow("oauth", oauth).set({ state: "s", nonces: [1, 2], begun: new Date(5) }));
    assert.match(setCookies[0] ?? "", /^__Host-oauth=[A-Za-z0-9_-]+; Path=\/; Max-Age=600; Secure; HttpOnly; SameSite=Lax$/);
    assert.deepEqual([ending?.noStore, ending?.vary], [true, ["Cookie"]]);
    assert.equal(visitor.header()?.includes("state"), false);
    const taken = await run((cookies) => {
      const flow = cookies.flow<{ state: string; nonces: number[]; begun: Date }>("oauth", oauth);
      const value = flow.take();
      assert.equal(flow.take(), undefined, "once in a request");
      assert.equal(cookies.flow("oauth", oauth).take(), undefined);
      return value;
    });
    assert.deepEqual(taken, { state: "s", nonces: [1, 2], begun: new Date(5) });
    assert.equal(visitor.header(), undefined, "and gone from the browser");
    assert.equal(await run((cookies) => cookies.flow("oauth", oauth).take()), undefined);
  });

  it("is gone even when the request that took it fails", async () => {
    const { visitor, run } = setUp();
    await run((cookies) => cookies.flow("oauth", oauth).set("s"));
    await visitor.visit(({ cookies }) => assert.equal(cookies.flow("oauth", oauth).take(), "s"), { status: 500 });
    assert.equal(visitor.header(), undefined);
  });

  it("A10 CK-27 five parallel requests with one cookie, and any later ones, get one value between them", async () => {
    const { cloakroom, clock, visitor, run } = setUp();
    await run((cookies) => cookies.flow("oauth", oauth).set("s"));
    const cookie = visitor.header() ?? "";
    const heard = await refusals(async () => {
      const taken = await Promise.all(Array.from({ length: 5 }, () => run((cookies) => cookies.flow("oauth", oauth).take(), cookie)));
      assert.deepEqual(taken.filter((value) => value !== undefined), ["s"]);
    });
    assert.deepEqual(heard, Array.from({ length: 4 }, () => ({ name: "__Host-oauth", reason: "used" })));
    clock.advance(599_999);
    const late = await new Visitor(cloakroom).visit(({ cookies }) => cookies.flow("oauth", oauth).take(), { headers: { cookie } });
    assert.equal(late.result, undefined, "another browser, a moment before it is too old");
    assert.match(late.setCookies[0] ?? "", /^__Host-oauth=; Path=\/; Max-Age=0;/);
    await run((cookies) => cookies.flow("oauth", oauth).set("s"));
    assert.equal(await run((cookies) => cookies.flow("oauth", oauth).take()), "s", "the same value anew is another cookie");
  });

  it("is removed from the browser even when the commit fails, and nothing else leaves", async () => {
    const failing = new FailingStore(memoryStore());
    const { cloakroom, visitor } = setUp({ store: failing.store });
    await visitor.run(({ cookies, session }) => {
      session.set("n", 1);
      cookies.flow("oauth", oauth).set("s");
    });
    const view = makeView({ headers: { cookie: visitor.header() ?? "" } });
    const coat = cloakroom.begin(view);
    await coat.ready;
    assert.equal(coat.cookies.flow("oauth", oauth).take(), "s");
    coat.cookies.set("theme", "dark");
    coat.session.set("n", 2);
    failing.plan("update", "crash", 9);
    await assert.rejects(async () => coat.finish({ status: 200, threw: false }), { code: "COAT_STORE_UNAVAILABLE" });
    assert.equal(coat.remains?.noStore, true);
    assert.equal(coat.remains.setCookies.length, 1);
    assert.match(coat.remains.setCookies[0] ?? "", /^__Host-oauth=; Path=\/; Max-Age=0;/);
  });

  it("a new flow that was begun after the taking is not what a failed commit sends", async () => {
    const { cloakroom, visitor, run } = setUp();
    await run((cookies) => cookies.flow("oauth", oauth).set("s"));
    const coat = cloakroom.begin(makeView({ headers: { cookie: visitor.header() ?? "" } }));
    coat.cookies.flow("oauth", oauth).take();
    coat.cookies.flow("oauth", oauth).set("t");
    assert.equal(coat.remains, null);
  });

  it("what was taken is forgotten when it is too old, and the oldest when they are too many", () => {
    const used = new UsedFlows();
    for (let at = 0; at < 5000; at++) assert.equal(used.take(`short ${at}`, at + 10, at), true);
    assert.ok(used.size <= 1010, `${used.size}`);
    for (let at = 0; at < 250_000; at++) used.take(`long ${at}`, 1_000_000, 5000);
    assert.ok(used.size <= 100_000);
    assert.equal(used.take("long 249999", 1_000_000, 5000), false);
    assert.equal(used.take("long 170000", 1_000_000, 5000), false);
  });

  it("CK-26 ST-05 finishes nothing but what it was begun for", async () => {
    const { visitor, run } = setUp();
    await run((cookies) => cookies.flow("oauth", oauth).set("s"));
    const value = visitor.header()?.slice("__Host-oauth=".length) ?? "";
    const take = (name: string, purpose: string) => run((cookies) => cookies.flow(name, { purpose }).take(), `__Host-${name}=${value}`);
    for (const [name, purpose] of [["oauth", "change the mail address"], ["mail", oauth.purpose], ["oauth", "login with example.or"], ["oauth", "g"]] as const) assert.equal(await take(name, purpose), undefined);
    assert.equal(await run((cookies) => cookies.sealed.get("__Host-oauth", oauth), `__Host-oauth=${value}`), undefined);
    assert.equal(await take("oauth", oauth.purpose), "s");
  });

  it("a copy without the prefix, as another host could plant it, is not looked at over https", async () => {
    const { visitor, run } = setUp();
    await run((cookies) => cookies.flow("oauth", oauth).set("s"));
    const value = visitor.header()?.slice("__Host-oauth=".length) ?? "";
    assert.equal(await run((cookies) => cookies.flow("oauth", oauth).take(), `oauth=${value}`), undefined);
  });

  it("TM-02 TM-08 ends by the time in the seal: at the limit is expired", async () => {
    const { clock, visitor, run } = setUp();
    const begun = clock.now();
    await run((cookies) => cookies.flow("oauth", { ...oauth, maxAge: "5m" }).set("s"));
    const cookie = visitor.header();
    const takeAt = (at: number, maxAge: string): Promise<unknown> => {
      clock.set(begun + at);
      return run((cookies) => cookies.flow("oauth", { ...oauth, maxAge }).take(), cookie);
    };
    assert.equal(await takeAt(300_000, "5m"), undefined);
    assert.equal(await takeAt(300_000, "1d"), undefined, "whoever takes it cannot make it last longer");
    assert.equal(await takeAt(-60_001, "5m"), undefined);
    assert.equal(await takeAt(60_000, "1m"), undefined, "but shorter");
    assert.equal(await takeAt(299_999, "5m"), "s");
  });

  it("CK-27 an altered one is absent, is removed, and is one event", async () => {
    const { visitor, run } = setUp();
    await run((cookies) => cookies.flow("oauth", oauth).set("s"));
    const value = visitor.header()?.slice("__Host-oauth=".length) ?? "";
    for (let at = 0; at < value.length; at++) {
      const altered = value.slice(0, at) + (value[at] === "A" ? "B" : "A") + value.slice(at + 1);
      const heard = await refusals(async () => {
        const visit = await visitor.visit(({ cookies }) => cookies.flow("oauth", oauth).take(), { headers: { cookie: `__Host-oauth=${altered}` } });
        assert.equal(visit.result, undefined);
        assert.match(visit.setCookies[0] ?? "", /^__Host-oauth=; Path=\/; Max-Age=0;/);
      });
      assert.equal(heard.length, 1);
    }
  });

  it("on loopback needs no prefix; takes only lifetimes and purposes that make sense", async () => {
    const { cloakroom, run } = setUp();
    const local = new Visitor(cloakroom, "http://127.0.0.1:8080/");
    const { setCookies } = await local.visit(({ cookies }) => cookies.flow("oauth", oauth).set(1), { peerAddress: "127.0.0.1" });
    assert.match(setCookies[0] ?? "", /^oauth=[^;]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/);
    assert.equal(await local.run(({ cookies }) => cookies.flow("oauth", oauth).take(), { peerAddress: "127.0.0.1" }), 1);
    for (const maxAge of [0, "2d", 86_401]) await assert.rejects(run((cookies) => cookies.flow("oauth", { ...oauth, maxAge })), { code: "COAT_CONFIGURATION" });
    await assert.rejects(run((cookies) => cookies.flow("oauth", { purpose: "" })), { code: "COAT_CONFIGURATION" });
    await assert.rejects(run((cookies) => cookies.flow("oauth", { ...oauth, maxAge: "soon" })), { code: "COAT_INVALID_DURATION" });
    await assert.rejects(run((cookies) => cookies.flow("oauth", oauth).set(() => 1)), { code: "COAT_UNSUPPORTED_VALUE" });
    await assert.rejects(run((cookies) => cookies.flow("oauth", oauth).set("x".repeat(4000))), { code: "COAT_COOKIE_TOO_LARGE" });
  });
});
