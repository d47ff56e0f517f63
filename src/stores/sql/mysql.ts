import type { SqlDialect, SqlFault, SqlStatements } from "./dialect.ts";
import { versionSetting, type Migration } from "./migrations.ts";
import { COLUMNS, FIELDS, PLAIN_ASSIGNMENTS, sweepFrom } from "./row.ts";
import { compileStatement, type SqlStatement } from "./statement.ts";
import type { TableNames } from "./table-name.ts";

/** MySQL and MariaDB. */
export function mysqlDialect(names: TableNames): SqlDialect {
  return {
    name: "mysql",
    capabilities: Object.freeze({
      compareAndSet: true,
      durable: true,
      shared: "network",
      ownExpiry: false,
      immediate: true,
      mayEvict: false,
    }),
    statements: mysqlStatements(names),
    migrations: mysqlMigrations(names),
    // Whether matched or changed rows are counted is a flag of the connection, and the connection is the user's.
    countsChangedRows: true,
    classify: classifyMysqlError,
  };
}

function mysqlStatements({ session, setting }: TableNames): SqlStatements {
  const statement = (name: string, text: string): SqlStatement => compileStatement(name, text, "?");
  const newSweepFrom = sweepFrom(":expiresAt", ":idleSeconds");
  // The index finds what is equal under a collation that ignores spaces at the end; the bytes decide.
  const isOwner = "owner = :owner and cast(owner as binary) = cast(:owner as binary)";
  return {
    read: statement("read", `select ${COLUMNS} from ${session} where id = :id`),
    create: statement("create", `insert into ${session} (${COLUMNS}, sweep_from) values (${FIELDS}, ${newSweepFrom})`),
    removeExpired: statement("removeExpired", `delete from ${session} where id = :id and expires_at <= :now`),
    update: statement(
      "update",
      `update ${session} set ${PLAIN_ASSIGNMENTS}, owner = :owner, sweep_from = ${newSweepFrom} where id = :id and version = :expected and expires_at > :now`,
    ),
    // Assignments happen from left to right here, so last_seen_at, which the others look at, comes last.
    touch: statement(
      "touch",
      `update ${session} set
         expires_at = case when last_seen_at <= :lastSeenAt then :expiresAt else expires_at end,
         sweep_from = case when last_seen_at <= :lastSeenAt then ${sweepFrom(":expiresAt", "idle_seconds")} else sweep_from end,
         last_seen_at = greatest(last_seen_at, :lastSeenAt)
       where id = :id and version = :version and expires_at > :now`,
    ),
    remove: statement("remove", `delete from ${session} where id = :id and expires_at > :now`),
    removeVersion: statement("removeVersion", `delete from ${session} where id = :id and version = :version and expires_at > :now`),
    sweep: statement("sweep", `delete from ${session} where sweep_from <= :now and expires_at <= :now order by sweep_from limit :limit`),
    listByOwner: statement("listByOwner", `select ${COLUMNS} from ${session} where ${isOwner} and expires_at > :now order by last_seen_at desc`),
    removeByOwner: statement("removeByOwner", `delete from ${session} where ${isOwner} and id <> :exceptId`),
    scan: statement("scan", `select ${COLUMNS} from ${session} where id > :after and expires_at > :now order by id limit :limit`),
    readSetting: statement("readSetting", `select value from ${setting} where name = :name`),
    takeLease: statement(
      "takeLease",
      `insert into ${setting} (name, value) values (:name, :value)
       on duplicate key update value = if(value <= :until or substr(value, 18) = :holder, values(value), value)`,
    ),
    writeSettingOnce: statement("writeSettingOnce", `insert ignore into ${setting} (name, value) values (:name, :value)`),
  };
}

function mysqlMigrations({ plain, session, setting, index }: TableNames): Migration[] {
  const exact = "character set ascii collate ascii_bin";
  return [
    {
      version: 1,
      description: `make the table ${plain}, with indexes for sweeping and on owner`,
      statements: [
        `create table if not exists ${setting} (name varchar(100) ${exact} not null primary key, value varchar(1000) ${exact} not null) engine = innodb`,
        `create table if not exists ${session} (
           id varchar(64) ${exact} not null primary key,
           data longtext character set utf8mb4 collate utf8mb4_bin not null,
           version varchar(64) ${exact} not null,
           owner varchar(255) character set utf8mb4 collate utf8mb4_bin,
           created_at bigint not null,
           last_seen_at bigint not null,
           expires_at bigint not null,
           idle_seconds bigint,
           ends_at bigint,
           persistent tinyint not null,
           sweep_from bigint not null,
           index ${index("sweep_from")} (sweep_from),
           index ${index("owner")} (owner)
         ) engine = innodb`,
        `insert into ${setting} (name, value) values ('${versionSetting(plain)}', '1')
         on duplicate key update value = if(cast(value as unsigned) < 1, values(value), value)`,
      ],
    },
  ];
}

/** Deadlock, lock wait timeout, "record has changed since last read" (MariaDB): the statement was undone. */
const BUSY = new Set([1213, 1205, 1020]);
/** No such table, unknown database, unknown column. */
const MISSING = new Set([1146, 1049, 1054]);
const DUPLICATE = 1062;
/** Shutdown, aborted connection, connection killed: the statement may have been done. */
const HUNG_UP = new Set([1053, 1152, 1158, 1159, 1160, 1161, 1927]);

/**
 * Decides by the server's error number: an error that it answered with undid the statement, except where it was about
 * to hang up. Without a number it is the connection: refused before anything was sent, or lost afterwards.
 */
export function classifyMysqlError(error: unknown): SqlFault {
  const { errno, sqlState, syscall } = (error ?? {}) as { errno?: unknown; sqlState?: unknown; syscall?: unknown };
  if (syscall === "connect" || syscall === "getaddrinfo") return "not-sent";
  if (typeof errno !== "number" || typeof sqlState !== "string") return "unknown";
  if (BUSY.has(errno)) return "retry";
  if (MISSING.has(errno)) return "missing table";
  if (errno === DUPLICATE) return "duplicate";
  return HUNG_UP.has(errno) ? "unknown" : "not-sent";
}
