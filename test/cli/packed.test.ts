import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { installPacked } from "../support/packed.ts";

let folder = "";
before(() => {
  folder = installPacked();
  writeFileSync(
    join(folder, "coatcheck.config.ts"),
    `import { createCoatcheck, type Coatcheck } from "coatcheck";
     export const cloakroom: Coatcheck = createCoatcheck({ production: false });
     export const silencedChecks: string[] = [];`,
  );
});
after(() => rmSync(folder, { recursive: true, force: true }));

const coatcheck = (words: readonly string[], flags: readonly string[] = []): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [...flags, join(folder, "node_modules", "coatcheck", "dist", "cli", "main.js"), ...words], { cwd: folder, encoding: "utf8", timeout: 30_000 });

describe("the command of the packed package", () => {
  it("runs as npx runs it", { skip: process.platform === "win32" && "the link is a script there" }, () => {
    const { status, stdout, stderr } = spawnSync(join(folder, "node_modules", ".bin", "coatcheck"), ["secret"], { cwd: folder, encoding: "utf8", env: { ...process.env, PATH: `${join(process.execPath, "..")}:${process.env["PATH"] ?? ""}` } });
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^[\w-]{43}\n$/);
  });

  it("works on the application's own store", () => {
    for (const [words, expected] of [[["migrate"], 0], [["migrate", "--check"], 0], [["store", "--probe"], 0], [["sessions", "list"], 0], [["clearsessions"], 0], [["check"], 0], [["check", "--deploy"], 1], [["shops"], 2]] as const) {
      const { status, stdout, stderr } = coatcheck(words);
      assert.equal(status, expected, `${words.join(" ")}: ${stdout}${stderr}`);
    }
  });

  it("starts itself again where Node does not read TypeScript by itself, and hands the exit code on", () => {
    const [found] = ["--no-strip-types", "--no-experimental-strip-types"].filter((flag) => process.allowedNodeEnvironmentFlags.has(flag.replace("no-", "")));
    assert.ok(found !== undefined);
    const answer = spawnSync(process.execPath, [found, "-p", "process.features.typescript"], { encoding: "utf8" });
    assert.equal(answer.stdout, "false\n", "the flag does not do what this test needs");
    for (const [words, expected] of [[["sessions", "list"], 0], [["check", "--deploy"], 1], [["sessions", "list", "--limit", "0"], 2]] as const) {
      const { status, stdout, stderr } = coatcheck(words, [found]);
      assert.equal(status, expected, `${words.join(" ")}: ${stdout}${stderr}`);
      assert.doesNotMatch(stderr, /Warning/);
    }
  });
});
