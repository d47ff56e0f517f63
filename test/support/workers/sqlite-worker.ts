/**
 * A process on an SQLite file. `agree <path> <secret>`: prints the secret that all processes agreed on.
 * `write <path> <id>`: writes one record over and over, a dot for each time, until it is killed.
 */
import { writeSync } from "node:fs";
import { sqliteStore } from "../../../src/stores/sqlite.ts";
import { makeVersion } from "../records.ts";

const [job, path = "", argument = ""] = process.argv.slice(2);
const store = sqliteStore(path);
if (job === "agree") {
  process.stdout.write(await store.writeSettingOnce("secret", argument));
  await store.close();
} else {
  let current = await store.read(argument);
  for (let turn = 0; current !== null; turn++) {
    const next = { ...current, data: "abcdefgh"[turn % 8]?.repeat(50_000) ?? "", version: makeVersion() };
    if ((await store.update(next, current.version)).outcome !== "updated") break;
    current = next;
    writeSync(1, ".");
  }
}
