import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseCookieDate, parseSetCookieLine } from "../../src/testing/set-cookie-line.ts";
import type { SetCookieLine } from "../../src/testing/set-cookie-line.ts";

function read(line: string): SetCookieLine {
  const parsed = parseSetCookieLine(line);
  assert.ok(typeof parsed !== "string", `dropped: ${String(parsed)}`);
  return parsed;
}

describe("name and value of a Set-Cookie line", () => {
  const cases: [line: string, name: string, value: string][] = [
    ["a=b", "a", "b"],
    [" a\t=  b  ; Path=/", "a", "b"],
    ["a=b=c", "a", "b=c"],
    ["a=", "a", ""],
    ["a", "", "a"],
    ["=a", "", "a"],
    ["==a", "", "=a"],
    ['a="b c"', "a", '"b c"'],
    ["a=b,c=d", "a", "b,c=d"],
    ["a=b\u00a0", "a", "b\u00a0"],
    ["a=\tb\tc", "a", "b\tc"],
  ];
  for (const [line, name, value] of cases) it(JSON.stringify(line), () => assert.deepEqual([read(line).name, read(line).value], [name, value]));
});

describe("lines that a browser ignores", () => {
  for (let code = 0; code < 0x20; code++) {
    if (code === 9) continue;
    it(`control character ${code}`, () => {
      for (const line of [`a${String.fromCharCode(code)}=b`, `a=b${String.fromCharCode(code)}`, `a=b; Path=/${String.fromCharCode(code)}`]) {
        assert.equal(parseSetCookieLine(line), "control-character");
      }
    });
  }

  it("others", () => {
    assert.equal(parseSetCookieLine("a=b\u007f"), "control-character");
    assert.equal(parseSetCookieLine(""), "empty");
    assert.equal(parseSetCookieLine("=; Path=/"), "empty");
    assert.equal(parseSetCookieLine("a=\u2603"), "not-header-bytes");
    assert.equal(parseSetCookieLine(`a=${"x".repeat(4096)}`), "too-large");
    assert.equal(read(`a=${"x".repeat(4095)}`).value.length, 4095);
  });
});

describe("attributes of a Set-Cookie line", () => {
  it("names have no case, the last one counts, blanks around do not", () => {
    const line = read("a=b; PATH = /x ;path=/y; Secure=no; HTTPONLY; samesite=STRICT; Domain=.Example.ORG; Max-age=5; Partitioned");
    assert.equal(line.path, "/y");
    assert.equal(line.domain, "example.org");
    assert.equal(line.maxAgeSeconds, 5);
    assert.equal(line.sameSite, "strict");
    assert.ok(line.secure && line.httpOnly && line.partitioned);
    assert.deepEqual(line.attributeNames, ["path", "path", "secure", "httponly", "samesite", "domain", "max-age", "partitioned"]);
  });

  it("malformed ones are as if absent", () => {
    const line = read("a=b; Path=x; Domain=; Max-Age=1.5; Expires=soon; SameSite=maybe");
    assert.deepEqual([line.path, line.domain, line.maxAgeSeconds, line.expiresAt, line.sameSite], [null, null, null, null, "default"]);
    assert.equal(read("a=b; Max-Age=+5").maxAgeSeconds, null);
    assert.equal(read("a=b; Max-Age=-5").maxAgeSeconds, -5);
    assert.equal(read("a=b; Path=/x; Path=relative").path, null);
  });

  it("one of more than 1024 bytes is ignored", () => {
    assert.equal(read(`a=b; Path=/${"x".repeat(1024)}`).path, null);
    assert.equal(read(`a=b; Path=/${"x".repeat(1023)}`).path?.length, 1024);
  });
});

describe("cookie dates", () => {
  const cases: [text: string, iso: string | undefined][] = [
    ["Thu, 15 Jan 2026 12:00:00 GMT", "2026-01-15T12:00:00.000Z"],
    ["Thursday, 15-Jan-26 12:00:00 GMT", "2026-01-15T12:00:00.000Z"],
    ["Thu Jan 15 12:00:00 2026", "2026-01-15T12:00:00.000Z"],
    ["15 january 2026 1:2:3", "2026-01-15T01:02:03.000Z"],
    ["1 Jan 70 00:00:00", "1970-01-01T00:00:00.000Z"],
    ["1 Jan 69 00:00:00", "2069-01-01T00:00:00.000Z"],
    ["1 Jan 1601 00:00:00", "1601-01-01T00:00:00.000Z"],
    ["1 Jan 1600 00:00:00", undefined],
    ["29 Feb 2026 00:00:00", undefined],
    ["29 Feb 2028 00:00:00", "2028-02-29T00:00:00.000Z"],
    ["32 Jan 2026 00:00:00", undefined],
    ["0 Jan 2026 00:00:00", undefined],
    ["1 Jan 2026 24:00:00", undefined],
    ["1 Jan 2026 00:60:00", undefined],
    ["1 Jan 2026 00:00:60", undefined],
    ["Jan 2026 00:00:00", undefined],
    ["1 2026 00:00:00", undefined],
    ["1 Jan 2026", undefined],
    ["1 Jan 00:00:00", undefined],
    ["", undefined],
  ];
  for (const [text, iso] of cases) {
    it(JSON.stringify(text), () => {
      const at = parseCookieDate(text);
      assert.equal(at === undefined ? undefined : new Date(at).toISOString(), iso);
    });
  }

  it("reads every date that a server may write", () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1601, 0, 1) / 1000, max: Date.UTC(9999, 11, 31) / 1000 }), (second) => {
        assert.equal(parseCookieDate(new Date(second * 1000).toUTCString()), second * 1000);
      }),
    );
  });
});
