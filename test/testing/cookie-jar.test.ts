import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { CookieJar } from "../../src/testing/cookie-jar.ts";
import type { CookieJarOptions } from "../../src/testing/cookie-jar.ts";

const NOW = Date.UTC(2026, 0, 15, 12, 0, 0);
const SHOP = "https://shop.example.org/cart/add";

function jarWith(lines: string | readonly string[], url: string = SHOP, options: CookieJarOptions = {}): CookieJar {
  const jar = new CookieJar(options);
  jar.receive(typeof lines === "string" ? [lines] : lines, url, NOW);
  return jar;
}

/** The reason for which a line is dropped, or undefined if it is kept. */
function reasonFor(line: string, url: string = SHOP, options: CookieJarOptions = {}): string | undefined {
  const jar = jarWith(line, url, options);
  assert.equal(jar.list().length + jar.rejected.length, 1);
  return jar.rejected[0]?.reason;
}

describe("the jar is a reference of its own", () => {
  it("shares no code with the cookie writer", () => {
    for (const file of ["cookie-jar.ts", "set-cookie-line.ts"]) {
      assert.doesNotMatch(readFileSync(new URL(`../../src/testing/${file}`, import.meta.url), "utf8"), /from "[^"]*\/cookie\//);
    }
  });
});

describe("where a cookie goes", () => {
  it("without Domain to its host alone, with Domain to subdomains too", () => {
    const jar = jarWith(["a=1; Path=/", "b=2; Path=/; Domain=example.org"]);
    assert.equal(jar.header(SHOP, NOW), "a=1; b=2");
    assert.equal(jar.header("https://example.org/", NOW), "b=2");
    assert.equal(jar.header("https://other.example.org/", NOW), "b=2");
    assert.equal(jar.header("https://notexample.org/", NOW), undefined);
    assert.equal(jar.header("https://a.shop.example.org/", NOW), "b=2");
  });

  it("by path, in whole segments", () => {
    const jar = jarWith("a=1; Path=/cart");
    for (const path of ["/cart", "/cart/", "/cart/x"]) assert.equal(jar.header(`https://shop.example.org${path}`, NOW), "a=1");
    for (const path of ["/", "/car", "/cartoon"]) assert.equal(jar.header(`https://shop.example.org${path}`, NOW), undefined);
  });

  it("without Path to the folder of the page that set it", () => {
    assert.equal(jarWith("a=1").list()[0]?.path, "/cart");
    assert.equal(jarWith("a=1", "https://shop.example.org/cart").list()[0]?.path, "/");
    assert.equal(jarWith("a=1; Path=x", "https://shop.example.org/a/b/c").list()[0]?.path, "/a/b");
  });

  it("RT-06 ports share cookies, schemes share all but Secure ones, other hosts get nothing", () => {
    const jar = jarWith(["a=1; Path=/", "s=2; Path=/; Secure"]);
    assert.equal(jar.header("https://shop.example.org:8443/", NOW), "a=1; s=2");
    assert.equal(jar.header("http://shop.example.org/", NOW), "a=1");
    assert.equal(jar.header("wss://shop.example.org/", NOW), "a=1; s=2");
    assert.equal(jar.header("https://evil.example/", NOW), undefined);
    assert.equal(jar.header("https://shop.example.org.evil.example/", NOW), undefined);
  });

  it("longer paths first, then older cookies", () => {
    const jar = jarWith(["new=1; Path=/", "old=0; Path=/"]);
    jar.receive(["deep=2; Path=/cart", "new=3; Path=/"], SHOP, NOW + 5);
    assert.equal(jar.header(SHOP, NOW + 6), "deep=2; new=3; old=0");
  });

  it("a nameless cookie is sent as its value", () => {
    assert.equal(jarWith("=x; Path=/").header(SHOP, NOW), "x");
  });
});

describe("Domain", () => {
  it("has to cover the host that answers", () => {
    assert.equal(reasonFor("a=1; Domain=example.org"), undefined);
    assert.equal(reasonFor("a=1; Domain=.Shop.Example.org"), undefined);
    for (const domain of ["other.example.org", "a.shop.example.org", "hop.example.org", "evil.example"]) assert.equal(reasonFor(`a=1; Domain=${domain}`), "foreign-domain");
  });

  it("cannot be a public suffix", () => {
    assert.equal(reasonFor("a=1; Domain=org"), "public-suffix");
    assert.equal(reasonFor("a=1; Domain=co.uk", "https://shop.co.uk/", { publicSuffixes: ["co.uk"] }), "public-suffix");
    assert.equal(jarWith("a=1; Domain=localhost", "http://localhost/").list()[0]?.hostOnly, true);
  });

  it("of an address is the address alone", () => {
    assert.equal(reasonFor("a=1; Domain=0.0.1", "http://127.0.0.1/"), "foreign-domain");
    assert.equal(jarWith("a=1; Domain=127.0.0.1", "http://127.0.0.1/").header("http://127.0.0.1/", NOW), "a=1");
  });
});

describe("Secure", () => {
  it("cannot be set over http, except on loopback", () => {
    assert.equal(reasonFor("a=1; Secure", "http://shop.example.org/"), "secure-over-http");
    for (const host of ["localhost", "127.0.0.1", "127.8.9.1", "[::1]", "shop.localhost"]) {
      const url = `http://${host}:3000/`;
      assert.equal(jarWith("a=1; Secure", url).header(url, NOW), "a=1");
      assert.equal(reasonFor("a=1; Secure", url, { trustLoopback: false }), "secure-over-http");
    }
    for (const host of ["localhost.example", "128.0.0.1", "127.0.0.1.example"]) assert.equal(reasonFor("a=1; Secure", `http://${host}/`), "secure-over-http");
  });

  it("an http page cannot lay a cookie over one that https set", () => {
    const jar = jarWith("sid=real; Secure; Path=/; Domain=example.org");
    jar.receive(["sid=evil; Path=/", "sid=evil; Path=/x; Domain=example.org", "other=1; Path=/"], "http://shop.example.org/", NOW);
    assert.deepEqual(jar.rejected.map(({ reason }) => reason), ["shadows-secure-cookie", "shadows-secure-cookie"]);
    assert.equal(jar.header(SHOP, NOW), "sid=real; other=1");
  });

  it("but https may replace it by a cookie without Secure", () => {
    const jar = jarWith(["sid=1; Secure; Path=/", "sid=2; Path=/"]);
    assert.equal(jar.header("http://shop.example.org/", NOW), "sid=2");
  });
});

describe("prefixes, in any case", () => {
  const good = "; Secure; HttpOnly; Path=/";
  const spelled = (name: string): string[] => [name, name.toLowerCase(), name.toUpperCase()];

  it("are kept when their promise is", () => {
    for (const name of ["__Host-a", "__Secure-a", "__Http-a", "__Host-Http-a"]) for (const spelling of spelled(name)) assert.equal(reasonFor(`${spelling}=1${good}`), undefined);
    assert.equal(reasonFor("__Secure-a=1; Secure; Domain=example.org"), undefined);
    assert.equal(reasonFor("_Host-a=1"), undefined);
  });

  it("are dropped otherwise", () => {
    for (const name of ["__Host-a", "__Secure-a", "__Http-a", "__Host-Http-a"]) for (const spelling of spelled(name)) assert.equal(reasonFor(`${spelling}=1; HttpOnly; Path=/`), "prefix-without-secure");
    for (const name of [...spelled("__Host-a"), ...spelled("__Host-Http-a")]) {
      assert.equal(reasonFor(`${name}=1${good}; Domain=shop.example.org`), "prefix-not-host-bound");
      assert.equal(reasonFor(`${name}=1${good}; Path=/cart`), "prefix-not-host-bound");
      assert.equal(reasonFor(`${name}=1; Secure; HttpOnly`, "https://shop.example.org/"), "prefix-not-host-bound");
    }
    for (const name of [...spelled("__Http-a"), ...spelled("__Host-Http-a")]) assert.equal(reasonFor(`${name}=1; Secure; Path=/`), "prefix-without-httponly");
  });

  it("a nameless cookie cannot pretend to one", () => {
    for (const value of ["__Host-a=1", "__Secure-a", "__http-a=x", "__HOST-HTTP-a=x"]) assert.equal(reasonFor(`=${value}${good}`), "nameless-prefix");
  });
});

describe("SameSite", () => {
  const jar = jarWith(["n=1; Path=/; SameSite=None; Secure", "l=2; Path=/; SameSite=Lax", "s=3; Path=/; SameSite=Strict", "d=4; Path=/"]);

  it("None needs Secure", () => assert.equal(reasonFor("a=1; SameSite=None"), "samesite-none-without-secure"));

  it("decides which requests of other sites it goes along with", () => {
    assert.equal(jar.header(SHOP, NOW), "n=1; l=2; s=3; d=4");
    assert.equal(jar.header(SHOP, NOW, { crossSite: true }), "n=1");
    assert.equal(jar.header(SHOP, NOW, { crossSite: true, topLevelNavigation: true }), "n=1; l=2; d=4");
    assert.equal(jar.header(SHOP, NOW, { topLevelNavigation: true, method: "POST" }), "n=1; l=2; s=3; d=4");
  });

  it("a cookie that does not say is sent with a cross-site POST for two minutes", () => {
    const post = { crossSite: true, topLevelNavigation: true, method: "post" };
    assert.equal(jar.header(SHOP, NOW + 119_999, post), "n=1; d=4");
    assert.equal(jar.header(SHOP, NOW + 120_000, post), "n=1");
  });
});

describe("Partitioned", () => {
  it("needs Secure, and is a cookie apart", () => {
    assert.equal(reasonFor("a=1; Partitioned"), "partitioned-without-secure");
    const jar = jarWith(["a=1; Path=/; Secure", "a=2; Path=/; Secure; Partitioned"]);
    assert.equal(jar.list().length, 2);
    jar.receive(["a=; Path=/; Secure; Max-Age=0"], SHOP, NOW);
    assert.deepEqual(jar.list().map(({ value, partitioned }) => [value, partitioned]), [["2", true]]);
  });
});

describe("lifetime", () => {
  it("Max-Age goes before Expires, at the limit is gone", () => {
    const jar = jarWith(["a=1; Path=/; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "b=2; Path=/; Expires=Thu, 15 Jan 2026 12:00:05 GMT", "c=3; Path=/"]);
    assert.equal(jar.header(SHOP, NOW + 4999), "a=1; b=2; c=3");
    assert.equal(jar.header(SHOP, NOW + 5000), "a=1; c=3");
    assert.equal(jar.header(SHOP, NOW + 10_000), "c=3");
  });

  it("is cut to 400 days", () => {
    const [a, b] = jarWith(["a=1; Max-Age=99999999999", "b=2; Expires=Fri, 31 Dec 9999 23:59:59 GMT"]).list();
    assert.equal(a?.expiresAt, NOW + 34_560_000_000);
    assert.equal(b?.expiresAt, NOW + 34_560_000_000);
  });

  it("ends at once with Max-Age zero or less, or an Expires in the past", () => {
    for (const end of ["Max-Age=0", "Max-Age=-1", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"]) {
      const jar = jarWith("a=1; Path=/");
      jar.receive([`a=2; Path=/; ${end}`], SHOP, NOW);
      assert.deepEqual(jar.list(), []);
    }
  });

  it("replacing keeps the place in the row", () => {
    const jar = jarWith("a=1; Path=/");
    jar.receive(["a=2; Path=/"], SHOP, NOW + 1000);
    assert.deepEqual(jar.list().map(({ value, createdAt }) => [value, createdAt]), [["2", NOW]]);
  });
});

describe("looking into the jar", () => {
  it("get by name, and by name and page", () => {
    const jar = jarWith(["a=root; Path=/", "a=cart; Path=/cart"]);
    assert.equal(jar.get("a"), "root");
    assert.equal(jar.get("a", SHOP), "cart");
    assert.equal(jar.get("a", "https://shop.example.org/"), "root");
    assert.equal(jar.get("a", "https://example.org/"), undefined);
    assert.equal(jar.get("b"), undefined);
  });

  it("one bad line does not spoil the others, and its reason is kept", () => {
    const jar = jarWith(["a=1; Path=/", "b=\u0001", "c=3; Path=/"]);
    assert.equal(jar.header(SHOP, NOW), "a=1; c=3");
    assert.deepEqual(jar.rejected, [{ line: "b=\u0001", reason: "control-character" }]);
  });

  it("uses the machine's clock when no time is given", () => {
    const jar = new CookieJar();
    jar.receive(["a=1; Path=/; Max-Age=1000"], SHOP);
    assert.equal(jar.header(SHOP), "a=1");
  });
});
