import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createRandom } from "../../src/crypto/random.ts";
import { hasCsrfLettersOnly, makeCsrfSecret, maskCsrfSecret, maskCsrfSecretWith, matchesCsrfSecret, readCsrfSecret, unmaskCsrfToken } from "../../src/formats/django-csrf.ts";
import { checkDjangoCsrf, type DjangoCsrfRequest } from "../../src/formats/django-csrf-check.ts";

const random = createRandom();
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const secrets = fc.string({ unit: fc.constantFrom(...letters), minLength: 32, maxLength: 32 });

describe("Django's CSRF token", () => {
  it("unmasks to the secret that was masked, for any secret and mask", () => {
    fc.assert(fc.property(secrets, secrets, (secret, mask) => {
      const token = maskCsrfSecretWith(secret, mask);
      assert.equal(unmaskCsrfToken(token), secret);
      assert.equal(readCsrfSecret(token), secret);
      assert.equal(readCsrfSecret(secret), secret);
      assert.equal(token.slice(0, 32), mask);
      assert.equal(matchesCsrfSecret(secret, token), true);
      assert.equal(matchesCsrfSecret(secret, secret), true);
    }));
  });

  it("matches no other secret, in whichever letter it differs", () => {
    fc.assert(fc.property(secrets, fc.nat(31), fc.integer({ min: 1, max: 61 }), (secret, at, step) => {
      const letter = letters[(letters.indexOf(secret[at] as string) + step) % 62] as string;
      const other = secret.slice(0, at) + letter + secret.slice(at + 1);
      assert.equal(matchesCsrfSecret(secret, maskCsrfSecret(other, random)), false);
      assert.equal(matchesCsrfSecret(secret, other), false);
    }));
  });

  it("draws every letter equally often", () => {
    const counts = new Map<string, number>();
    for (let round = 0; round < 4000; round++) for (const letter of makeCsrfSecret(random)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    assert.equal(counts.size, 62);
    const expected = (4000 * 32) / 62;
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 61 degrees of freedom: beyond 130 once in a million runs. Bytes modulo 62 would give about 500.
    assert.ok(chiSquare < 130, String(chiSquare));
  });

  it("draws again as long as the source gives bytes that would be unfair", () => {
    let calls = 0;
    const unfair = createRandom((bytes) => {
      bytes.fill(calls++ < 1 ? 250 : 5);
    });
    assert.equal(makeCsrfSecret(unfair), "f".repeat(32));
    assert.ok(calls >= 2);
  });

  it("refuses to mask what is no secret", () => {
    for (const text of ["", "a", "a".repeat(31), "a".repeat(33), `${"a".repeat(31)}!`, `${"a".repeat(31)}é`, `${"a".repeat(31)}\n`]) {
      assert.throws(() => maskCsrfSecret(text, random), RangeError);
      assert.throws(() => maskCsrfSecretWith("a".repeat(32), text), RangeError);
    }
  });
});

describe("CS-10 the secret is long, and masked afresh each time", () => {
  it("two tokens differ, both match, and unmask to one secret", () => {
    const secret = makeCsrfSecret(random);
    const first = maskCsrfSecret(secret, random);
    const second = maskCsrfSecret(secret, random);
    assert.notEqual(first, second);
    assert.equal(unmaskCsrfToken(first), secret);
    assert.equal(unmaskCsrfToken(second), secret);
    assert.ok(32 * Math.log2(62) > 128);
  });

  it("a thousand tokens share no window of 8 letters", () => {
    const secret = makeCsrfSecret(random);
    const seen = new Set<string>();
    for (let round = 0; round < 1000; round++) {
      const token = maskCsrfSecret(secret, random);
      for (let at = 0; at + 8 <= token.length; at++) {
        const window = token.slice(at, at + 8);
        assert.ok(!seen.has(window));
        seen.add(window);
      }
    }
  });
});

describe("CS-14 missing, empty and malformed values on either side never match", () => {
  const secret = makeCsrfSecret(random);
  const bad: readonly unknown[] = ["", undefined, null, 0, true, [], [secret], {}, { length: 32 }, Symbol("x"), 1n, "a".repeat(1_000_000), "!".repeat(32), "é".repeat(64), "a".repeat(63), "\u0000".repeat(32), " ".repeat(64), "undefined", "null"];

  it("against a good secret", () => {
    for (const token of bad) assert.equal(matchesCsrfSecret(secret, token), false);
  });

  it("against each other: an absent secret is met by nothing", () => {
    for (const absent of ["", "undefined", "null", "!".repeat(32), " ".repeat(32), "a".repeat(31)]) {
      for (const token of [...bad, absent, secret, "a".repeat(32), "a".repeat(64)]) assert.equal(matchesCsrfSecret(absent, token), false);
    }
  });

  it("and read as nothing", () => {
    for (const text of bad) if (typeof text === "string") assert.equal(readCsrfSecret(text), null);
    assert.equal(unmaskCsrfToken(secret), null);
    assert.equal(hasCsrfLettersOnly(`${secret}\n`), false);
  });
});

describe("checkDjangoCsrf", () => {
  const secret = makeCsrfSecret(random);
  const request: DjangoCsrfRequest = {
    method: "POST", isSecure: true, host: "shop.example", origin: null, referer: "https://shop.example/form", stored: secret, formToken: maskCsrfSecret(secret, random), headerToken: null,
  };
  const settings = { release: "6.1", isInSession: false, trustedOrigins: ["https://pay.example", "https://*.partner.example"] } as const;

  it("takes trusted hosts and subdomains, and no look-alikes", () => {
    for (const referer of ["https://shop.example/", "https://pay.example/x", "https://a.partner.example/", "https://partner.example/?q#f"]) {
      assert.equal(checkDjangoCsrf({ ...request, referer }, settings), null, referer);
    }
    for (const referer of ["https://shop.example.evil.example/", "https://evilpartner.example/", "https://shop.example@evil.example/", "https://evil.example/https://shop.example", "https://shop.example:444/", "//shop.example/", "shop.example"]) {
      assert.match(checkDjangoCsrf({ ...request, referer }, settings) ?? "", /^Referer checking failed/, referer);
    }
    for (const origin of ["null", "https://evil.example", "http://shop.example", "https://evilpartner.example", "http://a.partner.example", ""]) {
      assert.match(checkDjangoCsrf({ ...request, origin }, settings) ?? "", /^Origin checking failed/, origin);
    }
    assert.equal(checkDjangoCsrf({ ...request, origin: "https://a.partner.example" }, settings), null);
  });

  it("takes the token of a body from a POST only", () => {
    assert.equal(checkDjangoCsrf({ ...request, method: "PUT" }, settings), "CSRF token missing.");
    assert.equal(checkDjangoCsrf({ ...request, method: "PUT", headerToken: request.formToken }, settings), null);
  });
});
