import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe } from "node:test";
import { memoryStore } from "coatcheck/memory";
import { sqliteStore } from "coatcheck/sqlite";
import { itKeepsWhatRequestsWrite, startProcesses, type Servers } from "../support/http-races.ts";
import { createProbe } from "../support/workers/probe-server.ts";

const folder = mkdtempSync(join(tmpdir(), "coatcheck-races-"));
after(() => rmSync(folder, { recursive: true, force: true }));

async function startHere(store: Parameters<typeof createProbe>[0]): Promise<Servers> {
  const server = createProbe(store).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    ports: [(server.address() as AddressInfo).port],
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const set: readonly (readonly [string, () => Promise<Servers>])[] = [
  ["memory", () => startHere(memoryStore())],
  ["sqlite", () => startHere(sqliteStore(join(folder, "one.db")))],
  ["sqlite, two processes on one file", () => startProcesses("sqlite", join(folder, "two.db"), "coatcheck_session")],
];

for (const [name, start] of set) {
  describe(`over HTTP, ${name}`, () => itKeepsWhatRequestsWrite(start, 50));
}
