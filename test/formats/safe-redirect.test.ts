import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isSafePath, safeNext } from "../../src/formats/safe-redirect.ts";

const HOST = "shop.example";
const ORIGIN = `https://${HOST}`;
const FALLBACK = "/fallback";
const next = (target: unknown, host: string | undefined = HOST): string => safeNext(target, { host, scheme: "https", fallback: FALLBACK });

/** Where a browser that is on a page of the site goes with this Location. */
const originOf = (location: string, page: string): string => new URL(location, page).origin;

const HOSTS = ["evil.example", "evil.example:443", "shop.example.evil.example", "shop.example@evil.example", "evil.example#shop.example", "evil.example?shop.example", "127.0.0.1", "[::1]", "1", "0x7f.1", "evil。example", "ｅvil.example"];
const BEFORE = ["//", "///", "////", "/////", "\\\\", "/\\", "\\/", "/\\/", "\\//", "//\\", "/.//", "/..//", "/./..//", "/x/..//", "/x/../..//", "/%2e//", "/%2e%2e//", "/x/%2e%2e//", "/;//../..//", "https://", "http://", "https:/", "https:", "http:", "HTTPS://", "hTtPs://", "ftp://", "ws://", "javascript://", "data://", "file://", "//user:pass@", "//user@", "https://user@", "https:\\\\", "https:/\\"];
const WRAPPED = [(text: string) => text, (text: string) => ` ${text}`, (text: string) => `\t${text}`, (text: string) => `\u0000${text}`, (text: string) => `/\t${text.slice(1)}`, (text: string) => `\u00a0${text}`, (text: string) => `\ufeff${text}`, (text: string) => `\u2028${text}`, (text: string) => `${text}\r\nLocation: //evil.example`];
const ODDITIES: unknown[] = [
  "", " ", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "mailto:a@evil.example", "blob:https://shop.example/x", "about:blank", "evil.example", "evil.example/x", "www.evil.example", ".evil.example", "@evil.example", ":evil", ":80", "?next=//evil.example", "#//evil.example", "12345", "0",
  "https://shop.example@evil.example/", "https://shop.example:444/", "https://shop.example.:443/x", "http://shop.example/", "https://SHOP.example.evil/", "https://", "https:///", "//", "///", "\\", "/\\", "\u0000", "/\u0000", "/\r\nSet-Cookie: a=b", "/\nx", "/a b", "/\u200b/evil.example", "/\u202e", "/x\ud800", "x".repeat(5000), `/${"x".repeat(5000)}`,
  undefined, null, 1, true, [], ["/cart"], { toString: () => "/cart" }, Symbol("x"), () => "/cart",
];

describe("AU-08 AU-09 AU-10 where a login leads", () => {
  const attacks = BEFORE.flatMap((before) => HOSTS.map((host) => before + host));
  const payloads = [...new Set(WRAPPED.flatMap((wrap) => attacks.map(wrap)))];

  it(`stays on the site for ${payloads.length} payloads`, () => {
    assert.ok(payloads.length >= 240);
    for (const payload of payloads) {
      const location = next(payload);
      for (const page of [`${ORIGIN}/login`, `${ORIGIN}/a/b/login?next=x`]) assert.equal(originOf(location, page), ORIGIN, JSON.stringify(payload));
      assert.ok(location.startsWith("/") && !location.startsWith("//"), JSON.stringify(payload));
    }
  });

  it("CVE-2023-28362 sends nothing that would need to be rewritten: what was checked is what is sent", () => {
    for (const payload of [...payloads, "/cart?page=2", "/a/../b", "/%2e%2e/b", "/caf\u00e9?q=\u00fc#\u00df"]) {
      const location = next(payload);
      const url = new URL(location, ORIGIN);
      assert.equal(url.pathname + url.search + url.hash, location, JSON.stringify(payload));
      assert.equal(next(location), location);
    }
  });

  it("falls back for what is no page of the site, of whatever type", () => {
    for (const odd of ODDITIES) assert.equal(next(odd), FALLBACK, typeof odd === "string" ? JSON.stringify(odd.slice(0, 60)) : typeof odd);
  });

  it("`/.//evil.example` parses as this site's, but its path leaves it when it is sent back", () => {
    assert.equal(new URL("/.//evil.example", ORIGIN).origin, ORIGIN);
    assert.equal(new URL("/.//evil.example", ORIGIN).pathname, "//evil.example");
    assert.equal(next("/.//evil.example"), FALLBACK);
  });

  it("goes where it should", () => {
    const pages: readonly (readonly [string, string])[] = [["/", "/"], ["/cart", "/cart"], ["/cart?page=2&x=1#top", "/cart?page=2&x=1#top"], ["/a/../b", "/b"], ["/x?next=//evil.example", "/x?next=//evil.example"], ["/a//b", "/a//b"], ["https://shop.example/cart?x", "/cart?x"], ["HTTPS://SHOP.EXAMPLE/cart", "/cart"], ["https://shop.example:443/cart", "/cart"], ["/café", "/caf%C3%A9"], ["/%2f%2fevil.example", "/%2f%2fevil.example"], ["/@evil.example", "/@evil.example"], ["/.hidden", "/.hidden"]];
    for (const [target, location] of pages) assert.equal(next(target), location, target);
  });

  it("takes paths only where the site's own name is not known, or is none", () => {
    for (const host of [undefined, "", "shop.example/x", "shop.example#", "a@b", "shop.example\\x", "bad host"]) {
      assert.equal(safeNext("https://shop.example/cart", { host, scheme: "https", fallback: FALLBACK }), FALLBACK);
      assert.equal(safeNext("/cart", { host, scheme: "https", fallback: FALLBACK }), "/cart");
    }
  });

  it("never leaves the site, whatever the text", () => {
    const signs = fc.constantFrom("/", "\\", ".", ":", "@", "?", "#", "%2e", "%2f", "%5c", "evil.example", "https", "http", "shop.example", "a", "\t", "\n", " ", ";", "..", "&", "[", "]");
    fc.assert(
      fc.property(fc.oneof(fc.array(signs, { maxLength: 12 }).map((parts) => parts.join("")), fc.string(), fc.webUrl()), (text) => {
        const location = next(text);
        return originOf(location, `${ORIGIN}/login`) === ORIGIN && isSafePath(location);
      }),
      { numRuns: 5000 },
    );
  });
});
