import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { memoryStore } from "coatcheck/memory";
import { StoreUnavailable, type SessionStore } from "coatcheck";
import { takeCensus } from "../../src/cli/census.ts";
import { probeStore } from "../../src/cli/probe.ts";
import { FailingStore } from "../support/failing-store.ts";
import { makeFolder, runCli, runJson } from "../support/cli.ts";
import { makeRecord } from "../support/records.ts";

const now = (): number => 1_700_000_000_000;
const passed = async (store: SessionStore): Promise<string[]> => (await probeStore(store, now)).filter((step) => !step.passed).map(({ name }) => name);

describe("probeStore", () => {
  it("finds nothing wrong with a good store, and leaves nothing behind", async () => {
    const store = memoryStore();
    assert.deepEqual(await passed(store), []);
    assert.equal(store.size, 0);
    assert.ok((await probeStore(store, now)).length >= 8);
  });

  it("finds a store that keeps nothing, one that changes what it keeps, and one that does not compare", async () => {
    const inner = memoryStore();
    const over = (changes: Partial<SessionStore>): SessionStore => ({ name: "odd", capabilities: inner.capabilities, read: inner.read.bind(inner), create: inner.create.bind(inner), update: inner.update.bind(inner), touch: inner.touch.bind(inner), delete: inner.delete.bind(inner), ...changes });
    assert.ok((await passed(over({ create: async () => true }))).includes("read"));
    const changed = over({ read: async (id, options) => inner.read(id, options).then((record) => (record === null ? null : { ...record, persistent: true })) });
    assert.deepEqual(await passed(changed), ["read", "read the update"]);
    const blind = over({ update: async () => ({ outcome: "updated" }) });
    assert.ok((await passed(blind)).includes("refuse an update of another version"));
    assert.deepEqual(await passed(over({ delete: async () => "gone" })), ["delete", "find it gone"]);
  });

  it("removes its record when the store fails half-way", async () => {
    const inner = memoryStore();
    const failing = new FailingStore(inner);
    failing.plan("update", "refuse");
    await assert.rejects(probeStore(failing.store, now), StoreUnavailable);
    assert.equal(inner.size, 0);
  });
});

describe("takeCensus", () => {
  it("counts sessions, users and bytes, and finds clocks that are ahead", async () => {
    const store = memoryStore();
    for (const [owner, ahead] of [["1", 0], ["1", 0], ["2", 90_000], [null, 0]] as const) {
      await store.create(makeRecord({ owner, lastSeenAt: now() + ahead, data: "{}" }, now()), { now: now() });
    }
    assert.deepEqual(await takeCensus(store, 100, now), { sessions: 4, more: false, withOwner: 3, owners: 2, bytes: 8, aheadMs: 90_000 });
  });

  it("stops at the limit, and says so", async () => {
    const pages = [1, 2, 3];
    const store = Object.assign(memoryStore(), {
      scan: async () => ({ records: [makeRecord({}, now()), makeRecord({}, now())], next: pages.shift() === undefined ? null : "more" }),
    });
    const census = await takeCensus(store, 3, now);
    assert.deepEqual([census?.sessions, census?.more], [3, true]);
    assert.equal(pages.length, 1);
  });

  it("counts a record once that a walk comes by twice", async () => {
    const record = makeRecord({}, now());
    let pages = 2;
    const store = Object.assign(memoryStore(), { scan: async () => ({ records: [record], next: --pages > 0 ? "more" : null }) });
    assert.equal((await takeCensus(store, 10, now))?.sessions, 1);
  });
});

const config = (body: string): string => `import { createCoatcheck } from "coatcheck";
  import { memoryStore } from "coatcheck/memory";
  ${body}
  export const cloakroom = createCoatcheck({ store, production: false });`;

describe("coatcheck store", () => {
  it("says what a store promises, and with --probe that it keeps it", async () => {
    const cwd = makeFolder();
    await runCli(["migrate", "--store", "sqlite:shop.db"], { cwd });
    const { code, out } = await runCli(["store", "--probe", "--store", "sqlite:shop.db"], { cwd, clock: { now: Date.now, wait: async () => undefined } });
    assert.equal(code, 0, out);
    assert.match(out, /^store: sqlite\n {2}compareAndSet: yes\n/);
    assert.match(out, /probe: find it gone: works/);
    assert.match(out, /sessions: 0, /);
  });

  it("tries nothing while migrations are pending, and names the cure", async () => {
    const cwd = makeFolder({ "shop.db": "" });
    const { code, out } = await runCli(["store", "--probe", "--store", "sqlite:shop.db"], { cwd });
    assert.equal(code, 1);
    assert.match(out, /pending: .+\n.*coatcheck migrate/);
    assert.match(out, /not tried/);
  });

  it("ends with 1 when something does not work", async () => {
    const cwd = makeFolder({ "coatcheck.config.mjs": config('const store = Object.assign(memoryStore(), { delete: async () => "gone" });') });
    const { code, document } = await runJson<{ steps: { name: string; passed: boolean }[] }>(["store", "--probe"], { cwd });
    assert.equal(code, 1);
    assert.equal(document.steps.find(({ name }) => name === "delete")?.passed, false);
  });

  it("tells that an application's clock is ahead", async () => {
    const cwd = makeFolder({ "coatcheck.config.mjs": config('const store = memoryStore(); const later = Date.now() + 60_000; await store.create({ id: "a".repeat(43), data: "{}", version: "v", owner: null, createdAt: later, lastSeenAt: later, expiresAt: later * 2, idleSeconds: null, endsAt: later * 2, persistent: false });') });
    const { out } = await runCli(["store"], { cwd, clock: { now: Date.now, wait: async () => undefined } });
    assert.match(out, /clock: a session was seen \d{5} ms in the future/);
  });

  it("walks a folder of files", async () => {
    const cwd = makeFolder();
    mkdirSync(join(cwd, "sessions"), { mode: 0o700 });
    const { code, out } = await runCli(["store", "--probe", "--store", "file:sessions"], { cwd, clock: { now: Date.now, wait: async () => undefined } });
    assert.equal(code, 0, out);
    assert.match(out, /^store: file/);
  });
});

describe("coatcheck --store", () => {
  /** A port that nobody listens on. */
  async function closedPort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  for (const scheme of ["postgres", "mysql", "redis", "memcached"]) {
    it(`ends with 3 when ${scheme} does not answer, and shows no password`, async () => {
      const port = await closedPort();
      const url = scheme === "memcached" ? `memcached://127.0.0.1:${port}` : `${scheme}://ada:hidden-words@127.0.0.1:${port}/${scheme === "redis" ? "0" : "shop"}`;
      const cwd = makeFolder();
      const folder = join(import.meta.dirname, "../..");
      const { code, out, err } = await runCli(["store", "--probe", "--store", url], { cwd: scheme === "memcached" ? cwd : folder, clock: { now: Date.now, wait: async () => undefined } });
      assert.equal(code, 3, err);
      assert.match(err, /ECONNREFUSED/);
      assert.ok(!(out + err).includes("hidden-words"));
    });
  }

  for (const [scheme, name] of [["postgres", "pg"], ["mysql", "mysql2"], ["redis", "redis"]] as const) {
    it(`names the package that ${scheme} needs and is not installed`, async () => {
      const { code, err } = await runCli(["store", "--store", `${scheme}://ada:hidden-words@127.0.0.1/x`]);
      assert.equal(code, 2);
      assert.ok(err.includes(`npm install ${name}`), err);
      assert.ok(!err.includes("hidden-words"));
    });
  }

  it("says so when the package cannot read the URL, and repeats none of it", async () => {
    const { code, out, err } = await runCli(["store", "--verbose", "--store", "redis://ada:hidden-words@127.0.0.1:1/shop"], { cwd: join(import.meta.dirname, "../..") });
    assert.equal(code, 2);
    assert.match(err, /cannot read this URL/);
    assert.ok(!(out + err).includes("hidden-words"));
  });

  it("does not make a database or folder by mistake", async () => {
    const cwd = makeFolder();
    for (const url of ["sqlite:typo.db", "file:typo"]) {
      const { code, err } = await runCli(["sessions", "list", "--store", url], { cwd });
      assert.equal(code, 3);
      assert.match(err, /There is no (file|folder) "typo/);
    }
  });

  it("refuses a URL that it does not know, and repeats none", async () => {
    for (const url of ["hidden-words", "oracle://ada:hidden-words@x", "sqlite:", "file:"]) {
      const { code, err } = await runCli(["store", "--store", url]);
      assert.equal(code, 2);
      assert.match(err, /--store wants sqlite:PATH/);
      assert.ok(!err.includes("hidden-words"));
    }
  });
});

describe("coatcheck store --keys", () => {
  const config = (codec: string): string => `import { createCoatcheck } from "coatcheck";
    import { memoryStore } from "coatcheck/memory";
    import { sealed } from "coatcheck/sealed";
    const [NEW, OLD] = ["a newer secret of this test: 90fe21c4", "an older secret of this test: 11b7a0d3"];
    const store = memoryStore();
    const make = (secrets) => createCoatcheck({ store, secrets, production: false, session: { codec: ${codec} } });
    const view = { method: "POST", header: () => undefined, isEncrypted: () => true, host: () => "shop.example", target: () => "/", peerAddress: () => undefined };
    for (const secrets of [[OLD], [OLD], [NEW]]) {
      const coat = make(secrets).begin(view);
      coat.session.set("a", 1);
      await coat.finish({ status: 200, threw: false });
    }
    export const cloakroom = make([NEW, OLD, "a third secret of this test: 5c2d88e6"]);`;

  it("ST-04 counts what each secret seals, the newest first, and says which can be dropped", async () => {
    const cwd = makeFolder({ "coatcheck.config.mjs": config("sealed()") });
    const { code, out } = await runCli(["store", "--keys"], { cwd });
    assert.equal(code, 0);
    assert.match(out, /^sealed under [0-9a-f]{10}: 1 \(the newest secret\)\nsealed under [0-9a-f]{10}: 2\nsealed under [0-9a-f]{10}: 0 \(can be dropped\)$/m);
    const { document } = await runJson<{ keys: Record<string, number> }>(["store", "--keys"], { cwd });
    assert.deepEqual(Object.values(document.keys).sort(), [0, 1, 2]);
    assert.doesNotMatch(out, /secret of this test/);
  });

  it("says what it wants where nothing is sealed", async () => {
    const { code, err } = await runCli(["store", "--keys"], { cwd: makeFolder({ "coatcheck.config.mjs": config("undefined") }) });
    assert.deepEqual([code, /session\.codec: sealed\(\)/.test(err)], [2, true]);
  });
});
