import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCoatcheck, type CoatcheckOptions } from "coatcheck";
import { OpenedCookies, type OpenedCookie } from "../../../src/manager/cookie-sessions/opened-cookies.ts";
import { sealedCookieStore } from "../../../src/manager/sealed-cookie.ts";
import { signedCookieStore } from "../../../src/manager/signed-cookie.ts";
import { stateOf } from "../../../src/session/session.ts";
import type { Epochs } from "../../../src/store/epochs.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { makeRecord } from "../../support/records.ts";
import { Visitor, type AnyData } from "../../support/visitor.ts";

const SECRETS = ["a-first-secret-of-a-test-4f1c90", "an-older-secret-of-a-test-77b2e1"].map((text) => text.padEnd(40, "0123456789"));
const NAME = "__Host-sessionid";

const opened = (text: string): OpenedCookie => ({ text, lookupId: "id", enveloped: { record: makeRecord(), epoch: 0 }, keyIsCurrent: true });
const textOf = (index: number): string => `${"x".repeat(40)}${String(index).padStart(30, "0")}`;

describe("OpenedCookies", () => {
  it("finds exactly what was added", () => {
    const cookies = new OpenedCookies();
    const one = opened(textOf(1));
    cookies.add(one);
    assert.equal(cookies.get(textOf(1)), one);
    assert.equal(cookies.get(`y${textOf(1).slice(1)}`), undefined, "the same tag behind another text");
    assert.equal(cookies.get(textOf(2)), undefined);
    assert.equal(cookies.get(""), undefined);
  });

  it("stays small: the half that was not asked for goes, what is in use stays", () => {
    const cookies = new OpenedCookies(70 * 10);
    const busy = opened(textOf(0));
    cookies.add(busy);
    for (let index = 1; index <= 1000; index++) {
      cookies.add(opened(textOf(index)));
      assert.equal(cookies.get(textOf(0)), busy, `after ${index}`);
      assert.ok(cookies.size <= 20, `${cookies.size} are kept`);
    }
    assert.equal(cookies.get(textOf(1)), undefined);
    assert.notEqual(cookies.get(textOf(1000)), undefined);
  });

  it("keeps nothing at all when it may keep nothing", () => {
    const cookies = new OpenedCookies(0);
    cookies.add(opened(textOf(1)));
    assert.equal(cookies.size, 0);
  });
});

class OneEpoch implements Epochs {
  now = 0;
  read = async (): Promise<number> => this.now;
  raise = async (): Promise<number> => ++this.now;
}

for (const [kind, makeStore] of [["sealed-cookie", sealedCookieStore], ["signed-cookie", signedCookieStore]] as const) {
  describe(`a ${kind} that was opened before is worth no more than one that was not`, () => {
    const clock = new FakeClock();
    const make = (options: CoatcheckOptions = {}, epochs?: Epochs): Visitor =>
      new Visitor(createCoatcheck<AnyData>({ store: makeStore(epochs === undefined ? {} : { epochs }), secrets: [SECRETS[0]], clock, production: false, session: { idleTimeout: "1h" }, ...options }));

    it("LC-10 it expires", async () => {
      const visitor = make();
      await visitor.run(({ session }) => session.set("a", 1));
      const cookie = visitor.header() ?? "";
      assert.equal(await visitor.run(({ session }) => session.get("a"), { headers: { cookie } }), 1);
      clock.advance(3_600_000);
      assert.equal(await visitor.run(({ session }) => session.get("a"), { headers: { cookie } }), undefined);
    });

    it("LC-23 a raised epoch ends it", async () => {
      const epochs = new OneEpoch();
      const visitor = make({}, epochs);
      await visitor.run(({ session }) => {
        session.set("a", 1);
        stateOf(session).owner = "ada";
      });
      const cookie = visitor.header() ?? "";
      assert.equal(await visitor.run(({ session }) => session.get("a"), { headers: { cookie } }), 1);
      await epochs.raise();
      assert.equal(await visitor.run(({ session }) => session.get("a"), { headers: { cookie } }), undefined);
    });

    it("CK-27 one that differs in any letter is a stranger's", async () => {
      const visitor = make();
      await visitor.run(({ session }) => session.set("role", "user"));
      const value = visitor.jar.get(NAME, visitor.url) ?? "";
      const head = value.indexOf(".", 2) + 1;
      for (let at = head; at < value.length; at++) {
        const altered = value.slice(0, at) + (value[at] === "A" ? "B" : "A") + value.slice(at + 1);
        if (altered !== value) assert.equal(await visitor.run(({ session }) => session.get("role"), { headers: { cookie: `${NAME}=${altered}` } }), undefined, `letter ${at}`);
      }
      assert.equal(await visitor.run(({ session }) => session.get("role")), "user");
    });

    it("what one request changes in its values, the next does not see unless it was saved", async () => {
      const visitor = make();
      await visitor.run(({ session }) => session.set("cart", ["a"]));
      const cookie = visitor.header() ?? "";
      const read = (): Promise<unknown> => visitor.run(({ session }) => session.get("cart"), { headers: { cookie } });
      ((await read()) as string[]).push("late");
      assert.deepEqual(await read(), ["a"]);
    });

    it("an application with other secrets does not open it", async () => {
      const visitor = make();
      await visitor.run(({ session }) => session.set("a", 1));
      const cookie = visitor.header() ?? "";
      assert.equal(await make({ secrets: [SECRETS[1]] }).run(({ session }) => session.get("a"), { headers: { cookie } }), undefined);
    });
  });
}
