import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { memoryStore } from "coatcheck/memory";
import { sqliteStore } from "coatcheck/sqlite";
import { createProbe } from "../support/workers/probe-server.ts";

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
  /** The session cookie that was sent, "" when it was removed, undefined when none was. */
  readonly cookie: string | undefined;
}

async function call(port: number, method: string, path: string, cookie: string | undefined): Promise<Reply> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { "sec-fetch-site": "same-origin", ...(cookie === undefined ? {} : { cookie: `sessionid=${cookie}` }) } });
  const line = response.headers.getSetCookie().find((candidate) => candidate.startsWith("sessionid="));
  return { status: response.status, body: (await response.json()) as Record<string, unknown>, cookie: line === undefined ? undefined : /^sessionid=([^;]*)/.exec(line)?.[1] };
}

interface Servers {
  readonly ports: readonly number[];
  stop(): Promise<void>;
}

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

async function startProcesses(file: string): Promise<Servers> {
  const children: ChildProcess[] = [];
  const ports: number[] = [];
  for (let n = 0; n < 2; n++) {
    const child = fork(new URL("../support/workers/probe-server.ts", import.meta.url), [file], { execArgv: ["--conditions=coatcheck-source", "--disable-warning=ExperimentalWarning"] });
    children.push(child);
    ports.push(((await once(child, "message")) as [number])[0]);
  }
  return {
    ports,
    stop: async () => {
      for (const child of children) {
        const gone = once(child, "exit");
        child.kill();
        await gone;
      }
    },
  };
}

const set: readonly (readonly [string, () => Promise<Servers>])[] = [
  ["memory", () => startHere(memoryStore())],
  ["sqlite", () => startHere(sqliteStore(join(folder, "one.db")))],
  ["sqlite, two processes on one file", () => startProcesses(join(folder, "two.db"))],
];

/** Differs from request to request, the same in each run. */
const turnsFor = (n: number): number => (n * 37) % 23;

for (const [name, start] of set) {
  describe(`over HTTP, ${name}`, () => {
    it("I1 fifty parallel requests each set a key of their own: fifty keys", async () => {
      const { ports, stop } = await start();
      try {
        const { cookie } = await call(ports[0] as number, "POST", "/set/first", undefined);
        const replies = await Promise.all(Array.from({ length: 50 }, (_, n) => call(ports[n % ports.length] as number, "POST", `/set/key${n}?turns=${turnsFor(n)}`, cookie)));
        assert.deepEqual([...new Set(replies.map((reply) => reply.status))], [200]);
        const { body } = await call(ports[0] as number, "GET", "/all", cookie);
        assert.equal(Object.keys(body).length, 51);
      } finally {
        await stop();
      }
    });

    it("I1 fifty parallel increments: fifty", async () => {
      const { ports, stop } = await start();
      try {
        const { cookie } = await call(ports[0] as number, "POST", "/set/first", undefined);
        const replies = await Promise.all(Array.from({ length: 50 }, (_, n) => call(ports[n % ports.length] as number, "POST", `/increment?turns=${turnsFor(n)}`, cookie)));
        assert.deepEqual([...new Set(replies.map((reply) => reply.status))], [200]);
        assert.equal((await call(ports[0] as number, "GET", "/all", cookie)).body["n"], 50);
      } finally {
        await stop();
      }
    });

    it("I2 a logout in the middle of a slow writing request: dead, a hundred times of a hundred", async () => {
      const { ports, stop } = await start();
      try {
        const [one, other] = [ports[0] as number, ports[ports.length - 1] as number];
        for (let n = 0; n < 100; n++) {
          const { cookie } = await call(one, "POST", "/set/user", undefined);
          const [slow, logout] = await Promise.all([call(other, "POST", `/set/late?turns=${turnsFor(n) * 4}`, cookie), call(one, "POST", `/logout?turns=${turnsFor(n + 7)}`, cookie)]);
          assert.equal(logout.status, 200);
          assert.ok(slow.status === 200 || slow.status === 409, String(slow.status));
          // A request that came after the logout is a stranger's: whatever it began has a token of its own.
          if (slow.status === 409) assert.equal(slow.cookie, undefined);
          if (slow.cookie !== undefined) assert.notEqual(slow.cookie, cookie);
          assert.deepEqual((await call(other, "GET", "/all", cookie)).body, {}, `round ${n}`);
        }
      } finally {
        await stop();
      }
    });
  });
}
