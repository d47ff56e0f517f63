import assert from "node:assert/strict";
import fs from "node:fs/promises";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { runStoreCase, storeCases, type StoreSubject } from "../../src/conformance/index.ts";
import { fileStore } from "../../src/stores/file.ts";
import { DueShards } from "../../src/stores/file/due-shards.ts";
import { RecordFolder } from "../../src/stores/file/folder.ts";
import { FileLocks } from "../../src/stores/file/locks.ts";

/** A fault in a part of the file store, and the beginning of the name of a case that must notice. */
interface FileMutant {
  readonly name: string;
  readonly caughtBy: string;
  readonly spoil: (t: TestContext) => void;
}

const realRemove = RecordFolder.prototype.remove;
const realStore = RecordFolder.prototype.store;
const realContent = RecordFolder.prototype.contentOf;

const mutants: readonly FileMutant[] = [
  {
    name: "no locks between processes",
    caughtBy: "race: ",
    spoil: (t) => {
      let count = 0;
      t.mock.method(FileLocks.prototype, "take", async (path: string) => (await fs.mkdir(join(path, ".."), { recursive: true }), `free${count++}`));
      t.mock.method(FileLocks.prototype, "takeIfFree", async () => `free${count++}`);
      t.mock.method(FileLocks.prototype, "release", async () => undefined);
    },
  },
  { name: "a deletion that does not happen", caughtBy: "delete: ", spoil: (t) => void t.mock.method(RecordFolder.prototype, "remove", async () => undefined) },
  {
    name: "a deletion that is late",
    caughtBy: "race: ",
    spoil: (t) =>
      void t.mock.method(RecordFolder.prototype, "remove", async function (this: RecordFolder, id: string) {
        setTimeout(() => void realRemove.call(this, id).catch(() => undefined), 5);
      }),
  },
  {
    name: "a write that is answered before it is done",
    caughtBy: "create: a fresh id",
    spoil: (t) => {
      // Later than whoever reads at once, on a machine of any speed: when the case is over.
      const over = new Promise<void>((resolve) => t.after(() => resolve()));
      t.mock.method(RecordFolder.prototype, "store", async function (this: RecordFolder, ...args: Parameters<typeof realStore>) {
        void over.then(() => realStore.apply(this, args)).catch(() => undefined);
      });
    },
  },
  {
    name: "a walk that enters no shard",
    caughtBy: "scan: ",
    spoil: (t) =>
      void t.mock.method(RecordFolder.prototype, "shards", async () => []),
  },
  {
    name: "a shard without its last record",
    caughtBy: "scan: ",
    spoil: (t) =>
      void t.mock.method(RecordFolder.prototype, "contentOf", async function (this: RecordFolder, shard: string) {
        const content = await realContent.call(this, shard);
        return { ...content, ids: content.ids.slice(0, -1) };
      }),
  },
  { name: "a sweep that looks nowhere", caughtBy: "sweep: removes what has expired", spoil: (t) => void t.mock.method(DueShards.prototype, "choose", function* () {}) },
];

function subject(): StoreSubject {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-file-"));
  return { store: fileStore(folder), otherStore: fileStore(folder), cleanup: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

describe("ST-17 a fault in the file store fails the conformance suite", () => {
  for (const mutant of mutants) {
    it(mutant.name, async (t) => {
      mutant.spoil(t);
      const failed: string[] = [];
      for (const one of storeCases) {
        await runStoreCase(one, subject).catch(() => failed.push(one.name));
        if (failed.some((name) => name.startsWith(mutant.caughtBy))) return;
      }
      assert.fail(`not caught by "${mutant.caughtBy}…", only by: ${failed.join("; ") || "nothing"}`);
    });
  }
});
