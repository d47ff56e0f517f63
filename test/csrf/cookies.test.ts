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

describe("B13 the attributes of the CSRF cookies", () => {
  /** The two lines without value and Expires, the token's first. */
  async function linesOf(options: CoatcheckOptions, url = "https://shop.example/"): Promise<string[]> {
    const poster = new Poster(open(options).cloakroom, url);
    const { setCookies } = await poster.visit(({ csrf }) => csrf.token(), { peerAddress: "127.0.0.1" });
    return setCookies.map((line) => line.replace(/=[^;]*/, "").replace(/; Expires=[^;]+/, "")).toSorted();
  }
  const LOCAL = "http://localhost:3000/";
  const both = (attributes: string, prefix = "__Host-"): string[] => [`${prefix}csrftoken; ${attributes.replace("; HttpOnly", "")}`, `${prefix}csrfvisitor; ${attributes}`];

  it("by default they are as the session's, a year old, and scripts can read the token", async () => {
    assert.deepEqual(await linesOf({}), both("Path=/; Max-Age=31449600; Secure; HttpOnly; SameSite=Lax"));
    assert.deepEqual(await linesOf({}, LOCAL), both("Path=/; Max-Age=31449600; HttpOnly; SameSite=Lax", ""));
    assert.deepEqual(await linesOf({ session: { cookie: { sameSite: "strict", secure: true } } }, LOCAL), both("Path=/; Max-Age=31449600; Secure; HttpOnly; SameSite=Strict", ""));
    assert.deepEqual(await linesOf({ session: { cookie: { secure: false } } }), both("Path=/; Max-Age=31449600; HttpOnly; SameSite=Lax", ""));
  });

  it("secure and sameSite of their own", async () => {
    assert.deepEqual(await linesOf({ csrf: { cookie: { secure: false } } }), both("Path=/; Max-Age=31449600; HttpOnly; SameSite=Lax", ""));
    assert.deepEqual(await linesOf({ csrf: { cookie: { secure: false } } }, "http://shop.example/"), both("Path=/; Max-Age=31449600; HttpOnly; SameSite=Lax", ""));
    assert.deepEqual(await linesOf({ csrf: { cookie: { secure: true } } }, LOCAL), both("Path=/; Max-Age=31449600; Secure; HttpOnly; SameSite=Lax", ""));
    assert.deepEqual(await linesOf({ session: { cookie: { secure: false } }, csrf: { cookie: { secure: true } } }), both("Path=/; Max-Age=31449600; Secure; HttpOnly; SameSite=Lax"));
    assert.deepEqual(await linesOf({ csrf: { cookie: { sameSite: "strict" } } }), both("Path=/; Max-Age=31449600; Secure; HttpOnly; SameSite=Strict"));
  });

  it('sameSite "none" and partitioned, of their own or of the session, are Secure everywhere', async () => {
    for (const options of [{ session: { cookie: { sameSite: "none" } } }, { csrf: { cookie: { sameSite: "none" } } }] as const) {
      assert.deepEqual(await linesOf(options), both("Path=/; Max-Age=31449600; Secure; HttpOnly; SameSite=None"));
      assert.deepEqual(await linesOf(options, LOCAL), both("Path=/; Max-Age=31449600; Secure; HttpOnly; SameSite=None", ""));
    }
    for (const options of [{ session: { cookie: { partitioned: true } } }, { csrf: { cookie: { partitioned: true } } }]) {
      assert.deepEqual(await linesOf(options), both("Path=/; Max-Age=31449600; Secure; HttpOnly; SameSite=Lax; Partitioned"));
    }
    assert.deepEqual(await linesOf({ session: { cookie: { partitioned: true } }, csrf: { cookie: { partitioned: false } } }), both("Path=/; Max-Age=31449600; Secure; HttpOnly; SameSite=Lax"));
  });

  it("maxAge, or until the browser closes", async () => {
    assert.deepEqual(await linesOf({ csrf: { cookie: { maxAge: "30d" } } }), both("Path=/; Max-Age=2592000; Secure; HttpOnly; SameSite=Lax"));
    assert.deepEqual(await linesOf({ csrf: { cookie: { maxAge: null } } }), both("Path=/; Secure; HttpOnly; SameSite=Lax"));
  });

  it("httpOnly: scripts cannot read it, so the header needs the token from the page", async () => {
    const options: CoatcheckOptions = { csrf: { token: "always", cookie: { httpOnly: true, name: "__Host-Http-xsrf" } } };
    assert.deepEqual(await linesOf(options), ["__Host-Http-xsrf-visitor", "__Host-Http-xsrf"].map((name) => `${name}; Path=/; Max-Age=31449600; Secure; HttpOnly; SameSite=Lax`));
    const poster = open(options);
    const token = await poster.render();
    assert.equal((await poster.post({ "sec-fetch-site": "same-origin", "x-csrftoken": token })).entered, true);
  });

  const refused: readonly (readonly [CoatcheckOptions, RegExp])[] = [
    [{ csrf: { cookie: { secure: false, sameSite: "none" } } }, /^csrf\.cookie\.sameSite: "none" needs csrf\.cookie\.secure, which is false/],
    [{ csrf: { cookie: { sameSite: "none" } }, session: { cookie: { secure: false } } }, /^csrf\.cookie\.sameSite: "none" needs session\.cookie\.secure/],
    [{ csrf: { cookie: { secure: false, partitioned: true } } }, /^csrf\.cookie\.partitioned: needs csrf\.cookie\.secure/],
    [{ csrf: { cookie: { secure: false, name: "__Host-x" } } }, /^csrf\.cookie\.name: .*csrf\.cookie\.secure/],
    [{ csrf: { cookie: { name: "__Host-x", path: "/a" } } }, /^csrf\.cookie\.name: .*csrf\.cookie\.path/],
    [{ csrf: { cookie: { name: "__Host-x", domain: "shop.example" } } }, /^csrf\.cookie\.name: .*csrf\.cookie\.domain/],
    [{ csrf: { cookie: { name: "__Host-Http-x" } } }, /^csrf\.cookie\.name: .*csrf\.cookie\.httpOnly/],
    [{ session: { cookie: { name: "__Http-x", httpOnly: false } } }, /^session\.cookie\.name: .*session\.cookie\.httpOnly/],
    [{ csrf: { cookie: { maxAge: 0 } } }, /^csrf\.cookie\.maxAge: .*a second at least/],
    [{ csrf: { cookie: { maxAge: "401d" } } }, /^csrf\.cookie\.maxAge: .*400 days/],
    [{ csrf: { cookie: { httpOnly: 1 as unknown as boolean } } }, /^csrf\.cookie\.httpOnly: expected true or false/],
    [{ csrf: { cookie: { secure: "yes" as unknown as boolean } } }, /^csrf\.cookie\.secure: expected true or false/],
    [{ csrf: { cookie: { partitioned: null as unknown as boolean } } }, /^csrf\.cookie\.partitioned: expected true or false/],
  ];
  for (const [options, message] of refused) it(`${JSON.stringify(options)} does not start`, () => assert.throws(() => open(options), { code: "COAT_CONFIGURATION", message }));
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
