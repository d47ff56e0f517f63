import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCoatcheck, type CoatcheckOptions } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { definePreference } from "coatcheck/preferences";
import { sealedCookieStore } from "../../src/manager/sealed-cookie.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

const SECRET = "the first secret of this test, long enough 01";
const make = (options: CoatcheckOptions = {}) => createCoatcheck<AnyData>({ store: memoryStore(), production: false, secrets: [SECRET], ...options });

describe("CK-10 the application cannot use the name of a cookie of Coatcheck's own", () => {
  const own = ["sessionid", "__Host-sessionid", "csrftoken", "__Host-csrftoken", "csrfvisitor", "__Host-csrfvisitor", "messages-AbCd_-12", "__Host-messages-AbCd_-12"];
  for (const name of own) {
    it(`${name} is neither set nor removed, whatever the kind of cookie, and the token is the product's`, async () => {
      const visitor = new Visitor(make());
      const { setCookies } = await visitor.visit(({ cookies, csrf, preferences }) => {
        csrf.token();
        const refused = { code: "COAT_INVALID_COOKIE", message: new RegExp(`${name} is Coatcheck's own`) };
        assert.throws(() => cookies.set(name, "x"), refused);
        assert.throws(() => cookies.delete(name), refused);
        assert.throws(() => cookies.signed.set(name, "x"), refused);
        assert.throws(() => cookies.sealed.set(name, "x"), refused);
        assert.throws(() => preferences.set(definePreference({ name, values: ["x"], fallback: "x" }), "x"), refused);
        if (!name.startsWith("messages")) assert.throws(() => cookies.flow(name, { purpose: "p" }).set("x"), refused);
      });
      assert.equal(setCookies.length, 2);
      assert.match(setCookies.find((line) => line.startsWith("__Host-csrftoken=")) ?? "", /^__Host-csrftoken=[a-zA-Z0-9]{64};/);
    });
  }

  it("names that only resemble them, and those of features that are off, are free", async () => {
    const visitor = new Visitor(make());
    await visitor.run(({ cookies }) => ["messages", "messages-long", "messages-AbCd_-123", "csrftoken2", "xcsrftoken", "CSRFTOKEN"].forEach((name) => cookies.set(name, "x")));
    const bare = new Visitor(make({ csrf: false, messages: false }));
    await bare.run(({ cookies }) => ["csrftoken", "csrfvisitor", "messages-AbCd_-12"].forEach((name) => cookies.set(name, "x")));
    const inSession = new Visitor(make({ csrf: { inSession: true }, messages: { storage: "session" } }));
    await inSession.run(({ cookies }) => ["csrftoken", "csrfvisitor", "messages-AbCd_-12"].forEach((name) => cookies.set(name, "x")));
  });

  it("the parts of a session that lives in cookies are its own", async () => {
    const visitor = new Visitor(make({ store: sealedCookieStore() }));
    await visitor.run(({ cookies }) => assert.throws(() => cookies.set("__Host-sessionid.1", "x"), { code: "COAT_INVALID_COOKIE" }));
  });
});

describe("CK-10 two settings that give one name", () => {
  const cases: readonly (readonly [string, CoatcheckOptions, RegExp])[] = [
    ["session and CSRF", { session: { cookie: { name: "x" } }, csrf: { cookie: { name: "x" } } }, /^csrf\.cookie\.name: .*"x".*session\.cookie\.name/],
    ["the session under the token's default name", { session: { cookie: { name: "csrftoken" } } }, /"csrftoken"/],
    ["the session under the token's default name over https", { session: { cookie: { name: "__Host-csrftoken" } } }, /"__Host-csrftoken"/],
    ["the session under the visitor's default name", { session: { cookie: { name: "csrfvisitor" } } }, /"csrfvisitor"/],
    ["the token under the session's default name", { csrf: { cookie: { name: "sessionid" } } }, /"sessionid"/],
    ["the token as a part of the session", { store: sealedCookieStore(), csrf: { cookie: { name: "sessionid.1" } } }, /"sessionid\.1"/],
    ["the session among the messages", { session: { cookie: { name: "messages-AbCd_-12" } } }, /^messages: .*session\.cookie\.name/],
    ["the token among the messages", { csrf: { cookie: { name: "__Host-messages-AbCd_-12" } } }, /^messages: .*csrf\.cookie\.name/],
  ];
  for (const [what, options, message] of cases) it(`${what}: does not start`, () => assert.throws(() => make(options), { code: "COAT_CONFIGURATION", message }));

  it("a feature that is off is in nobody's way", () => {
    assert.doesNotThrow(() => make({ csrf: false, session: { cookie: { name: "csrftoken" } } }));
    assert.doesNotThrow(() => make({ csrf: { inSession: true }, session: { cookie: { name: "csrftoken" } } }));
    assert.doesNotThrow(() => make({ messages: false, session: { cookie: { name: "messages-AbCd_-12" } } }));
  });
});
