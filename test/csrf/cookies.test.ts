import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCoatcheck, type CoatcheckOptions } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { Poster } from "../support/poster.ts";
import type { AnyData } from "../support/view.ts";

const SECRETS = ["the first secret of this test, long enough 01"];
/** What a browser without Fetch Metadata says of its own site's form. */
const REFERER = { referer: "https://shop.example/form" };

const open = (options: CoatcheckOptions): Poster => new Poster(createCoatcheck<AnyData>({ store: memoryStore(), production: false, secrets: SECRETS, ...options }));

/** The names of the cookies that asking for a token sends. */
async function namesOf(options: CoatcheckOptions, url = "https://shop.example/"): Promise<string[]> {
  const poster = new Poster(open(options).cloakroom, url);
  const { setCookies } = await poster.visit(({ csrf }) => csrf.token());
  return setCookies.map((line) => line.split("=", 1)[0] ?? "").toSorted();
}

describe("what the CSRF cookies are called", () => {
  it("their own names, with a namespace at the end, or the visitor's after the token's", async () => {
    assert.deepEqual(await namesOf({}), ["__Host-csrftoken", "__Host-csrfvisitor"]);
    assert.deepEqual(await namesOf({ namespace: "shop.b" }), ["__Host-csrftoken-shop.b", "__Host-csrfvisitor-shop.b"]);
    assert.deepEqual(await namesOf({ namespace: "b" }, "http://localhost:3000/"), ["csrftoken-b", "csrfvisitor-b"]);
    assert.deepEqual(await namesOf({ csrf: { cookie: { path: "/b" } } }), ["csrftoken", "csrfvisitor"]);
    assert.deepEqual(await namesOf({ csrf: { cookie: { name: "__Host-xsrf" } } }), ["__Host-xsrf", "__Host-xsrf-visitor"]);
    assert.deepEqual(await namesOf({ csrf: { cookie: { name: "__Secure-xsrf" } } }), ["__Secure-xsrf", "__Secure-xsrf-visitor"]);
  });

  it("CS-13 a token's name without a prefix leaves the visitor's its own, so that no other host can plant both", async () => {
    assert.deepEqual(await namesOf({ namespace: "b", csrf: { cookie: { name: "xsrf" } } }), ["__Host-xsrf-visitor", "xsrf"]);
    assert.deepEqual(await namesOf({ csrf: { cookie: { name: "xsrf" } } }, "http://localhost:3000/"), ["xsrf", "xsrf-visitor"]);
  });
});

describe("two applications on one host", () => {
  const apart: readonly (readonly [string, CoatcheckOptions])[] = [
    ["a namespace", { namespace: "b", session: { cookie: { name: "__Host-b" } } }],
    ["a CSRF cookie of its own", { session: { cookie: { name: "__Host-b" } }, csrf: { cookie: { name: "__Host-xsrf" } } }],
  ];
  for (const [what, options] of apart) {
    it(`CS-12 with ${what}, a visit to one leaves the other's open forms alone`, async () => {
      const a = open({});
      const { cloakroom } = open({ secrets: ["the other secret of this test, long enough 02"], ...options });
      const b = new Poster(cloakroom, a.url, a.jar);
      for (const writes of [true, false]) {
        const token = await a.render();
        if (writes) await b.run(({ session }) => session.set("cart", 1));
        const other = await b.render();
        assert.equal((await a.post(REFERER, { csrfmiddlewaretoken: token })).entered, true);
        assert.equal((await b.post(REFERER, { csrfmiddlewaretoken: other })).entered, true);
        assert.equal((await a.post(REFERER, { csrfmiddlewaretoken: other })).entered, false);
        if (writes) await b.run(({ session }) => session.flush());
        assert.equal((await a.post(REFERER, { csrfmiddlewaretoken: token })).entered, true, "a logout of the other");
        await a.run(({ session }) => session.set("name", "Ada"));
      }
    });
  }

  it("with a namespace, messages of one are neither shown nor removed by the other", async () => {
    const a = open({});
    const b = new Poster(open({ namespace: "b", session: { cookie: { name: "__Host-b" } } }).cloakroom, a.url, a.jar);
    await a.run(({ messages }) => messages.info("of a"));
    await b.run(({ messages }) => messages.info("of b"));
    assert.deepEqual(a.jar.list().map(({ name }) => name.slice(0, -8)).toSorted(), ["__Host-messages-", "__Host-messages-b-"]);
    assert.deepEqual(await b.run(({ messages }) => messages.take().map(({ text }) => text)), ["of b"]);
    assert.deepEqual(await a.run(({ messages }) => messages.take().map(({ text }) => text)), ["of a"]);
  });

  it("with a namespace, the names that are out of the application's reach hold it", async () => {
    await open({ namespace: "b.c" }).run(({ cookies }) => {
      for (const name of ["__Host-csrftoken-b.c", "csrfvisitor-b.c", "messages-b.c-AbCd_-12"]) assert.throws(() => cookies.set(name, "x"), { code: "COAT_INVALID_COOKIE" });
      for (const name of ["csrftoken", "csrfvisitor", "messages-AbCd_-12", "messages-bxc-AbCd_-12"]) cookies.set(name, "x");
    });
  });
});
