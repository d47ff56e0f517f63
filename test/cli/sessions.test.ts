import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createCoatcheck } from "coatcheck";
import { sqliteStore } from "coatcheck/sqlite";
import { makeFolder, runCli, runJson } from "../support/cli.ts";
import { makeRecord } from "../support/records.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

const HIDDEN = "the-address-of-ada";
const SHOWN = "a-red-cart";

/** A folder with a database that holds sessions of three visitors, two of them the same user. */
async function fill(): Promise<{ cwd: string; url: string; ids: string[]; tokens: string[] }> {
  const cwd = makeFolder();
  const store = sqliteStore(join(cwd, "shop.db"));
  const cloakroom = createCoatcheck<AnyData>({ store, production: false, log: () => undefined });
  const tokens: string[] = [];
  for (const [owner, address] of [["7", HIDDEN], ["7", "elsewhere"], ["8\u001b[31m", "nowhere"]]) {
    const visitor = new Visitor(cloakroom);
    await visitor.visit((coat) => {
      coat.session.set("address", address);
      coat.session.set("cart", SHOWN);
      coat.csrf.token();
    });
    tokens.push(...visitor.jar.list().map(({ value }) => value));
    const [view] = (await cloakroom.sessions.list()).filter((session) => session.owner === null);
    const record = await store.read(view?.id ?? "");
    assert.ok(record !== null);
    await store.update({ ...record, owner: owner ?? null, version: "x".repeat(16) }, record.version);
  }
  const ids = (await cloakroom.sessions.list()).sort((a, b) => (a.owner ?? "").localeCompare(b.owner ?? "")).map(({ id }) => id);
  await store.close();
  return { cwd, url: "sqlite:shop.db", ids, tokens };
}

describe("coatcheck sessions", () => {
  it("lists them, a user's or all, and says when there are more", async () => {
    const { cwd, url } = await fill();
    const all = await runJson<{ sessions: { owner: string }[]; more: boolean }>(["sessions", "list", "--store", url], { cwd });
    assert.equal(all.document.sessions.length, 3);
    assert.equal(all.document.more, false);
    const own = await runJson<{ sessions: { owner: string }[] }>(["sessions", "list", "--owner", "7", "--store", url], { cwd });
    assert.deepEqual(own.document.sessions.map(({ owner }) => owner), ["7", "7"]);
    const some = await runCli(["sessions", "list", "--limit", "2", "--store", url], { cwd });
    assert.match(some.out, /There are more/);
    assert.equal(some.out.split("\n").length, 5);
  });

  it("ST-09 --namespace takes one application's of a store that several share", async () => {
    const cwd = makeFolder();
    const store = sqliteStore(join(cwd, "shared.db"));
    for (const namespace of ["shop", "admin"]) await new Visitor(createCoatcheck<AnyData>({ store, namespace, production: false })).run(({ session }) => session.set("of", namespace));
    await store.close();
    const url = "sqlite:shared.db";
    const all = await runJson<{ sessions: object[] }>(["sessions", "list", "--store", url], { cwd });
    assert.equal(all.document.sessions.length, 2);
    const one = await runJson<{ sessions: { id: string }[] }>(["sessions", "list", "--store", url, "--namespace", "shop"], { cwd });
    assert.equal(one.document.sessions.length, 1);
    const shown = await runCli(["sessions", "show", one.document.sessions[0]?.id ?? "", "--reveal", "of", "--store", url, "--namespace", "shop"], { cwd });
    assert.match(shown.out, /of: 'shop'/);
    assert.equal((await runCli(["sessions", "list", "--namespace", "shop"], { cwd })).code, 2);
  });

  it("LG-04 writes what users chose without control characters", async () => {
    const { cwd, url } = await fill();
    const { out } = await runCli(["sessions", "list", "--store", url], { cwd });
    assert.match(out, /8\\u\{1b\}\[31m/);
    assert.ok(!out.includes("\u001b"));
  });

  it("hides values until their key is revealed", async () => {
    const { cwd, url, ids } = await fill();
    const [id = ""] = ids;
    const hidden = await runCli(["sessions", "show", id, "--store", url], { cwd });
    assert.equal(hidden.code, 0);
    assert.match(hidden.out, /address: hidden \(text\)/);
    assert.ok(!hidden.out.includes(SHOWN));
    const shown = await runCli(["sessions", "show", id, "--reveal", "cart", "--store", url], { cwd });
    assert.match(shown.out, /cart: 'a-red-cart'/);
    assert.match(shown.out, /address: hidden/);
    const { document } = await runJson<{ session: { values: unknown } }>(["sessions", "show", id, "--reveal", "cart", "--store", url], { cwd });
    assert.deepEqual(document.session.values, { address: { kind: "text", hidden: true }, cart: { kind: "text", value: SHOWN } });
  });

  it("names a key that was to be revealed and is not there", async () => {
    const { cwd, url, ids } = await fill();
    const { err } = await runCli(["sessions", "show", ids[0] ?? "", "--reveal", "crat", "--store", url], { cwd });
    assert.equal(err, 'coatcheck: the session has no key "crat".\n');
  });

  it("never shows what Coatcheck keeps in a session", async () => {
    const { cwd, url, ids } = await fill();
    const { code, err } = await runCli(["sessions", "show", ids[0] ?? "", "--reveal", "_csrf", "--store", url], { cwd });
    assert.equal(code, 2);
    assert.match(err, /--reveal/);
  });

  it("ends one, and says when it is gone without repeating what was given", async () => {
    const { cwd, url, ids } = await fill();
    const [id = ""] = ids;
    assert.equal((await runCli(["sessions", "revoke", id, "--store", url], { cwd })).code, 0);
    for (const command of ["revoke", "show"]) {
      const again = await runCli(["sessions", command, id, "--store", url], { cwd });
      assert.equal(again.code, 1);
      assert.ok(!(again.out + again.err).includes(id));
    }
    assert.equal((await runJson<{ sessions: object[] }>(["sessions", "list", "--store", url], { cwd })).document.sessions.length, 2);
  });

  it("takes an id that begins with a dash", async () => {
    const cwd = makeFolder();
    const store = sqliteStore(join(cwd, "shop.db"));
    for (const id of [`-${"a".repeat(42)}`, `--${"b".repeat(41)}`]) await store.create(makeRecord({ id }));
    await store.close();
    for (const id of [`-${"a".repeat(42)}`, `--${"b".repeat(41)}`]) {
      assert.match((await runCli(["sessions", "show", id, "--store", "sqlite:shop.db"], { cwd })).out, new RegExp(`^id: ${id}`));
      assert.equal((await runCli(["sessions", "revoke", "--store", "sqlite:shop.db", id], { cwd })).code, 0);
    }
  });

  it("ends all of a user", async () => {
    const { cwd, url } = await fill();
    const { document } = await runJson<object>(["sessions", "revoke", "--owner", "7", "--store", url], { cwd });
    assert.deepEqual(document, { revoked: 2 });
    const { document: left } = await runJson<{ sessions: { owner: string }[] }>(["sessions", "list", "--store", url], { cwd });
    assert.deepEqual(left.sessions.map(({ owner }) => owner), ["8\u001b[31m"]);
  });

  it("refuses a command that names both a session and a user, or neither", async () => {
    const { cwd, url, ids } = await fill();
    assert.equal((await runCli(["sessions", "revoke", ids[0] ?? "", "--owner", "7", "--store", url], { cwd })).code, 2);
    assert.equal((await runCli(["sessions", "revoke", "--store", url], { cwd })).code, 2);
    assert.equal((await runCli(["sessions", "end", "--store", url], { cwd })).code, 2);
    assert.equal((await runJson<{ sessions: object[] }>(["sessions", "list", "--store", url], { cwd })).document.sessions.length, 3);
  });

  it("says that sessions live in the cookie", async () => {
    const cwd = makeFolder({
      "coatcheck.config.mjs": `import { createCoatcheck } from "coatcheck";
        export default createCoatcheck({ store: { kind: "cookie", name: "cookie", createResidence: () => ({ isOwnName: () => false }) }, production: false });`,
    });
    for (const words of [["sessions", "list"], ["sessions", "show", "x"], ["sessions", "revoke", "x"], ["store"]]) {
      const { code, err } = await runCli(words, { cwd });
      assert.equal(code, 1, words.join(" "));
      assert.match(err, /live in the cookie/);
    }
    const cleared = await runCli(["clearsessions"], { cwd });
    assert.equal(cleared.code, 0);
    assert.match(cleared.out, /live in the cookie/);
  });

  it("LG-01 prints no token and no hidden value, in any format", async () => {
    const { cwd, url, ids, tokens } = await fill();
    assert.ok(tokens.length >= 3);
    const lines = [["sessions", "list"], ["sessions", "show", ids[0] ?? ""], ["store", "--probe"], ["sessions", "show", tokens[0] ?? "", "--verbose"], ["sessions", "revoke", tokens[0] ?? "", "--verbose"]];
    let text = "";
    for (const words of lines) for (const format of [[], ["--json"]]) {
      const { out, err } = await runCli([...words, ...format, "--store", url], { cwd });
      text += out + err;
    }
    assert.ok(text.includes(ids[0] ?? "?"));
    for (const secret of [...tokens, HIDDEN, SHOWN]) assert.ok(!text.includes(secret), "something hidden was printed");
  });
});

describe("coatcheck decode", () => {
  const text = '{"cart":["x"],"_csrf":"very-hidden","note":"n"}';

  it("reads the text of an application with a namespace, with its configuration or without", async () => {
    assert.match((await runCli(["decode", 'shop/{"cart":1}', "--reveal", "cart"])).out, /cart: 1/);
    const cwd = makeFolder({ "coatcheck.config.mjs": 'import { createCoatcheck } from "coatcheck"; import { memoryStore } from "coatcheck/memory"; export default createCoatcheck({ store: memoryStore(), namespace: "shop", production: false });' });
    assert.match((await runCli(["decode", 'shop/{"cart":1}', "--reveal", "cart"], { cwd })).out, /cart: 1/);
    assert.equal((await runCli(["decode", 'admin/{"cart":1}'], { cwd })).code, 1);
  });

  it("reads a record's text from the command line or standard input", async () => {
    for (const result of [await runCli(["decode", text, "--reveal", "cart"]), await runCli(["decode", "-", "--reveal", "cart"], { input: `${text}\n` })]) {
      assert.equal(result.code, 0);
      assert.equal(result.out, "cart: [ 'x' ]\nnote: hidden (text); --reveal \"note\" shows it\n");
    }
  });

  it("carries what JSON does not know as text", async () => {
    const { document } = await runJson<{ values: Record<string, unknown> }>(["decode", '~[["a"],{"a":{"~m":[["k",{"~n":"ff"}]]},"b":1}]', "--reveal", "a"]);
    assert.deepEqual(document.values, { a: { kind: "map", value: "Map(1) { 'k' => 255n }" }, b: { kind: "number", hidden: true } });
  });

  it("does not repeat a text that it cannot read", async () => {
    const { code, out, err } = await runCli(["decode", '{"password":"letmein'], {});
    assert.equal(code, 1);
    assert.match(err, /not what the codec json writes/);
    assert.ok(!(out + err).includes("letmein"));
  });

  it("uses the application's codec", async () => {
    const cwd = makeFolder({
      "coatcheck.config.mjs": `import { createCoatcheck, jsonCodec } from "coatcheck";
        import { memoryStore } from "coatcheck/memory";
        const codec = { ...jsonCodec, name: "mirrored", decode: (text) => jsonCodec.decode([...text].reverse().join("")) };
        export const cloakroom = createCoatcheck({ store: memoryStore(), production: false, session: { codec } });`,
    });
    const { document } = await runJson<object>(["decode", '}1:"a"{', "--reveal", "a"], { cwd });
    assert.deepEqual(document, { codec: "mirrored", values: { a: { kind: "number", value: 1 } } });
  });
});
