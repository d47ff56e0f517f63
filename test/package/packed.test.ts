import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { listOpenDoors, plannedCommands, readManifest } from "../../scripts/lib/doors.ts";
import { listLinks } from "../../scripts/lib/markdown.ts";
import { installPacked, packTarball } from "../support/packed.ts";

const doors = listOpenDoors(readManifest());
const snapshotFile = new URL("./export-names.json", import.meta.url);
const portable = ["node:async_hooks", "node:crypto", "node:diagnostics_channel"];
const tripwire = fileURLToPath(new URL("./tripwire.mjs", import.meta.url));
let folder = "";
let installed = "";

before(() => {
  folder = installPacked();
  installed = join(folder, "node_modules", "coatcheck");
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a module in a process of the consumer and returns what it prints as JSON. */
function runInConsumer(code: string): unknown {
  const file = join(folder, "probe.mjs");
  writeFileSync(file, code);
  const { stdout, stderr, status } = spawnSync(process.execPath, [file], { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

describe("the tarball", () => {
  it("holds what users need and nothing else", () => {
    const paths = globSync("**/*", { cwd: installed }).filter((path) => statSync(join(installed, path)).isFile());
    const stray = paths.filter((path) => !/^(package\.json|(README|CHANGELOG|CONTRIBUTING|SECURITY)\.md|LICENSE|docs\/.*\.(md|png)|src\/.*\.ts|dist\/.*(\.js|\.d\.ts|\.d\.ts\.map))$/.test(path));
    assert.deepEqual(stray, []);
    for (const needed of ["README.md", "LICENSE", "CHANGELOG.md", "SECURITY.md", "docs/README.md", "docs/guide/first-steps.md", "docs/errors.md"]) assert.ok(paths.includes(needed), `${needed} is missing`);
    assert.ok(statSync(packTarball()).size < 1_500_000, "the tarball is larger than 1.5 MB");
  });

  it("links of its documents lead to what is in it, tests and examples aside", () => {
    const dead = globSync(["*.md", "docs/**/*.md"], { cwd: installed }).flatMap((document) =>
      listLinks(readFileSync(join(installed, document), "utf8"))
        .filter(({ target }) => !/^([a-z]+:|#)/.test(target))
        .map(({ target }) => posix.join(dirname(document), target.replace(/#.*$/, "")))
        .filter((target) => !/^(test|examples)\//.test(target) && !existsSync(join(installed, target)))
        .map((target) => `${document}: ${target}`),
    );
    assert.deepEqual(dead, []);
  });

  it("RT-05 brings no run-time dependency, and asks for none", () => {
    const manifest = readManifest(installed);
    assert.deepEqual({ ...manifest.dependencies, ...manifest.optionalDependencies }, {});
    assert.deepEqual(
      Object.keys(manifest.peerDependencies ?? {}).filter((peer) => manifest.peerDependenciesMeta?.[peer]?.optional !== true),
      [],
    );
    assert.deepEqual(
      globSync("*", { cwd: join(folder, "node_modules") }).filter((name) => name !== "coatcheck"),
      [],
    );
  });

  it("runs no script when it is installed", () => {
    const { scripts = {} } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as { scripts?: Record<string, string> };
    assert.deepEqual(
      Object.keys(scripts).filter((name) => ["preinstall", "install", "postinstall", "prepare"].includes(name)),
      [],
    );
  });

  for (const name of Object.keys(readManifest().bin).filter((command) => !plannedCommands.includes(command))) it(`has a command ${name} that says what it can do`, () => {
    const text = execFileSync(process.execPath, [join(folder, "node_modules", ".bin", name), "--help"], { cwd: folder, encoding: "utf8" });
    assert.match(text, /coatcheck/);
  });
});

describe("every door of the packed package", () => {
  it("is in the snapshot with the names that it exports (UPDATE_EXPORTS=1 writes it anew)", () => {
    const found = runInConsumer(
      `const names = {};
       for (const specifier of ${JSON.stringify(doors.map(({ specifier }) => specifier))}) names[specifier] = Object.keys(await import(specifier)).sort();
       console.log(JSON.stringify(names));`,
    );
    if (process.env["UPDATE_EXPORTS"]) writeFileSync(snapshotFile, `${JSON.stringify(found, null, 2)}\n`);
    assert.deepEqual(found, JSON.parse(readFileSync(snapshotFile, "utf8")));
  });

  for (const { specifier, types } of doors) {
    describe(specifier, () => {
      it("has types, and exports no default", () => {
        assert.ok(existsSync(join(installed, types)), `${types} is missing`);
        assert.deepEqual(runInConsumer(`console.log(JSON.stringify("default" in await import(${JSON.stringify(specifier)})))`), false);
      });

      it("RT-03 does nothing when it is imported: no timer, handle, file, environment read or global patch", () => {
        assert.deepEqual(runInConsumer(readFileSync(tripwire, "utf8").replaceAll("SPECIFIER", specifier)), []);
      });
    });
  }
});

describe("the tripwire of RT-03", () => {
  const sins: readonly [name: string, code: string, expected: RegExp][] = [
    ["a timer", "setInterval(() => {}, 1000).unref();", /setInterval/],
    ["a file", 'import { readFileSync } from "node:fs"; try { readFileSync("x"); } catch {}', /readFileSync/],
    ["an environment read", "export const a = process.env.HOME;", /process\.env\.HOME/],
    ["a new global", "globalThis.coat = 1;", /coat/],
    ["a patched prototype", "Array.prototype.last = function () {};", /Array\.prototype/],
    ["a replaced method", "Date.now = () => 0;", /Date/],
    ["a process listener", 'process.on("exit", () => {});', /exit/],
    ["an open handle", 'import dgram from "node:dgram"; dgram.createSocket("udp4").bind(0, "127.0.0.1");', /UDP/],
  ];
  for (const [name, sin, expected] of sins) {
    it(`catches ${name}`, () => {
      const module = join(folder, "sin.mjs");
      writeFileSync(module, sin);
      const found = runInConsumer(readFileSync(tripwire, "utf8").replaceAll("SPECIFIER", "./sin.mjs")) as string[];
      assert.match(found.join("\n"), expected);
    });
  }
});

describe("what the doors lead to at run time", () => {
  const listModules = (specifier: string): { own: string[]; builtin: string[]; foreign: string[] } =>
    runInConsumer(
      `import { registerHooks } from "node:module";
       const own = [], builtin = [], foreign = [];
       registerHooks({ resolve(specifier, context, next) {
         const { url } = next(specifier, context);
         (url.startsWith("node:") ? builtin : url.includes("/node_modules/coatcheck/") ? own : foreign).push(url);
         return next(specifier, context);
       } });
       await import(${JSON.stringify(specifier)});
       console.log(JSON.stringify({ own: [...new Set(own)], builtin: [...new Set(builtin)].sort(), foreign }));`,
    ) as { own: string[]; builtin: string[]; foreign: string[] };

  it("RT-05 is the package itself, for every door", () => {
    for (const { specifier } of doors) assert.deepEqual(listModules(specifier).foreign, [], specifier);
  });

  for (const specifier of ["coatcheck", "coatcheck/fetch", "coatcheck/memory", "coatcheck/cookie"].filter((name) => doors.some((door) => door.specifier === name))) {
    it(`is portable from ${specifier}: of Node only ${portable.join(", ")}`, () => {
      const { own, builtin } = listModules(specifier);
      assert.ok(own.length > 0);
      assert.deepEqual(
        builtin.filter((name) => !portable.includes(name)),
        [],
      );
    });
  }

  it("leaves drivers of other stores out of the main door", () => {
    const stores = listModules("coatcheck").own.filter((url) => /\/dist\/stores\/(redis|postgres|mysql|memcached|file)\b/.test(url));
    assert.deepEqual(stores, []);
  });
});
