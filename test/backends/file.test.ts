import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createCoatcheck } from "coatcheck";
import { runStoreCases, type StoreSubject } from "../../src/conformance/index.ts";
import type { SessionRecord, UpdateOutcome } from "../../src/store/store.ts";
import { fileStore, type FileStoreOptions } from "../../src/stores/file.ts";
import { makeRecord, makeVersion } from "../support/records.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";
import { checkLogouts, checkWriters } from "../support/workers/two-processes.ts";

const newFolder = (): string => mkdtempSync(join(tmpdir(), "coatcheck-file-"));

function subjectOf(options: FileStoreOptions = {}): StoreSubject {
  const folder = newFolder();
  const [store, otherStore] = [fileStore(folder, options), fileStore(folder, options)];
  return {
    store,
    otherStore,
    corrupt: async (id) => writeFileSync(join(folder, id.slice(0, 2), id), "coat1 00000000 [half a record"),
    cleanup: async () => {
      await store.close();
      await otherStore.close();
      rmSync(folder, { recursive: true });
    },
  };
}

runStoreCases(() => subjectOf(), { name: "store contract: file", test, describe });
runStoreCases(() => subjectOf({ durable: true }), { name: "store contract: file, durable", test, describe });

describe("file: two processes on one folder", () => {
  let folder: string;
  before(() => {
    folder = newFolder();
  });
  after(() => rmSync(folder, { recursive: true }));

  it("CC-05 PAIN-01 50 writers in each: every change survives, once", async () => {
    await checkWriters(fileStore(folder), "file", folder, "");
  });

  it("CC-01 PAIN-02 100 of 100 logouts stay dead while the other process writes", async () => {
    await checkLogouts(fileStore(folder), "file", folder, "");
  });
});

describe("CC-06 file: 200 requests at once through two stores on one folder", () => {
  it("count to 200, and all locks are free again", async () => {
    const folder = newFolder();
    const cloakrooms = Array.from({ length: 2 }, () => createCoatcheck<AnyData>({ store: fileStore(folder), production: false, csrf: false }));
    const visitors = cloakrooms.map((cloakroom) => new Visitor(cloakroom));
    const [first, second] = visitors as [Visitor, Visitor];
    await first.run(({ session }) => session.set("count", 0));
    const cookie = first.header() ?? "";
    const count = (visitor: Visitor): Promise<unknown> => visitor.run(({ session }) => session.change("count", (n) => (n as number) + 1), { headers: { cookie } });
    await Promise.all(Array.from({ length: 200 }, (_, index) => count(index % 2 ? first : second)));
    assert.equal(await first.run(({ session }) => session.get("count")), 200);
    assert.deepEqual(leftovers(folder), []);
    rmSync(folder, { recursive: true });
  });
});

const WORKER = fileURLToPath(new URL("../support/workers/file-worker.ts", import.meta.url));
const LETTERS = 20_000;

/** A process that writes one record over and over, from the moment it says so until it is killed. */
async function startWriter(folder: string, id: string): Promise<ChildProcess> {
  const child = fork(WORKER, [folder, id, String(LETTERS)], { execArgv: ["--conditions=coatcheck-source"], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  await once(child, "message");
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** What is left in the folder beside records. */
const leftovers = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\.(tmp|lock)/.test(name));

describe("CC-06 CC-09 ST-06 file: a process killed at a random point of a write", () => {
  const KILLS = 200;
  const LANES = 2;

  it(`${KILLS} times leaves the old record or the new one, never half, and the next writer succeeds within a second`, async (t) => {
    const folder = newFolder();
    const store = fileStore(folder);
    let [died, slowest] = [0, 0];
    const lane = async (): Promise<void> => {
      const base = makeRecord({ data: "a".repeat(LETTERS) });
      await store.create(base);
      let next = startWriter(folder, base.id);
      for (let round = 0; round < KILLS / LANES; round++) {
        const writer = await next;
        writer.send("write");
        await once(writer, "message");
        // The moment: some turns of the event loop later, so many that it may be anywhere in a write.
        for (let turns = Math.floor(Math.random() * 40); turns > 0; turns--) await new Promise(setImmediate);
        await kill(writer);
        if (leftovers(folder).some((name) => name.includes(base.id))) died++;
        next = startWriter(folder, base.id);
        const left = await store.read(base.id);
        assert.ok(left, "the record is gone");
        assert.equal(left.data.length, LETTERS);
        assert.equal(new Set(left.data).size, 1, "half a record");
        const startedAt = performance.now();
        assert.deepEqual(await store.update({ ...left, version: makeVersion() }, left.version), { outcome: "updated" });
        slowest = Math.max(slowest, performance.now() - startedAt);
      }
      await kill(await next);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    assert.ok(slowest < 1000, `the slowest next writer took ${slowest} ms`);
    assert.ok(died > KILLS / 20, `only ${died} of ${KILLS} were killed while they held the lock`);
    t.diagnostic(`${died} of ${KILLS} died holding the lock; the slowest next write took ${Math.round(slowest)} ms`);
    await store.sweep(10);
    assert.deepEqual(leftovers(folder), []);
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it("CC-06 many that find a dead holder's lock: one after the other gets it, and no change is lost", async () => {
    const folder = newFolder();
    const stores = Array.from({ length: 8 }, () => fileStore(folder));
    const [first] = stores;
    assert.ok(first);
    const base = makeRecord({ data: "a".repeat(LETTERS) });
    await first.create(base);
    for (let round = 0; round < 10; round++) {
      await dieHolding(folder, base.id);
      const left: SessionRecord | null = await first.read(base.id);
      assert.ok(left);
      const answers: UpdateOutcome[] = await Promise.all(stores.map((store, index) => store.update({ ...left, data: `round ${round} ${index}`, version: makeVersion() }, left.version)));
      assert.deepEqual(answers.filter(({ outcome }) => outcome === "updated").length, 1);
      assert.equal((await first.read(base.id))?.data, `round ${round} ${answers.findIndex(({ outcome }) => outcome === "updated")}`);
    }
    assert.deepEqual(leftovers(folder), []);
    rmSync(folder, { recursive: true });
  });
});

/** Leaves a lock whose holder was killed. */
async function dieHolding(folder: string, id: string): Promise<void> {
  const writer = fork(WORKER, [folder, id, "hold"], { execArgv: ["--conditions=coatcheck-source"], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  await once(writer, "message");
  await kill(writer);
  assert.ok(leftovers(folder).some((name) => name.endsWith(`${id}.lock`)));
}
