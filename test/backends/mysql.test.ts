import mysqlCallbacks from "mysql2";
import mysql from "mysql2/promise";
import { after, before, describe, test } from "node:test";
import { runStoreCases, type StoreSubject } from "../../src/conformance/index.ts";
import { mysqlStore, type MysqlClient, type MysqlStoreOptions } from "../../src/stores/mysql.ts";
import { mariadbMissing, startMariadb, type MariadbEngine } from "../support/engines/mariadb.ts";

const skip = mariadbMissing();
let tables = 0;

describe("mysql (MariaDB unless TEST_MYSQL_URL says otherwise)", { skip }, () => {
  let engine: MariadbEngine;
  let admin: mysql.Pool;
  before(async () => {
    engine = await startMariadb();
    admin = mysql.createPool({ uri: engine.url, connectionLimit: 2 });
  });
  after(async () => {
    await admin.end();
    await engine.stop();
  });

  async function subjectOf(one: MysqlClient, other: MysqlClient, end: () => Promise<void>, options: MysqlStoreOptions = {}): Promise<StoreSubject> {
    const table = `case_${process.pid}_${tables++}`;
    const [store, otherStore] = [mysqlStore(one, { ...options, table }), mysqlStore(other, { ...options, table })];
    await store.migrate();
    const cleanup = async (): Promise<void> => {
      await admin.query(`drop table \`${table}\``);
      await admin.query("delete from coatcheck_setting where name = ?", [`schema ${table}`]);
      await end();
    };
    return { store, otherStore, cleanup };
  }

  runStoreCases(
    () => {
      const [one, other] = [mysql.createPool({ uri: engine.url }), mysql.createPool({ uri: engine.url })];
      return subjectOf(one, other, async () => void (await Promise.all([one.end(), other.end()])));
    },
    { name: "store contract: mysql by a pool with promises", test, describe },
  );

  runStoreCases(
    () => {
      // Counts changed rows instead of matched ones, and sends texts instead of prepared statements.
      const settings = { uri: engine.url, flags: ["-FOUND_ROWS"] };
      const [one, other] = [mysqlCallbacks.createPool(settings), mysqlCallbacks.createPool(settings)];
      const end = async (): Promise<void> => void (await Promise.all([one.promise().end(), other.promise().end()]));
      return subjectOf(one, other, end, { prepare: false });
    },
    { name: "store contract: mysql by a pool with callbacks, without FOUND_ROWS, unprepared", test, describe },
  );
});
