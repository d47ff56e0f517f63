import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { after, before, beforeEach, describe, it, type TestContext } from "node:test";
import { ConfigurationError, StoreUnavailable } from "../../src/errors.ts";
import type { SessionRecord } from "../../src/store/store.ts";
import { fileStore, type FileStore } from "../../src/stores/file.ts";
import { describeProcess } from "../../src/stores/file/holder.ts";
import { writeRecord } from "../../src/stores/file/record-text.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { makeRecord, makeVersion } from "../support/records.ts";

const HOUR_MS = 3_600_000;

let base: string;
let folder: string;
let folders = 0;
let clock: FakeClock;
let store: FileStore;

before(() => {
  base = mkdtempSync(join(tmpdir(), "coatcheck-file-"));
});
after(() => rmSync(base, { recursive: true }));
beforeEach(() => {
  clock = new FakeClock();
  folder = join(base, String(++folders));
  store = fileStore(folder, { clock });
});

const record = (changes: Partial<SessionRecord> = {}): SessionRecord => makeRecord({ data: '{"secret":"do-not-tell"}', ...changes }, clock.now());
const fileOf = (id: string, ending = ""): string => join(folder, id.slice(0, 2), `${id}${ending}`);
const everything = (): string[] => readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

const isUnavailable =
  (outcome: "not-sent" | "unknown") =>
  (error: unknown): boolean => {
    assert.ok(error instanceof StoreUnavailable, String(error));
    assert.equal(error.outcome, outcome);
    assert.ok(!error.message.includes("do-not-tell"));
    return true;
  };

const failure = (code: string): Error => Object.assign(new Error(code), { code });

describe("fileStore: the folder", () => {
  it("ST-06 folders are 0700 and files 0600, whatever the umask", async () => {
    for (const mask of [0o000, 0o022, 0o077]) {
      const umask = process.umask(mask);
      try {
        folder = join(base, `mask-${mask}`, "sessions");
        const masked = fileStore(folder, { clock });
        const mine = record();
        await masked.create(mine);
        await masked.update({ ...mine, version: makeVersion() }, mine.version);
        assert.equal(modeOf(folder), "700");
        assert.equal(modeOf(join(folder, mine.id.slice(0, 2))), "700");
        assert.equal(modeOf(fileOf(mine.id)), "600");
      } finally {
        process.umask(umask);
      }
    }
  });

  it("one that others may write into is refused, with the cure", () => {
    const open = join(base, "open");
    mkdirSync(open);
    chmodSync(open, 0o777);
    assert.throws(() => fileStore(open), (error: unknown) => error instanceof ConfigurationError && error.message.includes(join(open, "sessions")));
    assert.equal(modeOf(open), "777");
  });

  it("a path that is no folder is an error at start", () => {
    writeFileSync(join(base, "a-file"), "");
    for (const wrong of ["", "a\0b", 7 as unknown as string, join(base, "a-file")]) assert.throws(() => fileStore(wrong), (error: unknown) => error instanceof ConfigurationError && error.setting === "fileStore");
  });

  it("ST-06 SID-04 no id of another shape ever reaches the file system", async (t) => {
    const mine = record();
    await store.create(mine);
    const before = everything();
    const calls = ["readFile", "open", "rename", "rm", "symlink", "unlink", "mkdir"].map((name) => t.mock.method(fs, name as "readFile"));
    const hostile = ["", "a", "../x", "..%2fx", "a/b", "a\\b", "a\0b", `${"a".repeat(42)}/`, `../../${"a".repeat(37)}`, `${mine.id}.lock`, `${mine.id}\n`, "a".repeat(65_536), "é".repeat(43), "[object Object]", "\"'`"];
    for (const id of hostile) {
      assert.equal(await store.read(id), null);
      assert.equal(await store.create({ ...mine, id }), false);
      assert.deepEqual(await store.update({ ...mine, id }, mine.version), { outcome: "gone" });
      assert.equal(await store.touch(id, mine.version, clock.now(), clock.now() + 1), false);
      assert.equal(await store.delete(id), "gone");
    }
    assert.equal(calls.reduce((sum, { mock }) => sum + mock.callCount(), 0), 0);
    assert.deepEqual(everything(), before);
  });

  it("comes back when somebody removes it", async () => {
    rmSync(folder, { recursive: true });
    const mine = record();
    assert.equal(await store.read(mine.id), null);
    assert.equal(await store.delete(mine.id), "gone");
    assert.equal(await store.create(mine), true);
    assert.deepEqual(await store.read(mine.id), mine);
  });

  it("holds nothing but the record once a call is done", async () => {
    const mine = record();
    await store.create(mine);
    await store.update({ ...mine, version: "next" }, mine.version);
    await store.touch(mine.id, "next", clock.now() + 1, mine.expiresAt + 1);
    assert.deepEqual(everything(), [mine.id.slice(0, 2), `${mine.id.slice(0, 2)}/${mine.id}`]);
    await store.delete(mine.id);
    assert.deepEqual(everything(), [mine.id.slice(0, 2)]);
  });
});

describe("fileStore: bytes that are no record", () => {
  it("ST-10 cut, altered, emptied or another's: absent, never a stranger's session", async () => {
    const [mine, other] = [record({ owner: "ann" }), record()];
    await store.create(mine);
    await store.create(other);
    const bytes = readFileSync(fileOf(mine.id));
    const flipped = Buffer.from(bytes);
    flipped[bytes.length - 3] = (flipped[bytes.length - 3] ?? 0) ^ 1;
    for (const spoiled of [Buffer.alloc(0), bytes.subarray(0, bytes.length - 1), bytes.subarray(0, 30), flipped, Buffer.alloc(bytes.length), readFileSync(fileOf(other.id)), Buffer.from("coat1 ")]) {
      writeFileSync(fileOf(mine.id), spoiled);
      assert.equal(await store.read(mine.id), null);
      assert.deepEqual(await store.update(mine, mine.version), { outcome: "gone" });
      assert.deepEqual(await store.listByOwner("ann"), []);
    }
    assert.equal(await fileStore(folder, { clock }).sweep(10), 1, "what is no record is swept");
    assert.deepEqual(await store.read(other.id), other);
  });

  it("a file of another format is absent, and is not swept", async () => {
    const mine = record();
    await store.create(mine);
    writeFileSync(fileOf(mine.id), "coat2 something newer");
    assert.equal(await store.read(mine.id), null);
    assert.equal(await store.sweep(10), 0);
    assert.equal(readFileSync(fileOf(mine.id), "utf8"), "coat2 something newer");
  });
});

describe("CC-06 fileStore: a lock that is there", () => {
  const [pid = "", startedAt = "", boot = "", space = ""] = describeProcess().split(":");

  /** What the lock of a process would say. */
  const lockOf = (changes: Partial<Record<"pid" | "startedAt" | "boot" | "space", string>>): string => {
    const said = { pid, startedAt, boot, space, ...changes };
    return `${said.pid}:${said.startedAt}:${said.boot}:${said.space}:earlier`;
  };

  /** The number of a process that has ended. */
  async function deadPid(): Promise<string> {
    const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
    const { pid: dead = 0 } = child;
    await once(child, "exit");
    return String(dead);
  }

  async function lockedWith(text: string): Promise<SessionRecord> {
    const mine = record();
    await store.create(mine);
    symlinkSync(text, fileOf(mine.id, ".lock"));
    return mine;
  }

  async function assertHeld(text: string): Promise<void> {
    const mine = await lockedWith(text);
    const startedAt = clock.now();
    await assert.rejects(store.update({ ...mine, version: "next" }, mine.version, { now: mine.createdAt }), isUnavailable("not-sent"));
    const waited = clock.now() - startedAt;
    assert.ok(waited >= 2000 && waited < 2100, `${waited} ms`);
    assert.equal(readlinkSync(fileOf(mine.id, ".lock")), text, "the lock was touched");
    assert.deepEqual(await store.read(mine.id, { now: mine.createdAt }), mine);
    await store.sweep(10, { now: mine.createdAt });
    assert.equal(readlinkSync(fileOf(mine.id, ".lock")), text, "the sweep touched the lock");
  }

  async function assertTakenOver(text: string): Promise<void> {
    const mine = await lockedWith(text);
    writeFileSync(fileOf(mine.id, ".earlier.tmp"), "half a rec");
    assert.deepEqual(await store.update({ ...mine, version: "next" }, mine.version), { outcome: "updated" });
    assert.equal(clock.waitedMs, 0);
    assert.deepEqual(everything(), [mine.id.slice(0, 2), `${mine.id.slice(0, 2)}/${mine.id}`]);
  }

  it("of a living process is waited for, and never taken over", () => assertHeld(lockOf({})));
  it("of a process of another pid namespace is never taken over, dead or not", async () => assertHeld(lockOf({ pid: await deadPid(), space: "4026531000" })));
  it("that says nothing known is never taken over", () => assertHeld("somebody else's link"));
  it("of a machine that is not this one is never taken over", async () => assertHeld(lockOf({ pid: await deadPid(), boot: "other-host" })));
  it("of another start of a machine, made after this one's, is never taken over", async () => assertHeld(lockOf({ boot: "00000000-0000-4000-8000-000000000000" })));
  it("of a dead process is taken over at once, and what it was writing is removed", async () => assertTakenOver(lockOf({ pid: await deadPid() })));
  it("of an earlier process with the number of a living one is taken over", { skip: startedAt === "unknown" && "no /proc" }, () => assertTakenOver(lockOf({ startedAt: "1" })));

  it("made before the machine was started is taken over", { skip: !boot.includes("-") && "no boot id" }, async () => {
    const mine = await lockedWith(lockOf({ boot: "00000000-0000-4000-8000-000000000000" }));
    await fs.lutimes(fileOf(mine.id, ".lock"), 1, 1);
    assert.equal(await store.delete(mine.id), "deleted");
    assert.deepEqual(everything(), [mine.id.slice(0, 2)]);
  });

  it("of a process that is dead and that nobody has buried yet is taken over", { skip: startedAt === "unknown" && "no /proc" }, async () => {
    // The shell becomes a program that never asks after its child; the child lives until then, or the shell itself might bury it.
    const parent = spawn("sh", ["-c", "read -r go <&3 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore", "pipe"] });
    try {
      const [line] = (await once(parent.stdout as Readable, "data")) as [Buffer];
      const zombie = line.toString().trim();
      const fields = (): string[] => (readFileSync(`/proc/${zombie}/stat`, "utf8").split(") ")[1] ?? "").split(" ");
      while (readFileSync(`/proc/${parent.pid}/comm`, "utf8").trim() !== "sleep") await new Promise(setImmediate);
      (parent.stdio[3] as Writable).end("go\n");
      while (fields()[0] !== "Z") await new Promise(setImmediate);
      await assertTakenOver(lockOf({ pid: zombie, startedAt: fields()[19] ?? "" }));
    } finally {
      parent.kill("SIGKILL");
      await once(parent, "exit");
    }
  });

  it("a claim whose holder died as well is taken over in turn", async () => {
    const dead = await deadPid();
    const mine = await lockedWith(lockOf({ pid: dead }));
    symlinkSync(lockOf({ pid: dead }).replace("earlier", "claimant"), fileOf(mine.id, ".lock.earlier"));
    assert.equal(await store.delete(mine.id), "deleted");
    assert.deepEqual(everything(), [mine.id.slice(0, 2)]);
  });

  it("while a living process holds the claim, nobody else replaces the lock", async () => {
    const mine = await lockedWith(lockOf({ pid: await deadPid() }));
    symlinkSync(lockOf({}).replace("earlier", "claimant"), fileOf(mine.id, ".lock.earlier"));
    await assert.rejects(store.delete(mine.id, undefined, { now: mine.createdAt }), isUnavailable("not-sent"));
    assert.deepEqual(await store.read(mine.id, { now: mine.createdAt }), mine);
  });

  it("two that find it dead: the slow one cannot remove the next holder's lock", async (t) => {
    const mine = await lockedWith(lockOf({ pid: await deadPid() }));
    const real = fs.readlink.bind(fs);
    let intruded = false;
    // The slow one has read the dead lock; before it goes on, another has taken over and holds the lock.
    t.mock.method(fs, "readlink", async (path: string) => {
      const text = await real(path);
      if (!intruded) {
        intruded = true;
        await fs.unlink(path);
        symlinkSync(lockOf({}).replace("earlier", "winner"), path);
      }
      return text;
    });
    await assert.rejects(store.delete(mine.id, undefined, { now: mine.createdAt }), isUnavailable("not-sent"));
    assert.match(readlinkSync(fileOf(mine.id, ".lock")), /:winner$/);
    assert.equal(existsSync(fileOf(mine.id, ".lock.earlier")), false, "the claim stayed");
  });

  it("a reader never waits for it, not even to move the session's end", async () => {
    const mine = await lockedWith(lockOf({}));
    clock.advance(HOUR_MS / 2);
    assert.deepEqual(await store.read(mine.id), mine);
    assert.equal(await store.touch(mine.id, mine.version, clock.now(), clock.now() + HOUR_MS), false);
    assert.deepEqual(await store.read(mine.id), mine);
    assert.equal(clock.waitedMs, 0);
  });

  it("a caller that leaves while waiting gets the reason of its signal", async (t) => {
    const mine = await lockedWith(lockOf({}));
    const controller = new AbortController();
    const reason = new Error("gone home");
    t.mock.method(clock, "wait", async (_milliseconds: number, signal?: AbortSignal) => {
      controller.abort(reason);
      signal?.throwIfAborted();
    });
    await assert.rejects(store.delete(mine.id, undefined, { signal: controller.signal }), (error: unknown) => error === reason);
  });

  it("that could not be removed is still ours: the next write goes through", async (t) => {
    const mine = record();
    await store.create(mine);
    const unlink = t.mock.method(fs, "unlink", async () => Promise.reject(failure("EIO")));
    assert.deepEqual(await store.update({ ...mine, version: "next" }, mine.version), { outcome: "updated" });
    unlink.mock.restore();
    assert.equal(await store.delete(mine.id), "deleted");
    assert.equal(clock.waitedMs, 0);
    assert.deepEqual(everything(), [mine.id.slice(0, 2)]);
  });
});

describe("fileStore: a disk that does not play along", () => {
  /** The next file that is written finds the disk full. */
  function fillDisk(t: TestContext, code: string): { mock: { restore(): void } } {
    const real = fs.open.bind(fs);
    return t.mock.method(fs, "open", async (...args: Parameters<typeof fs.open>) => {
      const handle = await real(...args);
      handle.writeFile = () => Promise.reject(failure(code));
      return handle;
    });
  }

  for (const code of ["ENOSPC", "EDQUOT", "EIO"]) {
    it(`${code} fails the write, leaves nothing behind and the old record as it was`, async (t) => {
      const mine = record();
      await store.create(mine);
      const full = fillDisk(t, code);
      await assert.rejects(store.update({ ...mine, version: "next" }, mine.version), isUnavailable("not-sent"));
      await assert.rejects(store.create(record()), isUnavailable("not-sent"));
      clock.advance(HOUR_MS / 2);
      await assert.rejects(store.touch(mine.id, mine.version, clock.now(), clock.now() + HOUR_MS), isUnavailable("not-sent"));
      assert.deepEqual(await store.read(mine.id), mine);
      full.mock.restore();
      assert.deepEqual(everything().filter((name) => /\.(lock|tmp)/.test(name)), []);
      assert.deepEqual(await store.update({ ...mine, version: "next" }, mine.version), { outcome: "updated" });
    });
  }

  it("permissions that are missing are no absent session (I11)", async (t) => {
    const mine = record();
    await store.create(mine);
    t.mock.method(fs, "readFile", async () => Promise.reject(failure("EACCES")));
    await assert.rejects(store.read(mine.id), isUnavailable("not-sent"));
    await assert.rejects(store.listByOwner("ann"), isUnavailable("not-sent"));
    await assert.rejects(store.delete(mine.id), isUnavailable("not-sent"));
    assert.equal(existsSync(fileOf(mine.id)), true);
  });

  it("a rename whose device fails may have happened; one that is refused has not", async (t) => {
    const mine = record();
    await store.create(mine);
    for (const [code, outcome] of [["EIO", "unknown"], ["EROFS", "not-sent"]] as const) {
      const rename = t.mock.method(fs, "rename", async () => Promise.reject(failure(code)));
      await assert.rejects(store.update({ ...mine, version: "next" }, mine.version), isUnavailable(outcome));
      rename.mock.restore();
    }
    assert.deepEqual(await store.read(mine.id), mine);
  });

  it("durable: file and folder are on the disk before the answer, and a folder that cannot be synced leaves it open", async (t) => {
    const durable = fileStore(folder, { clock, durable: true });
    const real = fs.open.bind(fs);
    const synced: string[] = [];
    let failing = false;
    t.mock.method(fs, "open", async (...args: Parameters<typeof fs.open>) => {
      const handle = await real(...args);
      const sync = handle.sync.bind(handle);
      handle.sync = async () => {
        if (failing && args[1] === "r") throw failure("EIO");
        synced.push(args[1] === "r" ? "folder" : "file");
        await sync();
      };
      return handle;
    });
    const mine = record();
    await durable.create(mine);
    assert.deepEqual(synced.slice(-2), ["file", "folder"]);
    synced.length = 0;
    assert.equal(await durable.delete(mine.id), "deleted");
    assert.deepEqual(synced, ["folder"]);
    await durable.create(mine);
    failing = true;
    await assert.rejects(durable.update({ ...mine, version: "next" }, mine.version), isUnavailable("unknown"));
  });

  it("does nothing after close(), which waits for what was begun", async () => {
    const mine = record();
    const begun = store.create(mine);
    await store.close();
    assert.equal(existsSync(fileOf(mine.id)), true);
    assert.equal(await begun, true);
    await assert.rejects(store.read(mine.id), isUnavailable("not-sent"));
    await assert.rejects(store.delete(mine.id), isUnavailable("not-sent"));
    await assert.rejects(store.sweep(1), isUnavailable("not-sent"));
  });
});

describe("fileStore: sweeping", () => {
  /** Files as another process has written them. */
  function plant(count: number, endOf: (index: number) => number): SessionRecord[] {
    return Array.from({ length: count }, (_, index) => {
      const one = record({ expiresAt: endOf(index) });
      mkdirSync(join(folder, one.id.slice(0, 2)), { recursive: true });
      writeFileSync(fileOf(one.id), writeRecord(one));
      return one;
    });
  }

  it("LC-26 sweeping 10,000 records in batches leaves exactly the live ones", async () => {
    const planted = plant(10_000, (index) => clock.now() + (index % 3 ? 10 : 11));
    clock.advance(10);
    const batches: number[] = [];
    for (let swept = await store.sweep(2000); swept > 0; swept = await store.sweep(2000)) batches.push(swept);
    assert.deepEqual(batches, [2000, 2000, 2000, 666]);
    const left = everything().filter((name) => name.includes("/")).map((name) => name.slice(3));
    assert.deepEqual(left.sort(), planted.filter((_, index) => index % 3 === 0).map(({ id }) => id).sort());
  });

  it("reads the files again only where something ends", async (t) => {
    const [soon] = plant(50, (index) => clock.now() + (index === 0 ? 10 : HOUR_MS));
    assert.ok(soon);
    assert.equal(await store.sweep(100), 0);
    const reads = t.mock.method(fs, "readFile");
    assert.equal(await store.sweep(100), 0);
    assert.equal(reads.mock.callCount(), 0);
    clock.advance(10);
    assert.equal(await store.sweep(100), 1);
    assert.ok(reads.mock.callCount() < 10, `${reads.mock.callCount()} files were read`);
    assert.equal(existsSync(fileOf(soon.id)), false);
  });

  it("goes on in a shard that it did not finish", async () => {
    const shared = Array.from({ length: 5 }, () => record({ id: `zz${makeRecord().id.slice(2)}`, expiresAt: clock.now() + 10 }));
    for (const one of shared) await store.create(one);
    clock.advance(10);
    assert.deepEqual([await store.sweep(2), await store.sweep(2), await store.sweep(2), await store.sweep(2)], [2, 2, 1, 0]);
  });

  it("a record that is moved to an earlier end is found", async () => {
    const [one] = plant(1, () => clock.now() + HOUR_MS);
    assert.ok(one);
    assert.equal(await store.sweep(10), 0);
    await store.touch(one.id, one.version, clock.now() + 1, clock.now() + 5);
    clock.advance(5);
    assert.equal(await store.sweep(10), 1);
  });

  it("unfinished files and locks of dead processes go, those of the living stay", async () => {
    const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
    await once(child, "exit");
    const me = describeProcess();
    const [dead, living] = plant(2, () => clock.now() + HOUR_MS) as [SessionRecord, SessionRecord];
    symlinkSync(`${child.pid}:${me.slice(me.indexOf(":") + 1)}:gone`, fileOf(dead.id, ".lock"));
    writeFileSync(fileOf(dead.id, ".older.tmp"), "half");
    writeFileSync(fileOf(dead.id, ".gone.tmp"), "half");
    symlinkSync(`${me}:busy`, fileOf(living.id, ".lock"));
    writeFileSync(fileOf(living.id, ".busy.tmp"), "half");
    assert.equal(await store.sweep(10), 0);
    assert.deepEqual(everything().filter((name) => name.includes(dead.id)), [`${dead.id.slice(0, 2)}/${dead.id}`]);
    assert.deepEqual(everything().filter((name) => name.includes(living.id)).length, 3);
  });
});

describe("fileStore: by owner", () => {
  it("a session that appears while the others are deleted goes as well", async (t) => {
    const records = [record({ owner: "ann" }), record({ owner: "ann" })];
    for (const one of records) await store.create(one);
    const late = record({ owner: "ann" });
    const real = fs.rm.bind(fs);
    let came = false;
    t.mock.method(fs, "rm", async (...args: Parameters<typeof fs.rm>) => {
      if (!came) {
        came = true;
        await fileStore(folder, { clock }).create(late);
      }
      return real(...args);
    });
    assert.equal(await store.deleteByOwner("ann"), 3);
    assert.deepEqual(await store.listByOwner("ann"), []);
  });
});
