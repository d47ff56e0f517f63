import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCoatcheck, type CoatcheckOptions } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { defineLanguage, definePreference, setLanguage, type PreferenceOptions } from "coatcheck/preferences";
import { FailingStore } from "../support/failing-store.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

const theme = definePreference({ name: "theme", values: ["light", "dark"], fallback: "light", maxAge: "30d" });
const consent = definePreference({ name: "consent", values: ["unknown", "all", "needed only"], fallback: "unknown", readableByScripts: true });
const language = defineLanguage({ values: ["en", "de", "fr"], fallback: "en" });

function setUp(options: CoatcheckOptions = {}) {
  const counted = new FailingStore(memoryStore());
  const cloakroom = createCoatcheck<AnyData>({ store: counted.store, production: false, ...options });
  return { visitor: new Visitor(cloakroom), calls: counted.calls };
}

describe("a preference", () => {
  it("A5 A7 B6 B16 K6 is the fallback until one is chosen, then that for so long, without a record", async () => {
    const { visitor, calls } = setUp();
    assert.equal(await visitor.run(({ preferences }) => preferences.get(theme)), "light");
    assert.equal(await visitor.run(({ preferences }) => preferences.chosen(theme)), undefined);
    const { setCookies, result } = await visitor.visit(({ preferences }) => {
      preferences.set(theme, "dark");
      return preferences.get(theme);
    });
    assert.equal(result, "dark", "what was just set is what is read");
    assert.deepEqual(setCookies, ["theme=dark; Path=/; Max-Age=2592000; Secure; HttpOnly; SameSite=Lax"]);
    assert.equal(await visitor.run(({ preferences }) => preferences.get(theme)), "dark");
    assert.equal(await visitor.run(({ cookies }) => cookies.get("theme")), "dark");
    assert.deepEqual(calls, []);
  });

  it("K11 is forgotten with the attributes that it was set with", async () => {
    const { visitor } = setUp();
    await visitor.run(({ preferences }) => preferences.set(theme, "dark"));
    const { result } = await visitor.visit(({ preferences }) => {
      preferences.reset(theme);
      return preferences.get(theme);
    });
    assert.equal(result, "light");
    assert.equal(visitor.header(), undefined);
  });

  it("A8 keeps values that a cookie cannot carry as they are, and lets scripts read those that should", async () => {
    const { visitor } = setUp();
    const { setCookies } = await visitor.visit(({ preferences }) => preferences.set(consent, "needed only"));
    assert.deepEqual(setCookies, ["consent=needed%20only; Path=/; Max-Age=31536000; Secure; SameSite=Lax"]);
    assert.equal(await visitor.run(({ preferences }) => preferences.get(consent)), "needed only");
  });

  it("K7 B7 gives nothing that is not listed, whatever the cookie says", async () => {
    const { visitor } = setUp();
    for (const value of ["", "DARK", "dark ", "%20dark", "dark%00", "%E0%A4%A", "\"dark\"", "<script>", "__proto__", "constructor", "toString", "x".repeat(4000), "dark\u00a0", "0"]) {
      assert.equal(await visitor.run(({ preferences }) => preferences.get(theme), { headers: { cookie: `theme=${value}; a=b` } }), value === "dark " ? "dark" : "light", value.slice(0, 20));
    }
    assert.equal(await visitor.run(({ preferences }) => preferences.get(theme), { headers: { cookie: "Theme=dark; theme=light" } }), "light");
  });

  it("set() refuses what is not listed with 400 and does not repeat it", async () => {
    const { visitor } = setUp();
    for (const value of ["blue", "<script>alert(1)</script>", "__proto__", undefined, null, ["dark"], 7]) {
      const { error, setCookies } = await visitor.visit(({ preferences }) => preferences.set(theme, value as string));
      const { code, status, message } = error as { code: string; status: number; message: string };
      assert.deepEqual([code, status], ["COAT_VALUE_REJECTED", 400]);
      assert.equal(message, 'theme: the value is none of "light", "dark".');
      assert.deepEqual(setCookies, []);
    }
  });

  it("CA-01 varies by Cookie when it was looked at", async () => {
    const { visitor } = setUp();
    assert.deepEqual((await visitor.visit(({ preferences }) => preferences.get(theme))).ending, { setCookies: [], vary: ["Cookie"], noStore: false, headers: [] });
    assert.equal((await visitor.visit(() => 1)).ending, null);
  });

  it("is checked when it is defined", () => {
    const define = (options: Partial<PreferenceOptions<string>>) => (): unknown => definePreference({ name: "theme", values: ["light", "dark"], fallback: "light", ...options });
    for (const options of [{ values: [] }, { values: ["light", "light"] }, { fallback: "blue" }, { values: ["", "light"] }, { values: ["light", 7 as unknown as string] }, { values: ["light", "x".repeat(300)] }, { maxAge: 0 }, { maxAge: "401d" }]) {
      assert.throws(define(options), { code: "COAT_CONFIGURATION" });
    }
    assert.throws(define({ name: "the me" }), { code: "COAT_INVALID_COOKIE" });
    assert.throws(define({ maxAge: "a while" }), { code: "COAT_INVALID_DURATION" });
    assert.throws(define({ maxAge: 1.5 }), { code: "COAT_INVALID_DURATION" });
    assert.ok(Object.isFrozen(theme) && Object.isFrozen(theme.values));
  });

  it("CK-24 CC-08 two requests at once do not see each other's choice", async () => {
    const { visitor } = setUp();
    const other = new Visitor(visitor.cloakroom);
    const [a, b] = await Promise.all([visitor.visit(({ preferences }) => preferences.set(theme, "dark")), other.visit(({ preferences }) => preferences.get(theme))]);
    assert.equal(a.setCookies.length, 1);
    assert.equal(b.result, "light");
    assert.deepEqual(b.setCookies, []);
  });
});

describe("a language", () => {
  const ask = (visitor: Visitor, acceptLanguage: string, cookie?: string) =>
    visitor.visit(({ preferences }) => preferences.get(language), { headers: { "accept-language": acceptLanguage, ...(cookie === undefined ? {} : { cookie }) } });

  it("B14 B15 K8 is what was chosen; else what the browser asks for; else the fallback", async () => {
    const { visitor } = setUp();
    assert.equal((await ask(visitor, "de-CH, fr;q=0.9")).result, "de");
    assert.equal((await ask(visitor, "es")).result, "en");
    await visitor.run(({ preferences }) => preferences.set(language, "fr"));
    assert.equal((await ask(visitor, "de")).result, "fr");
    assert.equal((await ask(visitor, "de", "language=xx")).result, "de", "an unlisted choice is none");
  });

  it("varies by Accept-Language only where that decided", async () => {
    const { visitor } = setUp();
    assert.deepEqual((await ask(visitor, "de")).ending?.vary, ["Cookie", "Accept-Language"]);
    assert.deepEqual((await ask(visitor, "es")).ending?.vary, ["Cookie", "Accept-Language"], "it was asked, so another value may give another page");
    assert.deepEqual((await ask(visitor, "de", "language=fr")).ending?.vary, ["Cookie"]);
    const both = await visitor.visit(({ preferences }) => {
      preferences.get(language);
      preferences.get(language);
      preferences.set(theme, "dark");
    });
    assert.deepEqual(both.ending?.vary, ["Cookie", "Accept-Language"]);
    assert.equal(both.ending?.noStore, true);
  });

  it("takes language tags only", () => {
    for (const bad of ["", "d", "de_DE", "de-", "english please", "*"]) assert.throws(() => defineLanguage({ values: ["en", bad], fallback: "en" }), { code: "COAT_CONFIGURATION" });
    assert.equal(defineLanguage({ name: "lang", values: ["pt-BR"], fallback: "pt-BR" }).name, "lang");
  });
});

describe("setLanguage", () => {
  const choose = async (visitor: Visitor, value: unknown, next?: unknown) => visitor.visit((coat) => setLanguage(coat, language, { value, next, fallback: "/home" }), { method: "POST" });

  it("keeps a language of the site and goes back to where the form was", async () => {
    const { visitor } = setUp();
    const { result, setCookies } = await choose(visitor, "de", "/books?page=2#top");
    assert.deepEqual(result, { accepted: true, location: "/books?page=2#top" });
    assert.match(setCookies[0] ?? "", /^language=de; Path=\/; Max-Age=31536000;/);
    assert.equal((await choose(visitor, "fr", "https://shop.example/books")).result?.location, "/books", "a Referer of this site");
  });

  it("changes nothing for any other value, and still goes somewhere safe", async () => {
    const { visitor } = setUp();
    for (const value of ["xx", "EN", "", undefined, null, ["de"], { de: 1 }, "__proto__"]) {
      const { result, setCookies } = await choose(visitor, value, "/books");
      assert.deepEqual(result, { accepted: false, location: "/books" });
      assert.deepEqual(setCookies, []);
    }
  });

  it("never redirects to another site", async () => {
    const { visitor } = setUp();
    const foreign = ["//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example/", "https:evil.example", "http:///evil.example", "javascript:alert(1)", "/\t/evil.example", "\n//evil.example", "/..//evil.example", "/%0d%0a", " /books", "https://shop.example@evil.example/", "https://shop.example.evil.example/", "http://shop.example/", "", undefined, 7, ["/books"]];
    for (const next of foreign) {
      const location = (await choose(visitor, "de", next)).result?.location ?? "";
      const resolved = new URL(location, "https://shop.example/");
      assert.equal(resolved.origin, "https://shop.example", String(next));
      assert.match(location, /^\/(?![/\\])[\x21-\x7e]*$/);
      assert.ok(location === "/home" || next === "/%0d%0a", `${String(next)} led to ${location}`);
    }
  });
});
