import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { listBlocks } from "../../scripts/lib/markdown.ts";
import { installPacked, linkPackages } from "../support/packed.ts";

/* Programs of users, each with compiler settings of its own, against the packed package and the types that users have. */
const consumers = fileURLToPath(new URL("./consumers/", import.meta.url));
const compiler = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
const readme = fileURLToPath(new URL("../../README.md", import.meta.url));
let folder = "";

before(() => {
  folder = installPacked();
  linkPackages(folder, ["@types", "express"]);
  cpSync(consumers, folder, { recursive: true });
});
after(() => rmSync(folder, { recursive: true, force: true }));

function compile(name: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, [compiler, "-p", join(folder, name), "--pretty", "false"], { cwd: folder, encoding: "utf8" });
  return (stdout + stderr).trim();
}

describe("consumers with settings of their own", () => {
  for (const name of globSync("*", { cwd: consumers }).sort()) {
    it(`${name} compiles`, () => {
      assert.equal(compile(name), "");
    });
  }

  it("would notice a wrong use", () => {
    const file = join(folder, "nodenext-strict", "wrong.ts");
    writeFileSync(file, 'import { createCoatcheck } from "coatcheck";\nexport const room = createCoatcheck({ sesion: {} });\n');
    assert.match(compile("nodenext-strict"), /wrong\.ts\(2,\d+\): error TS2561: .*sesion/);
    rmSync(file);
  });
});

describe("the ten lines of the README", () => {
  const [first] = listBlocks(readFileSync(readme, "utf8")).filter(({ language }) => language === "ts");

  for (const name of ["nodenext-strict", "bundler"]) {
    it(`compile with ${name}`, () => {
      assert.ok(first !== undefined, "README.md has no ts block");
      const alone = join(folder, `readme-${name}`);
      cpSync(join(folder, name, "tsconfig.json"), join(alone, "tsconfig.json"));
      writeFileSync(join(alone, "readme.ts"), first.text);
      assert.equal(compile(`readme-${name}`), "");
    });
  }
});
