import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { CookieAttributes } from "../../src/cookie/attributes.ts";
import { removeCookie } from "../../src/cookie/removal.ts";
import { serializeCookie } from "../../src/cookie/serialize.ts";
import { CookieJar } from "../../src/testing/cookie-jar.ts";
import { parseSetCookieLine } from "../../src/testing/set-cookie-line.ts";

const NOW = Date.UTC(2026, 0, 15, 12, 0, 0);
const PAGE = "https://a.example.org/account/logout";

describe("CK-21 a removal repeats the attributes and ends in the past", () => {
  const full: CookieAttributes = { path: "/shop", domain: "example.org", secure: true, httpOnly: true, sameSite: "none", partitioned: true, priority: "low" };

  it("word for word", () => {
    assert.equal(
      removeCookie("sid", full),
      "sid=; Path=/shop; Domain=example.org; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly; SameSite=None; Partitioned; Priority=Low",
    );
  });

  for (const [attribute, word] of Object.entries({ path: "Path=/shop", domain: "Domain=example.org", secure: "Secure", httpOnly: "HttpOnly", sameSite: "SameSite=None", partitioned: "Partitioned", priority: "Priority=Low" })) {
    it(`repeats ${attribute}, and only when it was given`, () => {
      assert.ok(removeCookie("sid", full).split("; ").includes(word));
      const { [attribute as keyof CookieAttributes]: _, ...rest } = full;
      const without = attribute === "secure" ? {} : rest;
      assert.equal(removeCookie("sid", without).split("; ").includes(word), false);
    });
  }

  it("a lifetime among the attributes does not count", () => {
    const line = removeCookie("sid", { maxAgeSeconds: 60, expiresAt: NOW });
    assert.equal(line, "sid=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=Lax");
  });

  it("set, then removed: the browser holds nothing, whatever the attributes", () => {
    const bool = fc.boolean();
    const attributes = fc.record(
      {
        path: fc.constantFrom("/", "/shop", "/other"),
        domain: fc.constantFrom("example.org", ".A.example.org"),
        maxAgeSeconds: fc.integer({ min: 1, max: 34_560_000 }),
        secure: bool,
        httpOnly: bool,
        sameSite: fc.constantFrom("lax" as const, "strict" as const, "none" as const),
        partitioned: bool,
        priority: fc.constantFrom("low" as const, "high" as const),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.constantFrom("sid", "__Host-sid", "__Secure-sid", "__Http-sid", "__Host-Http-sid"), attributes, (name, loose) => {
        const prefixed = name.startsWith("__");
        const { domain, ...hostOnly } = loose;
        const base: CookieAttributes = name.startsWith("__Host-") ? { ...hostOnly, path: "/" } : domain === undefined ? hostOnly : { ...hostOnly, domain };
        const secure = prefixed || loose.sameSite === "none" || loose.partitioned === true || loose.secure === true;
        const chosen: CookieAttributes = { ...base, secure, ...(prefixed ? { httpOnly: true } : {}) };
        const jar = new CookieJar();
        jar.receive([serializeCookie(name, "v", chosen)], PAGE, NOW);
        assert.equal(jar.list().length, 1, JSON.stringify(jar.rejected));
        jar.receive([removeCookie(name, chosen)], PAGE, NOW);
        assert.deepEqual(jar.list(), []);
        assert.deepEqual(jar.rejected, []);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("PAIN-18 the cookie stays after logout when an attribute is missing from the removal", () => {
  const set: CookieAttributes = { path: "/shop", domain: "example.org", secure: true, partitioned: true };
  for (const forgotten of ["path", "domain", "partitioned", "secure"] as const) {
    it(`without ${forgotten} the browser would keep it; the jar that tests go by shows it`, () => {
      const jar = new CookieJar();
      jar.receive([serializeCookie("sid", "v", set)], PAGE, NOW);
      const careless = removeCookie("sid", set)
        .split("; ")
        .filter((part) => !part.toLowerCase().startsWith(forgotten))
        .join("; ");
      jar.receive([careless], PAGE, NOW);
      assert.equal(jar.get("sid"), "v");
      jar.receive([removeCookie("sid", set)], PAGE, NOW);
      assert.equal(jar.get("sid"), undefined);
    });
  }
});

describe("CK-04 setting and removing both carry Partitioned", () => {
  it("or the partitioned cookie would stay", () => {
    const attributes: CookieAttributes = { secure: true, sameSite: "none", partitioned: true };
    for (const line of [serializeCookie("__Host-sid", "v", attributes), removeCookie("__Host-sid", attributes)]) {
      const read = parseSetCookieLine(line);
      assert.ok(typeof read !== "string" && read.partitioned && read.secure);
    }
  });
});
