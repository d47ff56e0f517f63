import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { DatabaseSync } from "node:sqlite";
import { sqliteStore } from "coatcheck/sqlite";
import { checkSecret } from "../../src/crypto/secret-rules.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { makeFolder, runCli, runJson, spawnCli } from "../support/cli.ts";
import { makeRecord } from "../support/records.ts";

const now = Date.now();

/** A database with so many expired sessions and one live one. */
async function fill(expired: number): Promise<{ cwd: string; words: string[]; count(): Promise<number> }> {
  const cwd = makeFolder();
  const path = join(cwd, "shop.db");
  const store = sqliteStore(path);
  const old = now - 3_600_000;
  for (let i = 0; i <= expired; i++) {
    const times = i === 0 ? { createdAt: now, lastSeenAt: now, expiresAt: now + 3_600_000 } : { createdAt: old - 1000, lastSeenAt: old - 1000, expiresAt: old };
    await store.create(makeRecord({ ...times, id: `${i}`.padStart(43, "a"), idleSeconds: null, endsAt: times.expiresAt }), { now: times.createdAt });
  }
  await store.close();
  const count = async (): Promise<number> => {
    const database = new DatabaseSync(path, { readOnly: true });
    const row = database.prepare("select count(*) as n from coatcheck_session").get() as { n: number };
    database.close();
    return row.n;
  };
  return { cwd, words: ["--store", "sqlite:shop.db"], count };
}

describe("coatcheck clearsessions", () => {
  it("removes what has expired, in batches, and nothing else", async () => {
    const { cwd, words, count } = await fill(7);
    const { code, document } = await runJson<object>(["clearsessions", "--batch", "3", ...words], { cwd });
    assert.deepEqual([code, document], [0, { removed: 7, batches: 3 }]);
    assert.equal(await count(), 1);
    const again = await runCli(["clearsessions", ...words], { cwd });
    assert.equal(again.out, "0 expired sessions were removed (1 batch).\n");
  });

  it("shows progress to people only, and wipes it away", async () => {
    const { cwd, words } = await fill(5);
    const silent = await runCli(["clearsessions", "--batch", "2", ...words], { cwd });
    assert.equal(silent.err, "");
    const watched = await fill(5);
    const { out, err } = await runCli(["clearsessions", "--batch", "2", ...watched.words], { cwd: watched.cwd, isInteractive: true });
    assert.equal(err.split("\r[").length - 1, 3);
    assert.match(err, /\[ *={6} *\] 4 expired sessions removed/);
    assert.ok(err.endsWith("\r\u001b[K"));
    assert.equal(out, "5 expired sessions were removed (3 batches).\n");
  });

  it("goes on round after round until it is told to stop", async () => {
    const { cwd, words } = await fill(2);
    const stop = new AbortController();
    const clock = new FakeClock();
    const waits: number[] = [];
    const wait = async (ms: number, signal?: AbortSignal): Promise<void> => {
      waits.push(ms);
      if (waits.length === 3) stop.abort();
      await clock.wait(ms, signal);
    };
    for (const loop of [["--loop", "30"], ["--loop"]]) {
      waits.length = 0;
      const { code, out } = await runCli(["clearsessions", ...loop, "--json", ...words], { cwd, clock: { now: () => clock.now(), wait }, stop: stop.signal });
      assert.equal(code, 0);
      if (loop.length === 2) {
        assert.deepEqual(waits, [30_000, 30_000, 30_000]);
        assert.deepEqual(out.trim().split("\n").map((line) => JSON.parse(line) as object), [{ removed: 2, batches: 1 }, { removed: 0, batches: 1 }, { removed: 0, batches: 1 }]);
      } else assert.deepEqual([waits, out], [[], ""]);
    }
  });

  it("outlives a store that is down for a while", async () => {
    const cwd = makeFolder({
      "coatcheck.config.mjs": `import { createCoatcheck, StoreUnavailable } from "coatcheck";
        import { memoryStore } from "coatcheck/memory";
        let calls = 0;
        const store = Object.assign(memoryStore(), { sweep: async () => { if (calls++ === 0) throw new StoreUnavailable("sweep", "not-sent", { cause: Object.assign(new Error("secret words"), { code: "ECONNREFUSED" }) }); return 0; } });
        export const cloakroom = createCoatcheck({ store, production: false });`,
    });
    const stop = new AbortController();
    let rounds = 0;
    const wait = async (): Promise<void> => {
      if (++rounds === 2) stop.abort();
    };
    const { code, out, err } = await runCli(["clearsessions", "--loop", "1"], { cwd, clock: { now: Date.now, wait }, stop: stop.signal });
    assert.equal(code, 0);
    assert.equal(err, "coatcheck: The session store failed to sweep. The reason: ECONNREFUSED.\n");
    assert.equal(out, "0 expired sessions were removed (1 batch).\n");
  });

  it("refuses numbers that are none", async () => {
    for (const words of [["--batch", "0"], ["--batch", "ten"], ["--loop", "-1"], ["--loop", "0"], ["--loop", "1", "2"], ["7"]]) {
      assert.equal((await runCli(["clearsessions", ...words, "--store", "sqlite:x.db"])).code, 2, words.join(" "));
    }
  });
});

describe("coatcheck migrate", () => {
  const config = (migrations: string): string => `import { createCoatcheck } from "coatcheck";
    import { memoryStore } from "coatcheck/memory";
    const pending = ${migrations};
    const store = Object.assign(memoryStore(), { pendingMigrations: async () => [...pending], migrate: async () => pending.splice(0) });
    const none = async () => null;
    const users = { findById: none, findByUsername: none, create: none, setPasswordHash: none, recordLogin: none, pendingMigrations: async () => ["make auth_user"], migrate: async () => ["made auth_user"] };
    export const cloakroom = createCoatcheck({ store, auth: { users }, production: false });`;

  it("makes the tables of a new database, and finds nothing pending afterwards", async () => {
    const cwd = makeFolder();
    const words = ["--store", "sqlite:new.db"];
    const early = await runCli(["migrate", "--check", ...words], { cwd });
    assert.equal(early.code, 1);
    assert.match(early.out, /^pending: /);
    assert.equal((await runCli(["migrate", "--check", "--store", "file:new"], { cwd })).code, 1);
    assert.deepEqual(readdirSync(cwd).filter((name) => name.startsWith("new")), [], "--check made a file");
    const { code, document } = await runJson<{ done: string[] }>(["migrate", ...words], { cwd });
    assert.equal(code, 0);
    assert.ok(document.done.length > 0);
    const late = await runJson<object>(["migrate", "--check", ...words], { cwd });
    assert.deepEqual([late.code, late.document], [0, { pending: [] }]);
    assert.equal((await runCli(["migrate", ...words], { cwd })).out, "Nothing was pending.\n");
  });

  it("says with --check what is pending, changes nothing, and ends with 1", async () => {
    const cwd = makeFolder();
    writeFileSync(join(cwd, "empty.db"), "");
    for (let i = 0; i < 2; i++) {
      const { code, out } = await runCli(["migrate", "--check", "--store", "sqlite:empty.db"], { cwd });
      assert.equal(code, 1);
      assert.match(out, /^pending: /);
    }
  });

  for (const [what, options] of [["the embedded database", ""], ["a database that is named", '{ store: sqliteStore("coatcheck.db") }']] as const) {
    it(`--check and check make nothing of ${what}, and tell that all of it is pending`, () => {
      const cwd = makeFolder({ "coatcheck.config.mjs": `import { createCoatcheck } from "coatcheck"; import { sqliteStore } from "coatcheck/sqlite"; export const cloakroom = createCoatcheck(${options});` });
      const before = readdirSync(cwd);
      const early = spawnCli(["migrate", "--check"], cwd);
      assert.deepEqual([early.status, early.stderr], [1, ""]);
      assert.match(early.stdout, /^pending: /);
      spawnCli(["check"], cwd);
      assert.deepEqual(readdirSync(cwd), before);
      assert.equal(spawnCli(["migrate"], cwd).status, 0);
      const late = spawnCli(["migrate", "--check"], cwd);
      assert.deepEqual([late.status, late.stdout], [0, "Nothing is pending.\n"]);
    });
  }

  it("takes the tables of the users along", async () => {
    const cwd = makeFolder({ "coatcheck.config.mjs": config('["add an index"]') });
    const { code, document } = await runJson<object>(["migrate", "--check"], { cwd });
    assert.deepEqual([code, document], [1, { pending: ["add an index", "make auth_user"] }]);
    assert.equal((await runCli(["migrate"], { cwd })).out, "done: add an index\ndone: made auth_user\n");
  });

  it("has nothing to do for a store without tables", async () => {
    const { code, out } = await runCli(["migrate", "--check"], { cwd: makeFolder({ "coatcheck.config.mjs": config("[]").replace("const store = Object.assign(memoryStore(), {", "const store = memoryStore(); ({").replace("auth: { users },", "") }) });
    assert.deepEqual([code, out], [0, "The memory store has no tables.\n"]);
  });
});

describe("coatcheck secret", () => {
  it("KY-01 prints another good secret each time", async () => {
    const made = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const { code, out } = await runCli(["secret"]);
      assert.equal(code, 0);
      assert.match(out, /^[\w-]{43}\n$/);
      checkSecret(out.trim(), "secret", true);
      made.add(out);
    }
    assert.equal(made.size, 20);
  });
});

describe("coatcheck shell", () => {
  const config = `import { createCoatcheck } from "coatcheck";
    import { memoryStore } from "coatcheck/memory";
    export const cloakroom = createCoatcheck({ store: memoryStore(), production: false, namespace: "books" });`;

  it("has the cloakroom at hand, and awaits", async () => {
    const input = "settings.namespace\n(await sessions.list()).length + 41 + Number(store === cloakroom.store)\n.exit\n";
    const { code, out } = await runCli(["shell"], { cwd: makeFolder({ "coatcheck.config.mjs": config }), input });
    assert.equal(code, 0);
    assert.match(out, /coatcheck> 'books'/);
    assert.match(out, /coatcheck> 42/);
  });
});
