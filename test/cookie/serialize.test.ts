import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { CookieAttributes } from "../../src/cookie/attributes.ts";
import { removeCookie } from "../../src/cookie/removal.ts";
import { prepareCookie, serializeCookie } from "../../src/cookie/serialize.ts";
import { encodeCookieValue } from "../../src/cookie/value.ts";
import { CookieTooLarge, InvalidCookie } from "../../src/errors.ts";
import { CookieJar } from "../../src/testing/cookie-jar.ts";
import { parseSetCookieLine } from "../../src/testing/set-cookie-line.ts";

const NOW = Date.UTC(2026, 0, 15, 12, 0, 0);

describe("a Set-Cookie line", () => {
  it("carries every attribute", () => {
    const line = serializeCookie("theme", "dark", {
      path: "/shop",
      domain: "example.org",
      maxAgeSeconds: 3600,
      expiresAt: NOW + 3_600_000,
      secure: true,
      httpOnly: true,
      sameSite: "none",
      partitioned: true,
      priority: "high",
    });
    assert.equal(
      line,
      "theme=dark; Path=/shop; Domain=example.org; Max-Age=3600; Expires=Thu, 15 Jan 2026 13:00:00 GMT; Secure; HttpOnly; SameSite=None; Partitioned; Priority=High",
    );
  });

  it("says Path and SameSite even if nobody asked", () => {
    assert.equal(serializeCookie("a", "", {}), "a=; Path=/; SameSite=Lax");
  });
});

describe("a prepared cookie", () => {
  const cookie = prepareCookie("__Host-sessionid", { secure: true, httpOnly: true });

  it("writes Max-Age and Expires, or neither", () => {
    assert.equal(cookie.serialize("v", 3600, NOW), "__Host-sessionid=v; Path=/; Max-Age=3600; Expires=Thu, 15 Jan 2026 13:00:00 GMT; Secure; HttpOnly; SameSite=Lax");
    assert.equal(cookie.serialize("v", null, NOW), "__Host-sessionid=v; Path=/; Secure; HttpOnly; SameSite=Lax");
    assert.equal(cookie.name, "__Host-sessionid");
  });

  it("writes what the plain function writes, whatever came before", () => {
    const lifetimes = fc.oneof(fc.constant(null), fc.constantFrom(0, 1, 60, 3600), fc.integer({ min: 0, max: 34_560_000 }));
    const calls = fc.array(fc.tuple(lifetimes, fc.integer({ min: NOW, max: NOW + 3000 })), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(calls, (list) => {
        const prepared = prepareCookie("sid", { secure: true });
        for (const [maxAgeSeconds, now] of list) {
          const lifetime = maxAgeSeconds === null ? {} : { maxAgeSeconds, expiresAt: Math.floor(now / 1000) * 1000 + maxAgeSeconds * 1000 };
          assert.equal(prepared.serialize("v", maxAgeSeconds, now), serializeCookie("sid", "v", { secure: true, ...lifetime }));
        }
      }),
    );
  });

  it("checks value, lifetime and clock every time", () => {
    cookie.serialize("v", 60, NOW);
    for (const value of ["a;b", "a\r\nb", "a b", "\u00e9", undefined, 1, null]) assert.throws(() => cookie.serialize(value as string, 60, NOW), InvalidCookie);
    for (const lifetime of [Number.NaN, Infinity, 1.5, -1, "60", undefined]) assert.throws(() => cookie.serialize("v", lifetime as number, NOW), InvalidCookie);
    for (const now of [Number.NaN, Infinity, 8.64e15, "now"]) assert.throws(() => cookie.serialize("v", 60, now as number), InvalidCookie);
    assert.throws(() => cookie.serialize("x".repeat(4096), 60, NOW), CookieTooLarge);
  });

  it("keeps its attributes when the caller's object changes later (CK-24)", () => {
    const attributes = { secure: true, path: "/a" };
    const prepared = prepareCookie("sid", attributes);
    attributes.secure = false;
    attributes.path = "/; Domain=evil.example";
    assert.equal(prepared.serialize("v", null, NOW), "sid=v; Path=/a; Secure; SameSite=Lax");
  });

  it("refuses a lifetime among its attributes, which it would not use", () => {
    assert.throws(() => prepareCookie("sid", { maxAgeSeconds: 5 }), /Leave out maxAgeSeconds/);
    assert.throws(() => prepareCookie("sid", { expiresAt: 5 }), /Leave out maxAgeSeconds/);
  });
});

describe("CK-06 only cookie-octets go out", () => {
  it("every other character is refused, and the message names the cookie and the cure but not the value", () => {
    for (let code = 0; code <= 0x17f; code++) {
      const value = `top${String.fromCharCode(code)}secret`;
      const isOctet = /[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]/.test(value.charAt(3));
      if (isOctet) serializeCookie("sid", value, {});
      else {
        assert.throws(
          () => serializeCookie("sid", value, {}),
          (error: unknown) => error instanceof InvalidCookie && error.message.includes('"sid"') && error.message.includes("encodeCookieValue") && !error.message.includes("secret"),
        );
      }
    }
  });

  it("arrays, objects and numbers are no values", () => {
    for (const value of [["a"], { toString: () => "a" }, 1, null, undefined, true]) assert.throws(() => serializeCookie("sid", value as string, {}), InvalidCookie);
  });
});

describe("CK-08 one line, read back by an independent parser as what was meant", () => {
  const names = fc.oneof({ weight: 5, arbitrary: fc.constantFrom("sid", "__Host-sid", "__Secure-sid", "__Http-a", "a", "theme") }, { weight: 1, arbitrary: fc.string({ maxLength: 6, unit: "binary" }) });
  const values = fc.oneof({ weight: 1, arbitrary: fc.string({ maxLength: 12, unit: "binary" }) }, { weight: 4, arbitrary: fc.string({ maxLength: 12 }).map((text) => encodeCookieValue(text)) });
  const nasty = fc.constantFrom("x; Secure", "a\r\nSet-Cookie: b=c", "\0", "", " ", "=", ";", null, 1, true, {}, []);
  const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<unknown> => fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, { weight: 20, arbitrary }, { weight: 1, arbitrary: nasty });
  const attributes = fc.record({
    path: maybe(fc.constantFrom("/", "/shop", "/a=b,c")),
    domain: maybe(fc.constantFrom("example.org", ".Example.org", "a.example.org")),
    maxAgeSeconds: maybe(fc.integer({ min: -5, max: 40_000_000 })),
    expiresAt: maybe(fc.integer({ min: NOW, max: NOW + 1e12 })),
    secure: maybe(fc.boolean()),
    httpOnly: maybe(fc.boolean()),
    sameSite: maybe(fc.constantFrom("lax", "strict", "none")),
    partitioned: maybe(fc.boolean()),
    priority: maybe(fc.constantFrom("low", "medium", "high")),
  });

  const tryTo = (write: () => string): string | undefined => {
    try {
      return write();
    } catch (error) {
      assert.ok(error instanceof InvalidCookie || error instanceof CookieTooLarge, String(error));
      return undefined;
    }
  };

  it("any name, value and attributes either throw or survive the trip", () => {
    let written = 0;
    fc.assert(
      fc.property(names, values, attributes, (name, value, loose) => {
        const wanted = loose as CookieAttributes;
        const line = tryTo(() => serializeCookie(name, value, wanted));
        if (line === undefined) return;
        written++;
        assert.match(line, /^[\x20-\x7e]+$/);
        const read = parseSetCookieLine(line);
        assert.ok(typeof read !== "string", `dropped: ${String(read)}`);
        assert.equal(read.name, name);
        assert.equal(read.value, value);
        assert.equal(read.path, wanted.path ?? "/");
        assert.equal(read.domain, wanted.domain?.replace(/^\./, "").toLowerCase() ?? null);
        assert.equal(read.maxAgeSeconds, wanted.maxAgeSeconds ?? null);
        assert.equal(read.expiresAt, wanted.expiresAt === undefined ? null : Math.floor(wanted.expiresAt / 1000) * 1000);
        assert.equal(read.secure, wanted.secure ?? false);
        assert.equal(read.httpOnly, wanted.httpOnly ?? false);
        assert.equal(read.sameSite, wanted.sameSite ?? "lax");
        assert.equal(read.partitioned, wanted.partitioned ?? false);
        const expected = [
          "path",
          ...(wanted.domain === undefined ? [] : ["domain"]),
          ...(wanted.maxAgeSeconds === undefined ? [] : ["max-age"]),
          ...(wanted.expiresAt === undefined ? [] : ["expires"]),
          ...(wanted.secure === true ? ["secure"] : []),
          ...(wanted.httpOnly === true ? ["httponly"] : []),
          "samesite",
          ...(wanted.partitioned === true ? ["partitioned"] : []),
          ...(wanted.priority === undefined ? [] : ["priority"]),
        ];
        assert.deepEqual(read.attributeNames, expected);
      }),
      { numRuns: 5000 },
    );
    assert.ok(written > 200, `only ${written} lines were written: the property tests little`);
  });

  it("whatever is written, a browser keeps", () => {
    let kept = 0;
    fc.assert(
      fc.property(names, values, attributes, (name, value, loose) => {
        const wanted = loose as CookieAttributes;
        const line = tryTo(() => serializeCookie(name, value, wanted, NOW));
        if (line === undefined) return;
        if (wanted.maxAgeSeconds === 0 || (wanted.maxAgeSeconds === undefined && (wanted.expiresAt ?? Infinity) <= NOW)) return;
        const jar = new CookieJar();
        jar.receive([line], "https://a.example.org/shop/x", NOW - 1000);
        assert.deepEqual(jar.rejected, []);
        assert.equal(jar.get(name), value);
        kept++;
      }),
      { numRuns: 3000 },
    );
    assert.ok(kept > 100, `only ${kept} cookies were kept: the property tests little`);
  });
});

describe("CK-09 name and value fit into 4096 bytes", () => {
  it("4096 pass, 4097 throw", () => {
    assert.equal(serializeCookie("abc", "x".repeat(4093), {}).startsWith("abc=xxx"), true);
    assert.throws(
      () => serializeCookie("abc", "x".repeat(4094), {}),
      (error: unknown) => error instanceof CookieTooLarge && error.code === "COAT_COOKIE_TOO_LARGE" && error.message.includes('"abc"') && error.message.includes("4097") && !error.message.includes("xxx"),
    );
  });

  it("counts the bytes of the encoded value", () => {
    const snowmen = (count: number): string => encodeCookieValue("\u2603".repeat(count));
    assert.equal(snowmen(1).length, 9);
    serializeCookie("a", snowmen(455), {});
    assert.throws(() => serializeCookie("a", snowmen(456), {}), CookieTooLarge);
  });

  it("the limit is the browser's", () => {
    const jar = new CookieJar();
    jar.receive([serializeCookie("abc", "x".repeat(4093), {}), `abcd=${"x".repeat(4093)}`], "http://example.org/", NOW);
    assert.deepEqual(jar.list().map((cookie) => cookie.name), ["abc"]);
    assert.deepEqual(jar.rejected.map(({ reason }) => reason), ["too-large"]);
  });

  it("an attribute of more than 1024 bytes is refused", () => {
    serializeCookie("a", "b", { path: `/${"x".repeat(1023)}` });
    assert.throws(() => serializeCookie("a", "b", { path: `/${"x".repeat(1024)}` }), InvalidCookie);
  });
});

describe("TM-06 seconds are seconds", () => {
  it("maxAgeSeconds: 3600 is an hour in Max-Age, in Expires and in the browser", () => {
    const line = prepareCookie("a", {}).serialize("b", 3600, NOW + 999);
    assert.match(line, /; Max-Age=3600; Expires=Thu, 15 Jan 2026 13:00:00 GMT;/);
    const jar = new CookieJar();
    jar.receive([line], "http://example.org/", NOW);
    assert.equal(jar.list()[0]?.expiresAt, NOW + 3_600_000);
  });
});

describe("TM-09 Expires is IMF-fixdate in GMT", () => {
  it("for any instant", () => {
    const shape = /; Expires=(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3]\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} [0-2]\d:[0-5]\d:[0-5]\d GMT;/;
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1601, 0, 1), max: Date.UTC(9999, 11, 31) }), (expiresAt) => {
        assert.match(serializeCookie("a", "b", { expiresAt }), shape);
      }),
    );
  });

  it("in Calcutta, in an Arabic locale, and on a day on which clocks change", () => {
    const script = `
      const { prepareCookie } = await import(${JSON.stringify(new URL("../../src/cookie/serialize.ts", import.meta.url).href)});
      const at = (...parts) => prepareCookie("a", {}).serialize("b", 60, Date.UTC(...parts));
      console.log(at(2026, 0, 15, 12), at(2026, 2, 29, 0, 59), at(2026, 9, 25, 0, 59), new Date(0).getHours());
    `;
    const output = (TZ: string): string => {
      const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { env: { ...process.env, TZ, LANG: "ar_EG.UTF-8", LC_ALL: "ar_EG.UTF-8" }, encoding: "utf8" });
      assert.notEqual(stdout, "", stderr);
      return stdout.trim();
    };
    const line = (date: string): string => `a=b; Path=/; Max-Age=60; Expires=${date} GMT; SameSite=Lax`;
    const lines = [line("Thu, 15 Jan 2026 12:01:00"), line("Sun, 29 Mar 2026 01:00:00"), line("Sun, 25 Oct 2026 01:00:00")].join(" ");
    assert.equal(output("Asia/Kolkata"), `${lines} 5`);
    assert.equal(output("Europe/Berlin"), `${lines} 1`);
  });
});

describe("CK-21 removal", () => {
  it("a prepared cookie removes itself as the plain function does", () => {
    const attributes: CookieAttributes = { path: "/shop", domain: "example.org", secure: true, httpOnly: true, sameSite: "none", partitioned: true, priority: "low" };
    assert.equal(prepareCookie("sid", attributes).remove(), removeCookie("sid", attributes));
  });
});
