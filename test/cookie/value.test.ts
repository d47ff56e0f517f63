import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeCookieValue, encodeCookieValue } from "../../src/cookie/value.ts";
import { InvalidCookie } from "../../src/errors.ts";

const COOKIE_OCTETS = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;

describe("CK-06 any text becomes cookie-octets and comes back", () => {
  it("any text, or an error for half a surrogate pair", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.string()), (text) => {
        if (!text.isWellFormed()) {
          assert.throws(() => encodeCookieValue(text), InvalidCookie);
          return;
        }
        const encoded = encodeCookieValue(text);
        assert.match(encoded, COOKIE_OCTETS);
        assert.equal(decodeCookieValue(encoded), text);
      }),
      { numRuns: 2000 },
    );
  });

  it("every code unit below 0x300", () => {
    for (let code = 0; code < 0x300; code++) {
      const text = `a${String.fromCharCode(code)}b`;
      assert.match(encodeCookieValue(text), COOKIE_OCTETS);
      assert.equal(decodeCookieValue(encodeCookieValue(text)), text);
    }
  });

  it("lone surrogates throw, wherever they stand, and the message does not show the text", () => {
    for (const text of ["secret\ud800", "\udfffsecret", "secret \ude00\ud83d"]) {
      assert.throws(() => encodeCookieValue(text), (error: unknown) => error instanceof InvalidCookie && !error.message.includes("secret"));
    }
  });

  it("escapes only what it must, and the percent sign", () => {
    assert.equal(encodeCookieValue("a-b_c.d~e!f*g(h)i'j:k/l?m@n=o&p+q{r}s[t]u|v^w`x#y$z<>"), "a-b_c.d~e!f*g(h)i'j:k/l?m@n=o&p+q{r}s[t]u|v^w`x#y$z<>");
    assert.equal(encodeCookieValue('50% "x", y;\\\t\0\u00e9\u{1f600}'), "50%25%20%22x%22%2C%20y%3B%5C%09%00%C3%A9%F0%9F%98%80");
    assert.equal(encodeCookieValue(""), "");
  });

  it("CRLF and attribute separators never reach the wire", () => {
    assert.equal(encodeCookieValue("x\r\nSet-Cookie: a=b; Domain=evil"), "x%0D%0ASet-Cookie:%20a=b%3B%20Domain=evil");
  });
});

describe("CK-18 a malformed value is absent, never an error", () => {
  for (const raw of ["%", "%4", "%zz", "%E0%A4%A", "%C3", "%ff", "%ED%A0%80", "a%00%", "caf\u00e9", "a\u0000b", "a\tb", "\u007f", "\ud800"]) {
    it(JSON.stringify(raw), () => assert.equal(decodeCookieValue(raw), undefined));
  }

  it("never throws", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (raw) => void decodeCookieValue(raw)));
  });
});

describe("values that scripts wrote", () => {
  it("reads what encodeURIComponent gives", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => assert.equal(decodeCookieValue(encodeURIComponent(text)), text)));
  });

  it("leaves bare spaces, commas and quotes as they are, and plus signs too", () => {
    assert.equal(decodeCookieValue('a b,"c"+d'), 'a b,"c"+d');
  });
});
