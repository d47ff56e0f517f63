import type { SqlDialect, SqlFault, SqlStatements } from "./dialect.ts";
import { versionSetting, type Migration } from "./migrations.ts";
import { COLUMNS, FIELDS, PLAIN_ASSIGNMENTS, sweepFrom } from "./row.ts";
import { compileStatement, type SqlStatement } from "./statement.ts";
import type { TableNames } from "./table-name.ts";

/** SQLite, through any driver. `inMemory`: the database is private to one connection and ends with it. */
export function sqliteDialect(names: TableNames, inMemory: boolean): SqlDialect {
  return {
    name: "sqlite",
    capabilities: Object.freeze({
      compareAndSet: true,
      durable: !inMemory,
      shared: inMemory ? "process" : "machine",
      ownExpiry: false,
      immediate: true,
      mayEvict: false,
    }),
    statements: sqliteStatements(names),
    migrations: sqliteMigrations(names),
    countsChangedRows: false,
    classify: classifySqliteError,
  };
}

const NEW_SWEEP_FROM: string = sweepFrom(":expiresAt", ":idleSeconds");

function sqliteStatements({ session, setting }: TableNames): SqlStatements {
  const statement = (name: string, text: string): SqlStatement => compileStatement(name, text, "?1");
  return {
    read: statement("read", `select ${COLUMNS} from ${session} where id = :id`),
    create: statement(
      "create",
      `insert into ${session} (${COLUMNS}, sweep_from) values (${FIELDS}, ${NEW_SWEEP_FROM})
       on conflict (id) do update set ${PLAIN_ASSIGNMENTS}, owner = :owner, sweep_from = ${NEW_SWEEP_FROM} where expires_at <= :now`,
    ),
    removeExpired: statement("removeExpired", `delete from ${session} where id = :id and expires_at <= :now`),
    update: statement(
      "update",
      `update ${session} set ${PLAIN_ASSIGNMENTS}, owner = :owner, sweep_from = ${NEW_SWEEP_FROM} where id = :id and version = :expected and expires_at > :now`,
    ),
    updateInPlace: statement(
      "updateInPlace",
      `update ${session} set ${PLAIN_ASSIGNMENTS}
       where id = :id and version = :expected and expires_at > :now and owner is :owner and sweep_from = ${NEW_SWEEP_FROM}`,
    ),
    touch: statement(
      "touch",
      `update ${session} set last_seen_at = max(last_seen_at, :lastSeenAt),
         expires_at = case when last_seen_at <= :lastSeenAt then :expiresAt else expires_at end,
         sweep_from = case when last_seen_at <= :lastSeenAt then ${sweepFrom(":expiresAt", "idle_seconds")} else sweep_from end
       where id = :id and version = :version and expires_at > :now`,
    ),
    touchInPlace: statement(
      "touchInPlace",
      `update ${session} set last_seen_at = :lastSeenAt, expires_at = :expiresAt
       where id = :id and version = :version and expires_at > :now and last_seen_at <= :lastSeenAt and sweep_from = ${sweepFrom(":expiresAt", "idle_seconds")}`,
    ),
    remove: statement("remove", `delete from ${session} where id = :id and expires_at > :now`),
    removeVersion: statement("removeVersion", `delete from ${session} where id = :id and version = :version and expires_at > :now`),
    sweep: statement("sweep", `delete from ${session} where id in (select id from ${session} where sweep_from <= :now and expires_at <= :now order by sweep_from limit :limit)`),
    listByOwner: statement("listByOwner", `select ${COLUMNS} from ${session} where owner = :owner and expires_at > :now order by last_seen_at desc`),
    removeByOwner: statement("removeByOwner", `delete from ${session} where owner = :owner and id <> :exceptId`),
    scan: statement("scan", `select ${COLUMNS} from ${session} where id > :after and expires_at > :now order by id limit :limit`),
    readSetting: statement("readSetting", `select value from ${setting} where name = :name`),
    takeLease: statement(
      "takeLease",
      `insert into ${setting} (name, value) values (:name, :value)
       on conflict (name) do update set value = excluded.value where ${setting}.value <= :until or substr(${setting}.value, 18) = :holder`,
    ),
    writeSettingOnce: statement("writeSettingOnce", `insert into ${setting} (name, value) values (:name, :value) on conflict (name) do nothing`),
  };
}

function sqliteMigrations({ plain, session, setting, index }: TableNames): Migration[] {
  const reach = (version: number): string =>
    `insert into ${setting} (name, value) values ('${versionSetting(plain)}', '${version}')
     on conflict (name) do update set value = excluded.value where cast(value as integer) < ${version}`;
  return [
    {
      version: 1,
      description: `make the table ${plain}, with an index for sweeping`,
      statements: [
        `create table if not exists ${setting} (name text not null primary key, value text not null) strict, without rowid`,
        `create table if not exists ${session} (
           id text not null primary key,
           data text not null,
           version text not null,
           owner text,
           created_at integer not null,
           last_seen_at integer not null,
           expires_at integer not null,
           idle_seconds integer,
           ends_at integer,
           persistent integer not null,
           sweep_from integer not null
         ) strict`,
        `create index if not exists ${index("sweep_from")} on ${session} (sweep_from)`,
        reach(1),
      ],
    },
    {
      version: 2,
      description: `add an index on owner to ${plain}`,
      statements: [`create index if not exists ${index("owner")} on ${session} (owner) where owner is not null`, reach(2)],
    },
  ];
}

/** SQLite's primary result codes: the low byte of what drivers report. https://www.sqlite.org/rescode.html */
const BUSY = 5;
const LOCKED = 6;
const IO_ERROR = 10;
const ANSWERED_BEFORE_WRITING = new Set([1, 8, 11, 13, 14, 18, 20, 26]);

const CODES_BY_NAME: Readonly<Record<string, number>> = {
  ERROR: 1,
  BUSY,
  LOCKED,
  READONLY: 8,
  IOERR: IO_ERROR,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  TOOBIG: 18,
  MISMATCH: 20,
  NOTADB: 26,
};

/**
 * Decides by the result code: node:sqlite reports it as `errcode`, better-sqlite3 and libsql as a name in `code`.
 * SQLite undoes a statement that failed, so most codes mean that nothing was written; after an input or output error that is not certain.
 */
export function classifySqliteError(error: unknown): SqlFault {
  const { code, errcode, message } = (error ?? {}) as { code?: unknown; errcode?: unknown; message?: unknown };
  if (code === "ERR_INVALID_STATE") return "not-sent";
  const name = typeof code === "string" ? /^SQLITE_([A-Z]+)/.exec(code)?.[1] : undefined;
  const primary = typeof errcode === "number" ? errcode & 0xff : name === undefined ? undefined : CODES_BY_NAME[name];
  if (primary === BUSY || primary === LOCKED) return "retry";
  // The one case that has no code of its own.
  if (primary === 1 && typeof message === "string" && message.includes("no such table")) return "missing table";
  return primary !== undefined && ANSWERED_BEFORE_WRITING.has(primary) ? "not-sent" : "unknown";
}
