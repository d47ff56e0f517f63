import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StoreUnavailable } from "../../../src/errors.ts";
import { mysqlStore } from "../../../src/stores/mysql.ts";
import { postgresStore } from "../../../src/stores/postgres.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { makeRecord } from "../../support/records.ts";

/** A `pg` client that fails so many times, and then says that one row was changed. */
function failingPg(error: object, times: number): { client: { query: (query: unknown) => Promise<{ rows: unknown[]; rowCount: number }> }; calls: () => number } {
  let calls = 0;
  const query = async (): Promise<{ rows: unknown[]; rowCount: number }> => {
    if (++calls <= times) throw error;
    return { rows: [["id", null, "v", null, 0, 0, 0, null, null, true, true]], rowCount: 1 };
  };
  return { client: { query }, calls: () => calls };
}

describe("a busy server", () => {
  it("is asked again after a deadlock, with waits between", async () => {
    const clock = new FakeClock();
    const { client, calls } = failingPg({ code: "40P01" }, 3);
    assert.deepEqual(await postgresStore(client, { clock }).update(makeRecord(), "v"), { outcome: "updated" });
    assert.equal(calls(), 4);
    assert.ok(clock.waitedMs > 0);
  });

  it("CC-10 is given up after two seconds, and then nothing was written", async () => {
    const clock = new FakeClock();
    const startedAt = clock.now();
    const { client } = failingPg({ code: "40001" }, Infinity);
    await assert.rejects(postgresStore(client, { clock }).delete("a"), (error: unknown) => error instanceof StoreUnavailable && error.outcome === "not-sent" && error.operation === "delete a session");
    assert.ok(clock.now() - startedAt >= 2000 && clock.now() - startedAt <= 2100);
  });

  it("an error of unknown outcome is not repeated", async () => {
    const { client, calls } = failingPg({ code: "08006" }, 1);
    await assert.rejects(postgresStore(client).update(makeRecord(), "v"), (error: unknown) => error instanceof StoreUnavailable && error.outcome === "unknown");
    assert.equal(calls(), 1);
  });
});

describe("errors of a store", () => {
  it("name the operation, keep the cause, and hold no value of the session", async () => {
    const secret = "the-secret-in-the-session";
    const cause = Object.assign(new Error(`insert failed: ${secret}`), { code: "53100" });
    const { client } = failingPg(cause, 1);
    await assert.rejects(postgresStore(client).create(makeRecord({ data: secret })), (error: unknown) => {
      assert.ok(error instanceof StoreUnavailable);
      assert.equal(error.cause, cause);
      assert.equal(error.message, "The session store failed to create a session.");
      return true;
    });
  });
});

describe("connections of a pool", () => {
  interface FakePool {
    readonly released: (boolean | undefined)[];
    readonly listeners: Set<unknown>;
    totalCount: number;
    connect(): Promise<never>;
    query(): Promise<never>;
  }

  function poolOf(error: object): FakePool {
    const released: (boolean | undefined)[] = [];
    const listeners = new Set<unknown>();
    const connection = {
      query: async () => {
        throw error;
      },
      release: (destroy?: boolean) => released.push(destroy),
      on: (_event: string, listener: unknown) => listeners.add(listener),
      off: (_event: string, listener: unknown) => listeners.delete(listener),
    };
    return { released, listeners, totalCount: 1, connect: async () => connection as never, query: async () => assert.fail("went past connect()") };
  }

  it("postgres: given back after an error of the server, thrown away after anything else, and never listened to afterwards", async () => {
    for (const [error, destroyed] of [[{ code: "53100", severity: "ERROR" }, false], [{ code: "57P01", severity: "FATAL" }, true], [{ code: "ECONNRESET" }, true]] as const) {
      const pool = poolOf(error);
      await assert.rejects(postgresStore(pool).delete("a"), StoreUnavailable);
      assert.deepEqual(pool.released, [destroyed], JSON.stringify(error));
      assert.equal(pool.listeners.size, 0);
    }
  });

  it("mysql: the same", async () => {
    for (const [error, end] of [[{ errno: 1290, sqlState: "HY000" }, "release"], [{ errno: 1053, sqlState: "08S01", fatal: true }, "destroy"], [{ code: "PROTOCOL_CONNECTION_LOST" }, "destroy"]] as const) {
      const ends: string[] = [];
      const execute = async (): Promise<never> => {
        throw error;
      };
      const connection = { execute, query: execute, release: () => ends.push("release"), destroy: () => ends.push("destroy") };
      const store = mysqlStore({ execute, query: execute, getConnection: async () => connection as never });
      await assert.rejects(store.delete("a"), StoreUnavailable);
      assert.deepEqual(ends, [end], JSON.stringify(error));
    }
  });

  it("none to be had: the write was not sent", async () => {
    const none = async (): Promise<never> => {
      throw new Error("timeout exceeded when trying to connect");
    };
    const isNotSent = (error: unknown): boolean => error instanceof StoreUnavailable && error.outcome === "not-sent";
    await assert.rejects(postgresStore({ totalCount: 10, connect: none, query: none }).delete("a"), isNotSent);
    await assert.rejects(mysqlStore({ getConnection: none, execute: none, query: none }).delete("a"), isNotSent);
  });
});

describe("a signal", () => {
  it("rejects a read that is under way at once, and listens no longer", async () => {
    const controller = new AbortController();
    const reason = new Error("gone home");
    const store = postgresStore({ query: () => new Promise(() => {}) });
    const read = store.read("a", { signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    await assert.rejects(read, (error: unknown) => error === reason);
  });
});
