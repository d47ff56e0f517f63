import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { classifyMysqlError } from "../../../src/stores/sql/mysql.ts";
import { classifyPostgresError } from "../../../src/stores/sql/postgres.ts";
import { classifySqliteError } from "../../../src/stores/sql/sqlite.ts";

const refused = { code: "ECONNREFUSED", errno: -111, syscall: "connect" };
const reset = { code: "ECONNRESET", errno: -104, syscall: "read" };

describe("what a driver's error means: was the write certainly not done?", () => {
  it("postgres, by SQLSTATE", () => {
    const wanted: [object | undefined, string][] = [
      [{ code: "40001" }, "retry"],
      [{ code: "40P01" }, "retry"],
      [{ code: "55P03" }, "retry"],
      [{ code: "42P01" }, "missing table"],
      [{ code: "42703" }, "missing table"],
      [{ code: "25006" }, "not-sent"],
      [{ code: "53100" }, "not-sent"],
      [{ code: "53300" }, "not-sent"],
      [{ code: "57014" }, "not-sent"],
      [{ code: "57P03" }, "not-sent"],
      [{ code: "57P01" }, "unknown"],
      [{ code: "08006" }, "unknown"],
      [{ code: "XX000" }, "unknown"],
      [{ code: "CONNECTION_CLOSED" }, "unknown"],
      [{ code: "CONNECTION_ENDED" }, "not-sent"],
      [{ code: "CONNECT_TIMEOUT" }, "not-sent"],
      [refused, "not-sent"],
      [reset, "unknown"],
      [{ message: "Connection terminated unexpectedly" }, "unknown"],
      [undefined, "unknown"],
    ];
    for (const [error, fault] of wanted) assert.equal(classifyPostgresError(error), fault, JSON.stringify(error));
  });

  it("mysql, by the server's number", () => {
    const ofServer = (errno: number): object => ({ errno, sqlState: "HY000" });
    const wanted: [object | undefined, string][] = [
      [ofServer(1213), "retry"],
      [ofServer(1205), "retry"],
      [ofServer(1020), "retry"],
      [ofServer(1146), "missing table"],
      [ofServer(1054), "missing table"],
      [ofServer(1062), "duplicate"],
      [ofServer(1290), "not-sent"],
      [ofServer(1114), "not-sent"],
      [ofServer(1053), "unknown"],
      [ofServer(1927), "unknown"],
      [refused, "not-sent"],
      [reset, "unknown"],
      [{ code: "PROTOCOL_CONNECTION_LOST", fatal: true }, "unknown"],
      [undefined, "unknown"],
    ];
    for (const [error, fault] of wanted) assert.equal(classifyMysqlError(error), fault, JSON.stringify(error));
  });

  it("sqlite, by the result code, whichever way the driver tells it", () => {
    const wanted: [object | undefined, string][] = [
      [{ errcode: 5 }, "retry"],
      [{ errcode: 261 }, "retry"],
      [{ code: "SQLITE_BUSY" }, "retry"],
      [{ code: "SQLITE_BUSY_SNAPSHOT" }, "retry"],
      [{ code: "SQLITE_LOCKED" }, "retry"],
      [{ errcode: 13 }, "not-sent"],
      [{ code: "SQLITE_FULL" }, "not-sent"],
      [{ errcode: 8 }, "not-sent"],
      [{ code: "SQLITE_READONLY_DBMOVED" }, "not-sent"],
      [{ errcode: 11 }, "not-sent"],
      [{ errcode: 26 }, "not-sent"],
      [{ errcode: 1, message: "no such table: coatcheck_session" }, "missing table"],
      [{ errcode: 1, message: "near \"x\": syntax error" }, "not-sent"],
      [{ errcode: 10 }, "unknown"],
      [{ code: "SQLITE_IOERR_FSYNC" }, "unknown"],
      [{ code: "ERR_INVALID_STATE" }, "not-sent"],
      [{ message: "anything" }, "unknown"],
      [undefined, "unknown"],
    ];
    for (const [error, fault] of wanted) assert.equal(classifySqliteError(error), fault, JSON.stringify(error));
  });
});
