import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

describe("the files of measured answers", () => {
  it("each is run by a test", () => {
    const sources = ["test/formats", "test/auth/hashers"].flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith(".vectors.test.ts")).map((name) => readFileSync(join(folder, name), "utf8")));
    const run = sources.flatMap((source) => [...source.matchAll(/^runVectors\("(\w+)"/gm)].map((match) => match[1]));
    const files = readdirSync("test/vectors").filter((name) => name.endsWith(".json") && name !== "not-applicable.json").map((name) => name.replace(".json", ""));
    assert.deepEqual(run.toSorted(), files.toSorted());
  });

  it("what waits for Django mode is played once that is there", () => {
    const waiting = readFileSync("test/vectors/not-applicable.json", "utf8").includes("is not built yet");
    assert.equal(waiting, !existsSync("src/django"));
  });
});
