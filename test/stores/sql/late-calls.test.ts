import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StoreUnavailable } from "../../../src/errors.ts";
import type { SessionStore } from "../../../src/store/store.ts";
import { mysqlStore } from "../../../src/stores/mysql.ts";
import { postgresStore } from "../../../src/stores/postgres.ts";
import { makeRecord } from "../../support/records.ts";

const LIMIT = { commandTimeoutMs: 20 };

/** A pool that hands out its one connection when it is told to, and a connection that answers when it is told to. */
class SlowPool {
  /** What was sent, and how connections came back. */
  readonly log: string[] = [];
  readonly #connection = Promise.withResolvers<void>();
  readonly #answer = Promise.withResolvers<unknown>();

  /** A connection is free at last. */
  free(): void {
    this.#connection.resolve();
  }

  answer(error?: object): void {
    if (error === undefined) this.#answer.resolve({ rows: [], rowCount: 1 });
    else this.#answer.reject(error);
  }

  pg(): Parameters<typeof postgresStore>[0] {
    const { log } = this;
    const connection = { query: this.#send(), release: (destroy?: boolean) => log.push(destroy === true ? "destroyed" : "released"), on: () => {}, off: () => {} };
    return { totalCount: 1, connect: () => this.#connection.promise.then(() => connection as never), query: async () => assert.fail("went past connect()") };
  }

  mysql(): Parameters<typeof mysqlStore>[0] {
    const { log } = this;
    const send = this.#send();
    const execute = async (): Promise<[unknown, unknown]> => [{ affectedRows: ((await send()) as { rowCount: number }).rowCount }, undefined];
    const connection = { execute, query: execute, release: () => log.push("released"), destroy: () => log.push("destroyed") };
    return { getConnection: () => this.#connection.promise.then(() => connection as never), execute, query: execute };
  }

  #send(): () => Promise<unknown> {
    return () => {
      this.log.push("sent");
      return this.#answer.promise;
    };
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

const stores: readonly { readonly name: string; readonly open: (pool: SlowPool) => SessionStore; readonly lost: object; readonly busy: object }[] = [
  { name: "postgres", open: (pool) => postgresStore(pool.pg(), LIMIT), lost: new Error("Connection terminated unexpectedly"), busy: { code: "40P01", severity: "ERROR" } },
  { name: "mysql", open: (pool) => mysqlStore(pool.mysql(), LIMIT), lost: { code: "PROTOCOL_CONNECTION_LOST" }, busy: { errno: 1213, code: "ER_LOCK_DEADLOCK", sqlState: "40001" } },
];

for (const { name, open, lost, busy } of stores) {
  describe(`${name}: a call that its caller has given up`, () => {
    it("ST-12 while it waited for a connection was not sent, and is not sent when one is free", async () => {
      for (const write of [
        (store: SessionStore) => store.create(makeRecord({ owner: "ann" })),
        (store: SessionStore) => store.update(makeRecord(), "v"),
        (store: SessionStore) => store.delete("a", "v"),
      ]) {
        const pool = new SlowPool();
        await assert.rejects(write(open(pool)), (error) => error instanceof StoreUnavailable && error.outcome === "not-sent" && /No connection was free/.test(String(error.cause)));
        pool.free();
        await settle();
        assert.deepEqual(pool.log, ["released"]);
      }
    });

    it("while it was sent and not answered is of unknown outcome, and its connection goes", async () => {
      const pool = new SlowPool();
      pool.free();
      await assert.rejects(open(pool).update(makeRecord(), "v"), (error) => error instanceof StoreUnavailable && error.outcome === "unknown" && /No answer came/.test(String(error.cause)));
      assert.deepEqual(pool.log, ["sent", "destroyed"]);
      pool.answer(lost);
      await settle();
      assert.deepEqual(pool.log, ["sent", "destroyed"], "it is given back once");
    });

    it("is not tried again when the engine says afterwards that it was busy", async () => {
      const pool = new SlowPool();
      pool.free();
      await assert.rejects(open(pool).update(makeRecord(), "v"), { outcome: "unknown" });
      pool.answer(busy);
      await settle();
      assert.deepEqual(pool.log, ["sent", "destroyed"]);
    });

    it("by its signal keeps its connection until the limit: visitors who leave cost none", async () => {
      const pool = new SlowPool();
      pool.free();
      const controller = new AbortController();
      const read = open(pool).read("a", { signal: controller.signal });
      await settle();
      controller.abort(new Error("gone home"));
      await assert.rejects(read, /gone home/);
      assert.deepEqual(pool.log, ["sent"]);
      pool.answer({ code: "x", severity: "ERROR", sqlState: "HY000" });
      await settle();
      assert.deepEqual(pool.log, ["sent", "released"]);
    });

    it("by its signal while it waited for a connection sends nothing either", async () => {
      const pool = new SlowPool();
      const controller = new AbortController();
      const write = open(pool).update(makeRecord(), "v", { signal: controller.signal });
      await settle();
      controller.abort(new Error("gone home"));
      await assert.rejects(write, /gone home/);
      pool.free();
      await settle();
      assert.deepEqual(pool.log, ["released"]);
    });
  });
}
