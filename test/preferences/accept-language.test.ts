import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { negotiateLanguage } from "coatcheck/preferences";
import fc from "fast-check";

const CASES: readonly (readonly [header: string | undefined, values: readonly string[], expected: string | null, why: string])[] = [
  [undefined, ["en"], null, "no header"],
  ["", ["en"], null, "an empty header"],
  ["de", ["en", "de"], "de", "an exact match"],
  ["DE", ["en", "de"], "de", "case does not count"],
  ["de", ["en", "DE"], "DE", "and the tag is given as it is listed"],
  ["de-CH-1996", ["en", "de", "de-CH"], "de-CH", "a range is cut from its end (RFC 4647 section 3.4)"],
  ["zh-Hant-CN-x-private1-private2", ["zh-Hant", "zh"], "zh-Hant", "with a single letter goes what follows it"],
  ["zh-Hant-CN-x-private1", ["zh-Hant-CN-x", "zh"], "zh", "the single letter itself is no place to stop"],
  ["en-GB, de;q=0.9", ["en-US", "de"], "de", "a range does not match a longer tag while another one matches exactly"],
  ["en-GB", ["de", "en-US"], "en-US", "but a relative is better than nothing"],
  ["pt-BR", ["en", "pt-PT"], "pt-PT", "the same"],
  ["fr;q=0.5, de;q=0.8", ["en", "fr", "de"], "de", "by quality"],
  ["fr, de", ["de", "fr"], "fr", "then by order"],
  ["de;q=0.5, fr;q=0.5", ["fr", "de"], "de", "also at equal quality"],
  ["de;q=0, fr;q=0.1", ["de", "fr"], "fr", "q=0 is a refusal"],
  ["de;q=0", ["de"], null, "with nothing else, nothing"],
  ["en;q=0, *", ["en", "de"], null, "the star is the application's default"],
  ["*", ["en", "de"], null, "also alone"],
  ["*;q=0.5, de;q=0.1", ["en", "de"], "de", "what is named comes before the default"],
  ["en-GB, en;q=0", ["en-GB", "en"], "en-GB", "what is asked for by name is not refused with its family"],
  ["de-CH, de;q=0", ["de"], null, "what is refused by name is not found by cutting"],
  ["de, *;q=0", ["en", "de-AT", "de"], "de", "a refused star leaves what was named"],
  ["de ; q=0.3 , fr ;Q=0.7", ["de", "fr"], "fr", "blanks and a capital Q"],
  ["de;q=1.5, fr;q=0.2", ["de", "fr"], "fr", "a quality above 1 is malformed"],
  ["de;q=0.1234, fr;q=0.2", ["de", "fr"], "fr", "as is one with four digits"],
  ["de;q=-1, de;q=, de;q=x, de;level=1, fr;q=0.001", ["de", "fr"], "fr", "and anything else"],
  ["d\u00e9, de_DE, a-verylongsubtag, 1, ;q=1, fr", ["de", "fr"], "fr", "malformed ranges are skipped"],
  ["__proto__, constructor, fr", ["fr"], "fr", "names of the language mean nothing"],
  [`${"xx,".repeat(31)}de`, ["de"], "de", "the 32nd range counts"],
  [`${"xx,".repeat(32)}de`, ["de"], null, "the 33rd does not"],
  [`${" ".repeat(1000)}de`, ["de"], null, "nor what comes after a thousand characters"],
];

describe("negotiateLanguage", () => {
  for (const [header, values, expected, why] of CASES) it(`${why}: ${JSON.stringify(header?.slice(0, 40))}`, () => assert.equal(negotiateLanguage(header, values), expected));

  it("never throws, and never gives anything unlisted or refused", () => {
    const tag = fc.constantFrom("en", "de", "de-CH", "fr", "zh-Hant", "*", "EN-gb");
    const part = fc.oneof(fc.tuple(tag, fc.constantFrom("", ";q=0", ";q=0.5", "; q=1", ";q=2")).map(([name, quality]) => name + quality), fc.string({ maxLength: 8 }));
    const values = ["en", "de", "de-CH", "fr", "zh-Hant"];
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const found = negotiateLanguage(parts.join(","), values);
        assert.ok(found === null || values.includes(found));
        const refusals = parts.join(",").split(",").map((one) => one.trim().toLowerCase());
        assert.ok(found === null || !refusals.includes(`${found.toLowerCase()};q=0`));
      }),
    );
  });

  it("DS-04 takes linear time for hostile headers", () => {
    const before = process.cpuUsage().user;
    for (const hostile of ["-".repeat(1e6), "a-".repeat(5e5), "de;q=0.".repeat(2e5), " ;".repeat(5e5), ",".repeat(1e6), `${"a".repeat(8)}-`.repeat(1e5)]) negotiateLanguage(hostile, ["de"]);
    assert.ok(process.cpuUsage().user - before < 500_000, "microseconds");
  });
});
