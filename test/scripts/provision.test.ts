import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";

const original = readFileSync(new URL("../../scripts/provision", import.meta.url), "utf8");
const onDebian = existsSync("/etc/os-release") && /^(ID|ID_LIKE)=.*debian/m.test(readFileSync("/etc/os-release", "utf8"));

/*
 * The script runs as a copy that wants one made-up package and keeps its policy in a folder of the test,
 * with an `id` and an `apt-get` that the test wrote.
 */
describe("scripts/provision", { skip: onDebian ? false : "this system is not Debian" }, () => {
  let folder = "";
  let script = "";
  let policy = "";
  const wish = (): string => join(folder, "made-up");
  const calls = (): string => (existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8") : "");

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "coatcheck-provision-"));
    mkdirSync(join(folder, "bin"));
    script = join(folder, "provision");
    policy = join(folder, "policy-rc.d");
    const copy = original.replace(/^wanted=\([^)]*\)/m, `wanted=("made-up=${wish()}")`).replace("/usr/sbin/policy-rc.d", policy);
    assert.notEqual(copy, original);
    writeFileSync(script, copy);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach(() => {
    for (const file of [wish(), policy, join(folder, "calls")]) rmSync(file, { force: true });
  });

  function provision(options: { user: number; apt: string }, ...args: string[]): { status: number | null; text: string } {
    const program = (name: string, body: string): void => {
      writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${body}\n`);
      chmodSync(join(folder, "bin", name), 0o755);
    };
    program("id", `echo ${options.user}`);
    program("apt-get", `echo "$@" >>${join(folder, "calls")}\n${options.apt}`);
    const { status, stdout, stderr } = spawnSync("bash", [script, ...args], { encoding: "utf8", env: { ...process.env, PATH: `${join(folder, "bin")}:${process.env["PATH"]}` } });
    return { status, text: stdout + stderr };
  }
  const install = (): string => `case "$*" in *install*) cat ${policy} >${join(folder, "policy-seen")}; touch ${wish()};; esac`;

  it("does nothing, without a word, when everything is there", () => {
    writeFileSync(wish(), "");
    assert.deepEqual(provision({ user: 0, apt: "exit 9" }), { status: 0, text: "" });
    assert.equal(calls(), "");
  });

  it("says what to install when it is not root, and lets the tests go on", () => {
    const { status, text } = provision({ user: 1000, apt: "exit 9" });
    assert.equal(status, 0);
    assert.match(text, /made-up[\s\S]*apt-get install .*made-up/);
    assert.equal(calls(), "");
  });

  it("only looks when asked to", () => {
    const { status, text } = provision({ user: 0, apt: "exit 9" }, "--check");
    assert.equal(status, 1);
    assert.match(text, /made-up/);
    assert.equal(calls(), "");
  });

  it("updates once and installs what is missing, while a policy forbids services to start", () => {
    const { status, text } = provision({ user: 0, apt: install() });
    assert.equal(status, 0, text);
    assert.deepEqual(
      calls().trim().split("\n").map((call) => /\b(update|install.*)$/.exec(call)?.[1]),
      ["update", "install --yes --no-install-recommends made-up"],
    );
    assert.match(readFileSync(join(folder, "policy-seen"), "utf8"), /exit 101/);
    assert.equal(existsSync(policy), false);
  });

  it("puts a policy of the machine's own back, also when apt fails", () => {
    writeFileSync(policy, "mine");
    const { status, text } = provision({ user: 0, apt: "echo no such package; exit 100" });
    assert.equal(status, 1);
    assert.match(text, /apt-get update failed:\nno such package/);
    assert.equal(readFileSync(policy, "utf8"), "mine");
  });

  it("fails when apt was content and the program is still not there", () => {
    const { status, text } = provision({ user: 0, apt: "exit 0" });
    assert.equal(status, 1);
    assert.match(text, /still not where the tests look: made-up/);
  });
});
