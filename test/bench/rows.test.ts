import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cookieHeader, ROWS, rowOf, seedData, sessionOf, USER } from "../../bench/rows.ts";

describe("rows of the benchmark", () => {
  it("hold sessions of the sizes that their names say", () => {
    assert.ok(Math.abs(JSON.stringify(seedData("/seed/4k")).length - 4096) < 24);
    assert.ok(Math.abs(JSON.stringify(seedData("/seed/100k")).length - 102_400) < 24);
    assert.ok(JSON.stringify(sessionOf(0)).length < 120);
    assert.equal(seedData("/seed/100k").user, USER);
  });

  it("have more sessions than requests in flight, so that no request waits for its neighbor", () => {
    for (const row of ROWS) if (row.seedPath !== undefined) assert.ok(row.sessions >= row.inFlight && row.operations + row.leadIn >= row.sessions, row.name);
  });

  it("put the session's cookie between those of others", () => {
    assert.match(cookieHeader("sid=t"), /^_ga=[^;]+; sid=t; consent=all; /);
    assert.doesNotMatch(cookieHeader(undefined), /sid|undefined/);
    assert.equal(rowOf("100 KiB").path, "/read");
  });
});
