import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { postgresRevocations, type PgBusPool } from "../../../src/stores/revocations/postgres.ts";

/** A connection that notices when it is given back twice, as that of `pg` does. */
class FakeClient extends EventEmitter {
  isLent = true;
  readonly #listen: () => Promise<void>;

  constructor(listen: () => Promise<void>) {
    super();
    this.#listen = listen;
  }

  query(): Promise<void> {
    return this.#listen();
  }

  release(): void {
    assert.ok(this.isLent, "Release called on client which has already been released to the pool.");
    this.isLent = false;
  }
}

class FakePool {
  readonly clients: FakeClient[] = [];
  /** What LISTEN does on the next connections. */
  listen: (client: FakeClient) => Promise<void> = async () => {};

  get lent(): number {
    return this.clients.filter((client) => client.isLent).length;
  }

  async query(): Promise<void> {}

  async connect(): Promise<FakeClient> {
    const client: FakeClient = new FakeClient(() => this.listen(client));
    this.clients.push(client);
    return client;
  }
}

/** The connection breaks while LISTEN is on its way: `pg` tells the events first and rejects afterwards. */
const breakOff = async (client: FakeClient): Promise<void> => {
  client.emit("error");
  client.emit("end");
  throw new Error("Connection terminated unexpectedly");
};

async function settle(): Promise<void> {
  for (let count = 0; count < 5; count++) await turn();
}

describe("a PostgreSQL connection that listens", () => {
  const make = () => {
    const pool = new FakePool();
    const heard: string[] = [];
    const subscribe = () => postgresRevocations(pool as unknown as PgBusPool).subscribe((text) => heard.push(text), () => heard.push("missed"));
    return { pool, heard, subscribe };
  };

  it("a first LISTEN that fails is told, gives its connection back, and tries nothing behind one's back", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { pool, subscribe } = make();
    pool.listen = breakOff;
    await assert.rejects(subscribe(), /Connection terminated unexpectedly/);
    t.mock.timers.tick(60_000);
    await settle();
    assert.deepEqual([pool.clients.length, pool.lent], [1, 0]);
  });

  it("tries again until it listens, on one connection, and hears every text once", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { pool, heard, subscribe } = make();
    const stop = await subscribe();
    pool.listen = breakOff;
    pool.clients[0]?.emit("end");
    pool.clients[0]?.emit("error");
    for (let attempt = 0; attempt < 3; attempt++) {
      t.mock.timers.tick(500);
      await settle();
      assert.equal(pool.lent, 0);
    }
    assert.equal(pool.clients.length, 4, "one attempt at a time");
    assert.deepEqual(heard, []);
    pool.listen = async () => {};
    t.mock.timers.tick(500);
    await settle();
    for (const client of pool.clients) client.emit("notification", { channel: "coatcheck_revoked", payload: "x" });
    assert.deepEqual(heard, ["missed", "x"]);
    assert.equal(pool.lent, 1);
    await stop();
    await stop();
    assert.equal(pool.lent, 0);
    t.mock.timers.tick(60_000);
    await settle();
    assert.equal(pool.clients.length, 5);
  });

  it("is closed while it is on its way: the connection is given back, and nobody is called", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { pool, heard, subscribe } = make();
    const stop = await subscribe();
    let answer = (): void => {};
    pool.listen = () => new Promise((resolve) => (answer = resolve));
    pool.clients[0]?.emit("end");
    t.mock.timers.tick(500);
    await settle();
    await stop();
    answer();
    await settle();
    assert.deepEqual([pool.clients.length, pool.lent, heard], [2, 0, []]);
  });
});
