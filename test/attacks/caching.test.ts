import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCoatcheck, type Coat } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

const make = (): { visitor: Visitor; clock: FakeClock } => {
  const clock = new FakeClock();
  return { clock, visitor: new Visitor(createCoatcheck<AnyData>({ store: memoryStore(), production: false, clock, session: { idleTimeout: "1h" }, log: () => undefined })) };
};

describe("CA-01 whoever looked varies by Cookie, even to find nothing", () => {
  const looks: Readonly<Record<string, (coat: Coat<AnyData>) => unknown>> = {
    get: ({ session }) => session.get("a"),
    has: ({ session }) => session.has("a"),
    keys: ({ session }) => session.keys(),
    size: ({ session }) => session.size,
    isNew: ({ session }) => session.isNew,
    isEmpty: ({ session }) => session.isEmpty,
    id: ({ session }) => session.id,
    expiry: ({ session }) => session.expiresAt,
    data: ({ session }) => session.data["a"],
    iteration: ({ session }) => [...session],
    "a cookie of the application's own": ({ cookies }) => cookies.get("theme", "light"),
    "a CSRF token": ({ csrf }) => csrf.token(),
    "a test cookie": ({ session }) => session.testCookieWorked(),
  };
  for (const [what, look] of Object.entries(looks)) {
    it(what, async () => {
      const { visitor } = make();
      for (const status of [200, 302, 304, 404]) assert.deepEqual((await visitor.visit(look, { status })).ending?.vary, ["Cookie"], `a stranger, ${status}`);
      await visitor.run(({ session }) => session.set("a", 1));
      assert.deepEqual((await visitor.visit(look)).ending?.vary, ["Cookie"]);
    });
  }
});

describe("CA-02 CA-03 PAIN-07 what sends a cookie varies and stays out of shared caches", () => {
  it("writing, renewing, rotating, ending, a token, a cookie of the application's own", async () => {
    const { visitor, clock } = make();
    const steps: readonly ((coat: Coat<AnyData>) => unknown)[] = [
      ({ session }) => session.set("a", 1),
      ({ session }) => session.rotate(),
      ({ csrf }) => csrf.token(),
      ({ cookies }) => cookies.set("theme", "dark"),
      () => clock.advance(0),
      ({ session }) => session.flush(),
    ];
    for (const step of steps) {
      clock.advance(10 * 60_000);
      const { ending, setCookies } = await visitor.visit(step);
      if (setCookies.length === 0) continue;
      assert.equal(ending?.noStore, true);
      if (setCookies.some((line) => !line.startsWith("theme="))) assert.deepEqual(ending?.vary, ["Cookie"]);
    }
  });
});

describe("CA-05 an untouched session adds nothing", () => {
  it("with a cookie and without; a lazy route does not even read", async () => {
    const { visitor } = make();
    assert.equal((await visitor.visit(() => undefined)).ending, null);
    await visitor.run(({ session }) => session.set("a", 1));
    assert.equal((await visitor.visit(() => undefined)).ending, null);
    assert.equal((await visitor.visit(() => undefined, { route: { lazy: true } })).ending, null);
  });
});
