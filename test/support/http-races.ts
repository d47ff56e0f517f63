import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { it } from "node:test";

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

/** Applications over one store, each on a port. */
export interface Servers {
  readonly ports: readonly number[];
  stop(): Promise<void>;
}

/** Two processes of `workers/probe-server.ts`. @param words its command line */
export async function startProcesses(...words: readonly string[]): Promise<Servers> {
  const children: ChildProcess[] = [];
  const ports: number[] = [];
  for (let n = 0; n < 2; n++) {
    const child = fork(new URL("./workers/probe-server.ts", import.meta.url), [...words], { execArgv: ["--conditions=coatcheck-source", "--disable-warning=ExperimentalWarning"] });
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

/** Differs from request to request, the same in each run. */
const turnsFor = (n: number): number => (n * 37) % 23;

/**
 * Declares what must hold for parallel requests of real HTTP applications.
 *
 * @param writers so many requests write at once, in turns to each application
 */
export function itKeepsWhatRequestsWrite(start: () => Promise<Servers>, writers: number): void {
  it("I1 parallel requests each set a key of their own: every key is there", async () => {
    const { ports, stop } = await start();
    try {
      const { cookie } = await call(ports[0] as number, "POST", "/set/first", undefined);
      const replies = await Promise.all(Array.from({ length: writers }, (_, n) => call(ports[n % ports.length] as number, "POST", `/set/key${n}?turns=${turnsFor(n)}`, cookie)));
      assert.deepEqual([...new Set(replies.map((reply) => reply.status))], [200]);
      const { body } = await call(ports[0] as number, "GET", "/all", cookie);
      assert.equal(Object.keys(body).length, writers + 1);
    } finally {
      await stop();
    }
  });

  it("I1 parallel increments: none is lost", async () => {
    const { ports, stop } = await start();
    try {
      const { cookie } = await call(ports[0] as number, "POST", "/set/first", undefined);
      const replies = await Promise.all(Array.from({ length: writers }, (_, n) => call(ports[n % ports.length] as number, "POST", `/increment?turns=${turnsFor(n)}`, cookie)));
      assert.deepEqual([...new Set(replies.map((reply) => reply.status))], [200]);
      assert.equal((await call(ports[0] as number, "GET", "/all", cookie)).body["n"], writers);
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
}
