/**
 * A process on a folder of sessions, to be killed. `<folder> <id> hold`: takes the record's lock and keeps it. `<folder> <id> <letters>`: says
 * that it is ready, and when it is told, writes the record over and over, so many letters of one kind each time.
 */
import { once } from "node:events";
import { systemClock } from "../../../src/clock.ts";
import { fileStore } from "../../../src/stores/file.ts";
import { FileLocks } from "../../../src/stores/file/locks.ts";
import { makeVersion } from "../records.ts";

const [folder = "", id = "", job = ""] = process.argv.slice(2);
const say = (word: string): void => {
  process.send?.(word);
};

if (job === "hold") {
  await new FileLocks(systemClock).take(`${folder}/${id.slice(0, 2)}/${id}.lock`);
  say("holding");
  await once(process, "message");
} else {
  const store = fileStore(folder);
  say("ready");
  await once(process, "message");
  let current = await store.read(id);
  for (let turn = 0; current !== null; turn++) {
    const next = { ...current, data: "abcdefgh"[turn % 8]?.repeat(Number(job)) ?? "", version: makeVersion() };
    if ((await store.update(next, current.version)).outcome !== "updated") break;
    current = next;
    if (turn === 1) say("writing");
  }
}
