import mysql from "mysql2/promise";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import pg from "pg";
import type { Leasable } from "../../src/store/capabilities.ts";
import { mysqlStore } from "../../src/stores/mysql.ts";
import { postgresStore } from "../../src/stores/postgres.ts";
import { mariadbMissing, startMariadb } from "../support/engines/mariadb.ts";
import { postgresMissing, startPostgres } from "../support/engines/postgres.ts";

/** Of many that ask at once one gets it, keeps it, and loses it with the time. */
async function check(nodes: readonly Leasable[]): Promise<void> {
  const now = Date.now();
  for (let round = 0; round < 10; round++) {
    const name = `round-${round}`;
    const taken = await Promise.all(nodes.map((node) => node.tryLease(name, 60, { now })));
    assert.equal(taken.filter(Boolean).length, 1, `round ${round}`);
    const [holder, other] = [nodes[taken.indexOf(true)], nodes[taken.indexOf(false)]];
    assert.equal(await holder?.tryLease(name, 60, { now: now + 30_000 }), true, "whoever has it may have it again");
    assert.equal(await other?.tryLease(name, 60, { now: now + 60_000 }), false, "it was taken anew");
    assert.equal(await other?.tryLease(name, 60, { now: now + 90_000 }), true);
    assert.equal(await holder?.tryLease(name, 60, { now: now + 100_000 }), false);
  }
}

describe("tryLease", () => {
  it("postgres", { skip: postgresMissing() }, async (t) => {
    const engine = await startPostgres();
    const pools = Array.from({ length: 8 }, () => new pg.Pool({ connectionString: engine.url, max: 2 }));
    t.after(async () => {
      await pools[0]?.query("drop table leasing, coatcheck_setting");
      for (const pool of pools) await pool.end();
      await engine.stop();
    });
    const stores = pools.map((pool) => postgresStore(pool, { table: "leasing" }));
    await stores[0]?.migrate();
    await check(stores);
  });

  for (const flags of [[], ["-FOUND_ROWS"]]) {
    it(`mysql ${flags.join("")}`, { skip: mariadbMissing() }, async (t) => {
      const engine = await startMariadb();
      const pools = Array.from({ length: 8 }, () => mysql.createPool({ uri: engine.url, connectionLimit: 2, flags }));
      t.after(async () => {
        await pools[0]?.query("drop table leasing, coatcheck_setting");
        for (const pool of pools) await pool.end();
        await engine.stop();
      });
      const stores = pools.map((pool) => mysqlStore(pool, { table: "leasing" }));
      await stores[0]?.migrate();
      await check(stores);
    });
  }
});
