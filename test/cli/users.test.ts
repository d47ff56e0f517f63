import assert from "node:assert/strict";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { makeHashers, sqlUsers, verifyPassword } from "coatcheck/auth";
import { readNewPassword } from "../../src/cli/password-input.ts";
import { systemClock } from "../../src/clock.ts";
import { makeFolder, runCli, runJson } from "../support/cli.ts";

const PASSWORD = "a long walk home";
const NEXT = "an even longer walk";

const config = `import { createCoatcheck } from "coatcheck";
  import { sqlUsers } from "coatcheck/auth";
  import { sqliteStore } from "coatcheck/sqlite";
  export const cloakroom = createCoatcheck({ store: sqliteStore("PATH"), production: false, auth: { users: sqlUsers("PATH") } });`;

const makeApplication = (): { cwd: string; path: string } => {
  const cwd = makeFolder();
  const path = join(cwd, "shop.db");
  return { cwd: makeFolder({ "coatcheck.config.mjs": config.replaceAll("PATH", path) }), path };
};

describe("coatcheck createuser and changepassword", () => {
  it("make a user and change the password, read from standard input and never shown", async () => {
    const { cwd, path } = makeApplication();
    const made = await runJson<{ user: { username: string } }>(["createuser", "ada", "--email", "ada@shop.example", "--staff"], { cwd, input: `${PASSWORD}\n` });
    assert.deepEqual([made.code, made.document.user.username], [0, "ada"]);
    const changed = await runCli(["changepassword", "ada"], { cwd, input: `${NEXT}\nanother line\n` });
    assert.deepEqual([changed.code, changed.out], [0, "User ada has a new password, and their sessions are over.\n"]);
    const users = sqlUsers(path);
    const account = await users.findByUsername("ada");
    assert.ok(account !== null);
    assert.deepEqual([account.user.isStaff, account.user.isSuperuser, account.user.email], [true, false, "ada@shop.example"]);
    assert.equal((await verifyPassword(NEXT, account.passwordHash, makeHashers())).ok, true);
    assert.equal((await verifyPassword(PASSWORD, account.passwordHash, makeHashers())).ok, false);
    await users.close();
    assert.ok(![made.out, made.err, changed.out, changed.err].join("").includes("walk"));
  });

  it("make a superuser who is staff, and a user without a password", async () => {
    const { cwd, path } = makeApplication();
    assert.equal((await runCli(["createuser", "root", "--superuser", "--no-password"], { cwd })).code, 0);
    const users = sqlUsers(path);
    const account = await users.findByUsername("root");
    assert.deepEqual([account?.user.isStaff, account?.user.isSuperuser], [true, true]);
    assert.ok(account?.passwordHash.startsWith("!"));
    await users.close();
  });

  it("refuse bad passwords, names that are taken or not there, and empty input", async () => {
    const { cwd } = makeApplication();
    assert.equal((await runCli(["createuser", "ada"], { cwd, input: PASSWORD })).code, 0);
    const cases: readonly [words: string[], input: string, code: number, expected: RegExp][] = [
      [["createuser", "ada"], PASSWORD, 1, /taken/],
      [["createuser", "bob"], "short", 1, /./],
      [["createuser", "bob"], "", 2, /Standard input holds no password/],
      [["changepassword", "Ada"], PASSWORD, 1, /no user of that name/],
      [["changepassword", "ada"], "12345678", 1, /./],
      [["changepassword"], PASSWORD, 2, /wants a USERNAME/],
    ];
    for (const [words, input, code, expected] of cases) {
      const result = await runCli(words, { cwd, input });
      assert.equal(result.code, code, `${words.join(" ")}: ${result.err}`);
      assert.match(result.err, expected);
      assert.ok(input === "" || !result.err.includes(input));
    }
  });

  it("name the option that is missing where there are no logins", async () => {
    const cwd = makeFolder({ "coatcheck.config.mjs": config.replace(", auth: { users: sqlUsers(\"PATH\") }", "").replaceAll("PATH", join(makeFolder(), "shop.db")) });
    const { code, err } = await runCli(["createuser", "ada"], { cwd, input: PASSWORD });
    assert.equal(code, 2);
    assert.match(err, /auth: \{ users: sqlUsers\(database\) \}/);
  });
});

describe("a password at the keyboard", () => {
  /** Somebody who types these lines, one for each question. */
  async function type(...answers: string[]): Promise<{ password: Promise<string>; shown: () => string }> {
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
    const errors = new PassThrough().setEncoding("utf8");
    let shown = "";
    errors.on("data", (part: string) => {
      shown += part;
      if (!part.endsWith(": ")) return;
      const answer = answers.shift();
      setImmediate(() => (answer === undefined ? input.end() : input.write(answer)));
    });
    const output = new PassThrough();
    const terminal = { cwd: "", clock: systemClock, input, output, errors, isInteractive: true, stopSignal: () => new AbortController().signal };
    return { password: readNewPassword(terminal), shown: () => shown + String(output.read() ?? "") };
  }

  it("is asked for twice and not shown", async () => {
    const { password, shown } = await type(`${PASSWORD}\r`, `${PASSWORD}\r`);
    assert.equal(await password, PASSWORD);
    assert.equal(shown(), "Password: \nPassword again: \n");
  });

  it("is refused when the two differ, or the second never comes", async () => {
    await assert.rejects((await type(`${PASSWORD}\r`, `${NEXT}\r`)).password, /differ/);
    await assert.rejects((await type(`${PASSWORD}\r`, "\u0003")).password, /No password was given/);
    await assert.rejects((await type(`${PASSWORD}\r`)).password, /No password was given/);
  });
});
