import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

const text = readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8");
const { packages } = JSON.parse(text) as { packages: Record<string, LockedPackage & { optionalDependencies?: Record<string, string> }> };
const installed = Object.entries(packages).filter(([path]) => path !== "");

describe("the lock file", () => {
  it("pins every package by version and digest", () => {
    assert.ok(installed.length > 100);
    assert.deepEqual(
      installed.filter(([, { version, integrity }]) => !version || !/^sha512-/.test(integrity ?? "")).map(([path]) => path),
      [],
    );
  });

  it("names no host that packages come from", () => {
    assert.doesNotMatch(text, /"resolved"/);
  });

  it("holds the packages of every platform, without which npm ci refuses it elsewhere", () => {
    const missing = installed.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages)),
    );
    assert.deepEqual(missing, []);
  });

  it("has one package with an install script, the pinned Node", () => {
    assert.deepEqual(
      installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path),
      ["node_modules/node"],
    );
  });

  it("RT-05 has nothing but development dependencies", () => {
    assert.deepEqual(
      installed.filter(([, { dev, devOptional }]) => !dev && !devOptional).map(([path]) => path),
      [],
    );
  });
});
