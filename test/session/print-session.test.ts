import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { createCoatcheck, type Coat, type CoatcheckOptions, type RouteOptions } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { FailingStore } from "../support/failing-store.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

const SECRET = "the-password-of-ada";

async function setUp(options: CoatcheckOptions = {}) {
  const visitor = new Visitor(createCoatcheck<AnyData>({ store: memoryStore(), production: false, ...options }));
  await visitor.run(({ session }) => {
    session.assign({ cart: [SECRET], visits: 1 });
    session.setTestCookie();
  });
  const print = (what: (coat: Coat<AnyData>) => unknown, route: RouteOptions = {}) => visitor.visit((coat) => inspect(what(coat)), { route });
  return { visitor, print };
}

describe("a session that is printed", () => {
  it("I13 LG-01 shows its id and the names of its keys, and no value", async () => {
    const { visitor, print } = await setUp();
    const id = await visitor.run(({ session }) => session.id);
    for (const [name, what] of [["Session", (coat: Coat<AnyData>) => coat.session], ["SessionData", (coat: Coat<AnyData>) => coat.session.data]] as const) {
      const { result, ending } = await print(what);
      assert.equal(result?.replace(/\s+/g, " "), `${name} { id: '${id}', keys: [ 'cart', 'visits' ] }`);
      assert.equal(result.includes(SECRET), false);
      assert.equal(ending, null, "printing is no look at the session");
      assert.match((await print((coat) => ({ nested: what(coat) }))).result ?? "", /keys: \[ 'cart', 'visits' \]/);
    }
  });

  it("I13 shows what the request has changed so far, and no value of that either", async () => {
    const { print } = await setUp();
    const { result } = await print(({ session }) => {
      session.set("card", SECRET).delete("visits");
      return session;
    });
    assert.match(result ?? "", /keys: \[ 'cart', 'card' \]/);
    assert.equal(result?.includes(SECRET), false);
  });

  it("says that it was not loaded or could not be read, and throws nothing", async () => {
    const { print } = await setUp();
    assert.equal((await print(({ session }) => session, { lazy: true })).result, "Session { id: null, keys: 'not loaded' }");
    const failing = new FailingStore(memoryStore());
    const broken = await setUp({ store: failing.store });
    failing.plan("read", "refuse");
    assert.equal((await broken.print(({ session }) => session)).result, "Session { id: null, keys: 'could not be read' }");
  });

  it("leaves the view of the data as it was", async () => {
    const { visitor } = await setUp();
    await visitor.run(({ session }) => {
      assert.deepEqual(Reflect.ownKeys(session.data), ["cart", "visits"]);
      assert.deepEqual({ ...session.data }, { cart: [SECRET], visits: 1 });
      assert.equal(Symbol.for("nodejs.util.inspect.custom") in session.data, false);
    });
  });
});
