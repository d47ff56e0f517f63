import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StoreUnavailable } from "../../../src/errors.ts";
import { scanKeys } from "../../../src/stores/redis/scan.ts";

/** A server in shape: each life of it walks in an order of its own, so that a cursor of another life skips some keys. */
class FakeServer {
  readonly name: string;
  readonly keys: readonly string[];
  life = 1;
  info: "told" | "forbidden" | "broken" = "told";
  /** Runs before each command. */
  before: (command: string) => void = () => {};

  constructor(name: string, keys: number) {
    this.name = name;
    this.keys = Array.from({ length: keys }, (_, index) => `${name}-${index}`);
  }

  readonly send = async (args: string[]): Promise<unknown> => {
    this.before(args[0] as string);
    if (args[0] === "INFO") {
      if (this.info === "forbidden") throw new StoreUnavailable("walk", "not-sent", { cause: new Error("NOPERM this user has no permissions to run the 'info' command") });
      if (this.info === "broken") throw new StoreUnavailable("walk", "unknown", { cause: new Error("Connection is closed.") });
      return `# Server\r\nredis_version:8.0.0\r\nrun_id:${this.life.toString(16).padStart(40, "0")}\r\ntcp_port:6379\r\n`;
    }
    const ordered = this.life % 2 === 1 ? this.keys : this.keys.toReversed();
    const [at, count] = [Number(args[1]), Number(args[5])];
    return [at + count >= ordered.length ? "0" : String(at + count), ordered.slice(at, at + count)];
  };
}

async function walk(servers: readonly FakeServer[], betweenPages: (page: number) => void = () => {}): Promise<Set<string>> {
  const seen = new Set<string>();
  let cursor: string | null = null;
  for (let page = 0; page < 100; page++) {
    const found: { keys: string[]; next: string | null } = await scanKeys(servers, cursor, 10, "*", (primary, args) => primary.send(args));
    for (const key of found.keys) seen.add(key);
    cursor = found.next;
    if (cursor === null) return seen;
    betweenPages(page);
  }
  assert.fail("the walk does not end");
}

const all = (servers: readonly FakeServer[]): string[] => servers.flatMap(({ keys }) => keys);

describe("a walk over Redis", () => {
  it("sees everything on every server", async () => {
    const servers = [new FakeServer("a:1", 55), new FakeServer("b:1", 0), new FakeServer("c:1", 31)];
    assert.deepEqual([...(await walk(servers))].sort(), all(servers).sort());
  });

  it("begins anew on a server that was started again, or has been followed by another, between two pages", async () => {
    for (const restartAfter of [0, 2, 4]) {
      const servers = [new FakeServer("a:1", 55), new FakeServer("b:1", 35)];
      const seen = await walk(servers, (page) => {
        if (page === restartAfter) servers.forEach((one) => one.life++);
      });
      assert.deepEqual([...seen].sort(), all(servers).sort(), `restart after page ${restartAfter}`);
    }
  });

  it("does so when it happened in the middle of a page, at any command", async () => {
    for (let at = 1; at < 20; at++) {
      // Nine keys of ten are somebody else's, so that a page takes several SCANs.
      const server = new FakeServer("a:1", 80);
      let commands = 0;
      server.before = () => {
        if (++commands === at) server.life++;
      };
      assert.deepEqual([...(await walk([server]))].sort(), [...server.keys].sort(), `restart before command ${at}`);
    }
  });

  it("goes by the cursor alone where INFO is forbidden, and fails where the server does", async () => {
    const server = new FakeServer("a:1", 55);
    server.info = "forbidden";
    assert.equal((await walk([server])).size, 55);
    server.info = "broken";
    await assert.rejects(walk([server]), { outcome: "unknown" });
  });

  it("begins anew with a cursor that is none", async () => {
    const server = new FakeServer("a:1", 5);
    for (const cursor of ["", "x", "5@a:1", "7@@gone:1", "../@-@"]) {
      assert.equal((await scanKeys([server], cursor, 10, "*", (primary, args) => primary.send(args))).keys.length, 5, cursor);
    }
  });
});
