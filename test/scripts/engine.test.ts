import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { requireEngine } from "../support/engine.ts";

describe("requireEngine", () => {
  const ci = process.env["CI"];
  before(() => delete process.env["CI"]);
  after(() => {
    if (ci !== undefined) process.env["CI"] = ci;
  });

  it("skips nothing when the engine is there", () => {
    assert.equal(requireEngine("redis", () => true), false);
  });

  it("gives a reason that names the engine and the cure", () => {
    assert.match(String(requireEngine("redis", () => false)), /^missing engine: redis .*scripts\/provision/);
  });

  it("throws where CI is set, since a skip would look green", () => {
    process.env["CI"] = "true";
    assert.throws(() => requireEngine("redis", () => false), /missing engine: redis/);
    delete process.env["CI"];
  });
});
