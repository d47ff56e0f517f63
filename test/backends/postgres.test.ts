import { after, before, describe, test } from "node:test";
import pg from "pg";
import postgres from "postgres";
import { runStoreCases, type StoreSubject } from "../../src/conformance/index.ts";
import { postgresStore, type PostgresClient } from "../../src/stores/postgres.ts";
import { postgresMissing, startPostgres, type PostgresEngine } from "../support/engines/postgres.ts";

const skip = postgresMissing();
let tables = 0;

describe("postgres", { skip }, () => {
  let engine: PostgresEngine;
  let admin: pg.Pool;
  before(async () => {
    engine = await startPostgres();
    admin = new pg.Pool({ connectionString: engine.url, max: 2 });
  });
  after(async () => {
    await admin.end();
    await engine.stop();
  });

  /** Two clients on a table of its own; the table's own tables are made unless a case wants to do it. */
  async function subjectOf(one: PostgresClient, other: PostgresClient, end: () => Promise<void>): Promise<StoreSubject> {
    const table = `case_${process.pid}_${tables++}`;
    const [store, otherStore] = [postgresStore(one, { table }), postgresStore(other, { table })];
    await store.migrate();
    const cleanup = async (): Promise<void> => {
      await admin.query(`drop table "${table}"`);
      await admin.query("delete from coatcheck_setting where name = $1", [`schema ${table}`]);
      await end();
    };
    return { store, otherStore, cleanup };
  }

  runStoreCases(
    () => {
      const [one, other] = [new pg.Pool({ connectionString: engine.url, max: 10 }), new pg.Pool({ connectionString: engine.url, max: 10 })];
      return subjectOf(one, other, async () => void (await Promise.all([one.end(), other.end()])));
    },
    { name: "store contract: postgres by a pool of pg", test, describe },
  );

  runStoreCases(
    () => {
      const settings = { max: 10, onnotice: () => {} };
      const [one, other] = [postgres(engine.url, settings), postgres(engine.url, settings)];
      return subjectOf(one, other, async () => void (await Promise.all([one.end(), other.end()])));
    },
    { name: "store contract: postgres by postgres.js", test, describe },
  );
});
