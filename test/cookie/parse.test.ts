import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { findCookie, findCookies, parseCookies } from "../../src/cookie/parse.ts";

/**
 * The public cookie vectors are not part of this repository. The cases below are of the same classes, and this small
 * splitter, which knows no limits and no short cuts, says what any other header must give.
 */
function splitSlowly(header: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (const piece of header.split(";")) {
    const equals = piece.indexOf("=");
    if (equals === -1) continue;
    const name = piece.slice(0, equals).replace(/^[ \t]+|[ \t]+$/g, "");
    if (name !== "") pairs.push([name, piece.slice(equals + 1).replace(/^[ \t]+|[ \t]+$/g, "")]);
  }
  return pairs;
}

function firstOfEach(pairs: [string, string][]): Map<string, string> {
  const first = new Map<string, string>();
  for (const [name, value] of pairs) if (!first.has(name)) first.set(name, value);
  return first;
}

function agreesWithSplitter(header: string, names: readonly string[] = []): void {
  const pairs = splitSlowly(header);
  const expected = firstOfEach(pairs);
  assert.deepEqual([...parseCookies(header)], [...expected]);
  for (const name of [...expected.keys(), ...names]) {
    const values = pairs.filter(([other]) => other === name).map(([, value]) => value);
    assert.equal(findCookie(header, name), expected.get(name), `findCookie ${JSON.stringify(name)}`);
    assert.deepEqual(findCookies(header, name, 3), values.slice(0, 4), `findCookies ${JSON.stringify(name)}`);
  }
}

describe("CK-13 only the semicolon and the first equals sign divide a Cookie header", () => {
  const cases: [header: string, pairs: [string, string][]][] = [
    ["a=1", [["a", "1"]]],
    ["a=1; b=2", [["a", "1"], ["b", "2"]]],
    ["a=1;b=2", [["a", "1"], ["b", "2"]]],
    ["a = 1 ;\tb\t=\t2\t", [["a", "1"], ["b", "2"]]],
    ["a=", [["a", ""]]],
    ["a=b=c==", [["a", "b=c=="]]],
    ['a="1; b=2"', [["a", '"1'], ["b", '2"']]],
    ['a="quoted"', [["a", '"quoted"']]],
    ["a=1, b=2", [["a", "1, b=2"]]],
    ["$Version=1; a=1; $Path=/", [["$Version", "1"], ["a", "1"], ["$Path", "/"]]],
    ["a=\\073; b=2", [["a", "\\073"], ["b", "2"]]],
    ["%73id=1", [["%73id", "1"]]],
    ["__%48ost-sid=1", [["__%48ost-sid", "1"]]],
    ["a.b[c]=1; a_b=2", [["a.b[c]", "1"], ["a_b", "2"]]],
    ["a b=1", [["a b", "1"]]],
    ["a=1 b=2", [["a", "1 b=2"]]],
    ["a=\u00e9; \u00ff=2", [["a", "\u00e9"], ["\u00ff", "2"]]],
  ];
  for (const [header, pairs] of cases) {
    it(JSON.stringify(header), () => {
      assert.deepEqual([...parseCookies(header)], pairs);
      agreesWithSplitter(header);
    });
  }

  it("agrees with the small splitter on any header", () => {
    const piece = fc.oneof(
      fc.constantFrom(";", "; ", "=", " ", "\t", '"', ",", "%", "\\", "sid", "__Host-sid", "a", "\u00a0", "sid=1", "; sid=2"),
      fc.string({ maxLength: 4, unit: "binary" }),
    );
    const headers = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(headers, fc.string({ maxLength: 3 }), (header, name) => agreesWithSplitter(header, ["sid", "a", "", " ", "=", ";", "a=", " a", "a ", name])),
      { numRuns: 2000 },
    );
  });
});

describe("CK-14 Unicode spaces belong to the name", () => {
  const spaces = ["\u00a0", "\ufeff", "\u0085", "\u2003", "\u2028", "\u3000", "\u000b", "\u000c", "\u001c", "\u00e2\u0080\u0080", "\u0000", "\u007f"];
  for (const space of spaces) {
    it(`planted with ${JSON.stringify(space)}, before and after the real one`, () => {
      for (const name of [`${space}sid`, `sid${space}`, `${space}sid${space}`, ` ${space} sid`]) {
        assert.equal(findCookie(`${name}=evil`, "sid"), undefined);
        assert.equal(parseCookies(`${name}=evil`).has("sid"), false);
        for (const header of [`${name}=evil; sid=good`, `sid=good; ${name}=evil`]) {
          assert.equal(findCookie(header, "sid"), "good");
          assert.equal(parseCookies(header).get("sid"), "good");
          assert.deepEqual(findCookies(header, "sid", 9), ["good"]);
        }
      }
    });
  }
});

describe("CK-15 nameless cookies never get a name", () => {
  for (const header of ["sid", "=sid", "=sid=evil", "==sid=evil", "===sid=evil", " = sid=evil", "x; =sid=evil; y", "=__Host-sid=evil", "\t=\tsid=evil"]) {
    it(header, () => {
      for (const name of ["sid", "__Host-sid", ""]) {
        assert.equal(findCookie(header, name), undefined);
        assert.deepEqual(findCookies(header, name, 9), []);
      }
      assert.equal(parseCookies(header).size, 0);
    });
  }
});

describe("CK-16 names compare byte for byte", () => {
  it("another case is another cookie", () => {
    const header = "__host-sid=a; __HOST-SID=b; __Host-SID=c";
    assert.equal(findCookie(header, "__Host-sid"), undefined);
    assert.equal(findCookie(`${header}; __Host-sid=d`, "__Host-sid"), "d");
    assert.equal(parseCookies(header).size, 3);
  });

  it("a name that ends or begins with the one looked for is another cookie", () => {
    assert.equal(findCookie("xsid=1; sidx=2; x-sid=3; sid-x=4; x=sid; x=sid=5; y= sid=6", "sid"), undefined);
  });
});

describe("CK-17 a second cookie of the same name is seen", () => {
  it("findCookies gives all, and one more than asked for so that too many can be told", () => {
    assert.deepEqual(findCookies("sid=a; x=1; sid=b", "sid", 2), ["a", "b"]);
    assert.deepEqual(findCookies("sid=a; sid=b; sid=c", "sid", 1), ["a", "b"]);
    assert.deepEqual(findCookies("sid=a", "sid", 1), ["a"]);
    assert.deepEqual(findCookies("", "sid", 1), []);
  });

  it("the first one wins where only one is asked for", () => {
    assert.equal(findCookie("sid=a; sid=b", "sid"), "a");
    assert.equal(parseCookies("sid=a; sid=b").get("sid"), "a");
  });
});

describe("CK-18 a bad pair does not spoil the rest", () => {
  it("reads what surrounds it", () => {
    const cookies = parseCookies("a=1; bad:x=2; =; ;; %E0%A4%A=%E0%A4%A; b=2");
    assert.deepEqual([...cookies], [["a", "1"], ["bad:x", "2"], ["%E0%A4%A", "%E0%A4%A"], ["b", "2"]]);
  });

  it("nothing throws", () => {
    for (const header of ["", ";", "=", ";;;===", "\0", "\ud800=\udfff", " ", "\t;\t"]) {
      agreesWithSplitter(header, ["sid", "", "\0"]);
    }
  });
});

describe("CK-20 the parsed cookies have no prototype in reach", () => {
  it("names of Object.prototype are ordinary names", () => {
    const cookies = parseCookies("__proto__=1; constructor=2; toString=3; hasOwnProperty=4");
    assert.deepEqual([...cookies], [["__proto__", "1"], ["constructor", "2"], ["toString", "3"], ["hasOwnProperty", "4"]]);
    assert.equal(cookies.get("valueOf"), undefined);
    assert.equal(findCookie("__proto__=1", "valueOf"), undefined);
  });
});

describe("CK-28 a value has one spelling: it is handed over as it stands", () => {
  it("an escaped, padded or quoted token is a different text", () => {
    for (const spelling of ["%41bc", "Abc=", '"Abc"', "Abc%20", "Abc\u00a0", "Abc,", "Abc+"]) {
      assert.equal(findCookie(`sid=${spelling}`, "sid"), spelling);
      assert.notEqual(findCookie(`sid=${spelling}`, "sid"), "Abc");
    }
  });
});

describe("DS-03 how much of a header is looked at is bounded", () => {
  const many = (count: number): string => "x=1;".repeat(count);

  it("1000 pairs, empty ones included", () => {
    assert.equal(parseCookies(`${many(999)}sid=1`).get("sid"), "1");
    assert.equal(findCookie(`${many(999)}sid=1`, "sid"), "1");
    for (const header of [`${many(1000)}sid=1`, `${";".repeat(1000)}sid=1`]) {
      assert.equal(parseCookies(header).get("sid"), undefined);
      assert.equal(findCookie(header, "sid"), undefined);
      assert.deepEqual(findCookies(header, "sid", 5), []);
    }
    assert.equal(findCookies("sid=1;".repeat(3000), "sid", 5000).length, 1000);
  });

  it("64 KiB; a pair that reaches over the edge is left out and not cut", () => {
    const filled = (length: number): string => `pad=${"x".repeat(length - 5)};`;
    const last = `${filled(65_536 - 5)}sid=1`;
    assert.equal(last.length, 65_536);
    assert.equal(parseCookies(last).get("sid"), "1");
    assert.equal(findCookie(last, "sid"), "1");
    for (const header of [`${last}2`, `${filled(70_000)}sid=1`]) {
      assert.equal(parseCookies(header).get("sid"), undefined);
      assert.equal(findCookie(header, "sid"), undefined);
      assert.deepEqual(findCookies(header, "sid", 5), []);
    }
  });
});

describe("DS-04 time grows with the length of the header, not with its square", () => {
  // One MiB of each: a parser with quadratic time would need minutes for one of these, this one needs milliseconds.
  for (const unit of [";", "=", " ", "\t", '"', "%", ",", ".", "a;", "=;", " ;", "sid", "sid ", "sid\t=", ";sid", "; sid =", "ssid=", "si", " sid;"]) {
    it(JSON.stringify(unit), () => {
      const header = unit.repeat(1_048_576 / unit.length);
      const start = performance.now();
      parseCookies(header);
      findCookies(header, "sid", 10_000);
      for (const name of ["sid", "missing", "", " ", "s", "sid ", ";", "="]) findCookie(header, name);
      assert.ok(performance.now() - start < 3000);
    });
  }
});
