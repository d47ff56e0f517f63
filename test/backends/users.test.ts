import mysql from "mysql2/promise";
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Pool } from "pg";
import postgres from "postgres";
import { sqlUsers, type SqlUsers, type UsersDatabase } from "../../src/auth/sql-users.ts";
import { StoreNotMigrated, StoreUnavailable } from "../../src/errors.ts";
import { mariadbMissing, startMariadb, type MariadbEngine } from "../support/engines/mariadb.ts";
import { postgresMissing, startPostgres, type PostgresEngine } from "../support/engines/postgres.ts";
import { describeUsers } from "../support/users-cases.ts";

const TABLES = ["auth_user_user_permissions", "auth_user_groups", "auth_group_permissions", "auth_permission", "auth_group", "django_content_type", "auth_user", "coatcheck_user_epoch", "coatcheck_login_attempt"];

describe("users in PostgreSQL", { skip: postgresMissing() }, () => {
  let engine: PostgresEngine;
  let pool: Pool;
  let sql: postgres.Sql;
  before(async () => {
    engine = await startPostgres();
    pool = new Pool({ connectionString: engine.url, max: 10 });
    sql = postgres(engine.url, { onnotice: () => {} });
  });
  after(async () => {
    await Promise.all([pool.end(), sql.end()]);
    await engine.stop();
  });

  const make = async (database: () => UsersDatabase): Promise<{ users: SqlUsers; run: (text: string) => Promise<void> }> => {
    const users = sqlUsers(database());
    await users.migrate();
    await pool.query(`truncate ${TABLES.join(", ")}`);
    return { users, run: async (text) => void (await pool.query(text)) };
  };
  describeUsers("by pg", () => make(() => pool));
  describeUsers("by postgres.js", () => make(() => sql as unknown as UsersDatabase));

  it("says which table is missing, and how to make it", async () => {
    const elsewhere = new Pool({ connectionString: engine.url, options: "-c search_path=nowhere" });
    await assert.rejects(sqlUsers(elsewhere).findById("1"), (error: unknown) => error instanceof StoreNotMigrated && /auth_user.*migrate/.test(error.message));
    await elsewhere.end();
  });

  it("AU-16 an engine that is down is an error, not an unknown user", async () => {
    const gone = new Pool({ connectionString: "postgres://coatcheck@127.0.0.1:1/none" });
    await assert.rejects(sqlUsers(gone).findByUsername("bob"), StoreUnavailable);
    await gone.end();
  });
});

describe("users in MySQL (MariaDB unless TEST_MYSQL_URL says otherwise)", { skip: mariadbMissing() }, () => {
  let engine: MariadbEngine;
  let pool: mysql.Pool;
  before(async () => {
    engine = await startMariadb();
    pool = mysql.createPool({ uri: engine.url, connectionLimit: 10, timezone: "+05:30" });
  });
  after(async () => {
    await pool.end();
    await engine.stop();
  });

  describeUsers("by mysql2", async () => {
    const users = sqlUsers(pool as unknown as UsersDatabase);
    await users.migrate();
    for (const table of TABLES) await pool.query(`delete from ${table}`);
    return { users, run: async (text) => void (await pool.query(text)) };
  });
});
