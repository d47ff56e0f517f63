import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Floor } from "../../bench/floor.ts";

describe("the floor", () => {
  it("finds the session among other cookies, and a stranger without one", () => {
    const floor = new Floor("sid");
    floor.create("t1", { user: "ada" });
    assert.equal(floor.open("theme=dark; sid=t1; lang=en")?.get("user"), "ada");
    assert.equal(floor.open("sid=t1")?.get("user"), "ada");
    assert.equal(floor.open("theme=dark"), null);
    assert.equal(floor.open("sid=other"), null);
    assert.equal(floor.open(null), null);
  });

  it("stores what was changed, and only that", () => {
    const floor = new Floor("sid");
    floor.create("t1", { visits: 1 });
    const read = floor.open("sid=t1");
    assert.ok(read);
    read.data["visits"] = 99;
    floor.commit(read);
    assert.equal(floor.open("sid=t1")?.get("visits"), 1);
    const written = floor.open("sid=t1");
    assert.ok(written);
    written.set("visits", 2);
    floor.commit(written);
    assert.equal(floor.open("sid=t1")?.get("visits"), 2);
  });
});
