import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkCookieAttributes, LONGEST_MAX_AGE_SECONDS } from "../../src/cookie/attributes.ts";
import type { CookieAttributes } from "../../src/cookie/attributes.ts";
import { prepareCookie, serializeCookie } from "../../src/cookie/serialize.ts";
import { removeCookie } from "../../src/cookie/removal.ts";
import { InvalidCookie } from "../../src/errors.ts";

/** What a caller without types may pass. */
const untyped = (attributes: unknown): CookieAttributes => attributes as CookieAttributes;

/** Every door refuses, and the message matches. */
function refuses(name: unknown, attributes: unknown, message: RegExp = /./): void {
  const check = (error: unknown): boolean => {
    assert.ok(error instanceof InvalidCookie, `${String(error)} instead of InvalidCookie`);
    assert.equal(error.code, "COAT_INVALID_COOKIE");
    assert.match(error.message, message);
    return true;
  };
  assert.throws(() => checkCookieAttributes(name as string, untyped(attributes)), check);
  assert.throws(() => serializeCookie(name as string, "v", untyped(attributes)), check);
  assert.throws(() => prepareCookie(name as string, untyped(attributes)), check);
  assert.throws(() => removeCookie(name as string, untyped(attributes)), check);
}

function accepts(name: string, attributes: CookieAttributes): void {
  checkCookieAttributes(name, attributes);
  serializeCookie(name, "v", attributes);
}

describe("CK-02 prefixes and attributes that contradict each other are refused", () => {
  const spellings = (name: string): string[] => [name, name.toLowerCase(), name.toUpperCase()];
  const full: CookieAttributes = { secure: true, httpOnly: true, path: "/" };

  for (const name of [...spellings("__Host-sid"), ...spellings("__Host-Http-sid")]) {
    it(name, () => {
      accepts(name, full);
      accepts(name, { secure: true, httpOnly: true });
      refuses(name, { ...full, secure: false }, /secure has to be true/);
      refuses(name, { httpOnly: true, path: "/" }, /secure has to be true/);
      refuses(name, { ...full, domain: "example.org" }, /domain has to be left out/);
      refuses(name, { ...full, path: "/shop" }, /path has to be "\/"/);
    });
  }
  for (const name of [...spellings("__Secure-sid"), ...spellings("__Http-sid")]) {
    it(name, () => {
      accepts(name, { ...full, path: "/shop", domain: "example.org" });
      refuses(name, { ...full, secure: false }, /secure has to be true/);
      refuses(name, {}, /secure has to be true/);
    });
  }
  for (const name of [...spellings("__Http-sid"), ...spellings("__Host-Http-sid")]) {
    it(`${name} without HttpOnly`, () => {
      refuses(name, { ...full, httpOnly: false }, /httpOnly has to be true/);
      refuses(name, { secure: true, path: "/" }, /httpOnly has to be true/);
    });
  }

  const lookAlikes = ["Host__sid", "host__sid", "_Host-sid", "___Host-sid", "__Host_sid", "__Host.sid", "__host", "_Secure-sid", "__Secure_sid", "Secure__sid", "_Http-x", "__Http_x", "HTTP__x", "__Host-Http_x", "__Http-Host-x"];
  for (const name of lookAlikes) {
    it(`the look-alike ${name}`, () => refuses(name, full, /looks as if it had a protecting prefix/));
  }

  it("ordinary names are not mistaken for look-alikes", () => {
    for (const name of ["host", "hostess", "_hosting", "__hosts", "http-ref", "host-id", "secure", "session__Host-", "my__host", "__session", "_ga", "sessionid"]) accepts(name, {});
    accepts("__Host-Https", full);
  });
});

describe("CK-03 SameSite is explicit and one of three", () => {
  it("is refused otherwise", () => {
    for (const sameSite of ["lax; Secure", "foo", true, "", "Lax", null, 1, ["lax"], { toString: () => "lax" }]) refuses("a", { sameSite }, /sameSite is none of/);
  });

  it("None without Secure is refused", () => {
    refuses("a", { sameSite: "none" }, /needs secure: true/);
    refuses("a", { sameSite: "none", secure: false }, /needs secure: true/);
    accepts("a", { sameSite: "none", secure: true });
  });

  it("stands exactly once in every line", () => {
    for (const attributes of [{}, { sameSite: "lax" }, { sameSite: "strict" }, { sameSite: "none", secure: true }] as const) {
      for (const line of [serializeCookie("a", "b", attributes), removeCookie("a", attributes), prepareCookie("a", attributes).serialize("b", 5, 0)]) {
        assert.equal(line.match(/SameSite=(?:Lax|Strict|None)(?=;|$)/g)?.length, 1, line);
      }
    }
    assert.match(serializeCookie("a", "b", {}), /; SameSite=Lax$/);
  });
});

describe("CK-04 Partitioned demands Secure", () => {
  it("and is written when it may be", () => {
    refuses("a", { partitioned: true }, /partitioned needs secure: true/);
    assert.match(serializeCookie("a", "b", { partitioned: true, secure: true, sameSite: "none" }), /; Partitioned/);
  });
});

describe("CK-05 names are tokens", () => {
  const tokenCharacter = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/;

  it("every byte at the start, in the middle and at the end", () => {
    for (let code = 0; code <= 0xff; code++) {
      const character = String.fromCharCode(code);
      for (const name of [`${character}ab`, `a${character}b`, `ab${character}`]) {
        if (tokenCharacter.test(character)) accepts(name, {});
        else refuses(name, {}, /is not a cookie name/);
      }
    }
  });

  it("empty, not ASCII, not a string", () => {
    refuses("", {});
    refuses("caf\u00e9", {});
    refuses("a\u212a", {});
    for (const name of [undefined, null, 1, {}, [], ["a"], true, Symbol("a"), { toString: () => "a" }]) refuses(name, {}, /A cookie name is a/);
  });

  it("a message shows no control characters and no endless name", () => {
    assert.throws(
      () => checkCookieAttributes(`a\r\nSet-Cookie: ${"x".repeat(10_000)}`, {}),
      (error: unknown) => error instanceof InvalidCookie && error.message.length < 400 && !/[\r\n]/.test(error.message),
    );
  });
});

describe("CK-07 attributes are checked at run time", () => {
  const bad = [";", "\r", "\n", "\0", "\u0001", "\u001f", "\u007f", "\u0085", "\u2028", "; Secure", "\r\nSet-Cookie: a=b"];

  for (const character of bad) {
    it(`${JSON.stringify(character)} in Domain, Path, SameSite, Priority, Expires and Max-Age`, () => {
      for (const at of [(text: string) => character + text, (text: string) => text.slice(0, 1) + character + text.slice(1), (text: string) => text + character]) {
        refuses("a", { domain: at("example.org") });
        refuses("a", { path: at("/shop") });
        refuses("a", { sameSite: at("lax") });
        refuses("a", { priority: at("low") });
        refuses("a", { expiresAt: at("0") });
        refuses("a", { maxAgeSeconds: at("60") });
      }
    });
  }

  it("Max-Age", () => {
    for (const maxAgeSeconds of [Number.NaN, Infinity, -Infinity, 1.5, "60", -0, 1e20, -1, 60n, null, true, [60], new Date(0)]) {
      assert.throws(() => serializeCookie("a", "b", untyped({ maxAgeSeconds })), InvalidCookie);
      assert.throws(() => checkCookieAttributes("a", untyped({ maxAgeSeconds })), /maxAgeSeconds is not a whole number of seconds/);
    }
    accepts("a", { maxAgeSeconds: 0 });
  });

  it("Expires", () => {
    for (const expiresAt of [Number.NaN, Infinity, 0.5, -0, "0", new Date(0), new Date(Number.NaN), Date.UTC(10_000, 0, 1), Date.UTC(1600, 11, 31), 8.64e15, null]) {
      refuses("a", { expiresAt }, /expiresAt is not a whole number of milliseconds/);
    }
    accepts("a", { expiresAt: 0 });
    accepts("a", { expiresAt: Date.UTC(9999, 11, 31) });
    accepts("a", { expiresAt: Date.UTC(1601, 0, 1) });
  });

  it("flags are booleans: the text \"false\" does not switch one on", () => {
    for (const flag of ["secure", "httpOnly", "partitioned"]) {
      for (const value of ["false", "true", "", 0, 1, null, "auto"]) refuses("a", { [flag]: value }, new RegExp(`${flag} is a`));
    }
  });

  it("Priority and Path", () => {
    for (const priority of ["", "Low", "urgent", 1, true]) refuses("a", { priority }, /priority is none of/);
    for (const path of ["", "shop", "/a b", "/caf\u00e9", "/a?b", "/a#b", "/\t", 1, null, ["/"], `/${"x".repeat(1024)}`]) refuses("a", { path }, /path/);
    for (const path of ["/", "/shop", "/a%20b", "/a,b=c:d@e", `/${"x".repeat(1023)}`]) accepts("a", { path });
  });

  it("a misspelt or unknown attribute is refused and the right one is named", () => {
    refuses("a", { maxAge: 60 }, /maxAgeSeconds/);
    refuses("a", { expires: new Date(0) }, /expiresAt/);
    refuses("a", { httponly: true }, /httpOnly/);
    refuses("a", { samesite: "lax" }, /sameSite/);
    refuses("a", { "x; Domain=evil": true }, /is not an attribute/);
    refuses("a", JSON.parse('{"__proto__":{"secure":true}}'), /is not an attribute/);
  });

  it("attributes that are not an object are refused", () => {
    for (const attributes of [null, undefined, "Secure", 1, [], true]) refuses("a", attributes, /the attributes are a/);
  });

  it("undefined means not given", () => {
    assert.equal(serializeCookie("a", "b", untyped({ path: undefined, domain: undefined, secure: undefined, maxAgeSeconds: undefined })), "a=b; Path=/; SameSite=Lax");
  });

  it("what was checked is what is sent: an answer that changes does not get through", () => {
    let asked = 0;
    const attributes = {
      get path(): string {
        return asked++ === 0 ? "/" : "/; Domain=evil.example";
      },
    };
    assert.equal(serializeCookie("a", "b", attributes), "a=b; Path=/; SameSite=Lax");
  });
});

describe("DS-07 a polluted prototype adds no attribute", () => {
  it("only own attributes count", () => {
    const inherited: unknown = Object.create({ domain: "evil.example", maxAgeSeconds: 5 });
    assert.equal(serializeCookie("a", "b", untyped(inherited)), "a=b; Path=/; SameSite=Lax");
    Object.defineProperty(Object.prototype, "domain", { value: "evil.example", configurable: true, enumerable: true });
    try {
      assert.equal(serializeCookie("a", "b", {}), "a=b; Path=/; SameSite=Lax");
      assert.equal(removeCookie("a", {}).includes("evil"), false);
    } finally {
      Reflect.deleteProperty(Object.prototype, "domain");
    }
  });
});

describe("CK-22 no lifetime over 400 days", () => {
  it("34,560,000 seconds pass, one more does not", () => {
    assert.equal(LONGEST_MAX_AGE_SECONDS, 34_560_000);
    accepts("a", { maxAgeSeconds: 34_560_000 });
    refuses("a", { maxAgeSeconds: 34_560_001 }, /400 days/);
    const prepared = prepareCookie("a", {});
    assert.match(prepared.serialize("b", 34_560_000, 0), /Max-Age=34560000/);
    assert.throws(() => prepared.serialize("b", 34_560_001, 0), /400 days/);
  });

  it("neither by Expires, when the time is known", () => {
    const now = Date.UTC(2026, 0, 1);
    checkCookieAttributes("a", { expiresAt: now + 34_560_000_000 }, now);
    assert.throws(() => checkCookieAttributes("a", { expiresAt: now + 34_560_000_001 }, now), /400 days/);
    assert.throws(() => serializeCookie("a", "b", { expiresAt: now + 34_560_000_001 }, now), /400 days/);
  });
});

describe("CK-23 Domain takes host labels only", () => {
  const label63 = "x".repeat(63);
  const bad = ["", ".", "https://x.org", "x.org:80", "x.org/", "127.0.0.1", "1.2.3", "1.2.3.0x7f", "::1", "[::1]", "::ffff:1.2.3.4", "com", ".com", "localhost", "ex\u00e4mple.com", "a_b.com", `${label63}x.com`, "a..com", "-a.com", "a-.com", "example.com.", "*.example.com", "a b.com", "..example.com", `${`${label63}.`.repeat(4)}com`, 1, null, ["example.org"]];
  for (const domain of bad) it(`refuses ${JSON.stringify(domain).slice(0, 40)}`, () => refuses("a", { domain }, /domain/));

  it("normalizes case and the leading dot", () => {
    assert.match(serializeCookie("a", "b", { domain: ".Shop.Example.ORG" }), /; Domain=shop\.example\.org;/);
    for (const domain of ["example.org", "xn--exmple-cua.com", `${label63}.com`, "1.example.org", "a1.b2.c3"]) accepts("a", { domain });
  });
});
