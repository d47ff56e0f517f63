import type { SqlDialect, SqlFault, SqlStatements } from "./dialect.ts";
import { versionSetting, type Migration } from "./migrations.ts";
import { COLUMNS, FIELDS, PLAIN_ASSIGNMENTS, sweepFrom } from "./row.ts";
import { compileStatement, type SqlStatement } from "./statement.ts";
import type { TableNames } from "./table-name.ts";

/** PostgreSQL, through any driver. */
export function postgresDialect(names: TableNames): SqlDialect {
  return {
    name: "postgres",
    capabilities: Object.freeze({
      compareAndSet: true,
      durable: true,
      shared: "network",
      ownExpiry: false,
      immediate: true,
      mayEvict: false,
    }),
    statements: postgresStatements(names),
    migrations: postgresMigrations(names),
    countsChangedRows: false,
    classify: classifyPostgresError,
  };
}

/** The types of the parameters that are no texts, so that the server never has to guess. */
const TYPES: Readonly<Record<string, string>> = {
  createdAt: "bigint",
  lastSeenAt: "bigint",
  expiresAt: "bigint",
  idleSeconds: "bigint",
  endsAt: "bigint",
  now: "bigint",
  limit: "bigint",
};

/** Columns of the table under another name, in the order of a record. */
const columnsOf = (alias: string): string => COLUMNS.replaceAll(/\w+/g, (column) => `${alias}.${column}`);

function postgresStatements({ session, setting }: TableNames): SqlStatements {
  const statement = (name: string, text: string): SqlStatement => {
    const typed = text
      .replaceAll(":persistent", "(:persistentNumber::int = 1)")
      .replaceAll(/(?<!:):([a-z]\w*)(?!\w|::)/gi, (placeholder, parameter: string) => `${placeholder}::${TYPES[parameter] ?? "text"}`);
    return compileStatement(name, typed.replaceAll(":persistentNumber", ":persistent"), "$1");
  };
  const newSweepFrom = sweepFrom(":expiresAt", ":idleSeconds");
  return {
    read: statement("read", `select ${COLUMNS} from ${session} where id = :id`),
    create: statement(
      "create",
      `insert into ${session} as s (${COLUMNS}, sweep_from) values (${FIELDS}, ${newSweepFrom})
       on conflict (id) do update set ${PLAIN_ASSIGNMENTS}, owner = :owner, sweep_from = ${newSweepFrom} where s.expires_at <= :now`,
    ),
    removeExpired: statement("remove_expired", `delete from ${session} where id = :id and expires_at <= :now`),
    // The row is locked before versions are compared: what a loser is told is then the row that it lost to, not a snapshot from before.
    updateOrCurrent: statement(
      "update",
      `with current as (select ${COLUMNS} from ${session} where id = :id and expires_at > :now for update),
       changed as (
         update ${session} as s set ${PLAIN_ASSIGNMENTS}, owner = :owner, sweep_from = ${newSweepFrom}
         from current where s.id = current.id and current.version = :expected returning true as done)
       select current.id, case when changed.done then null else current.data end, ${columnsOf("current").split(", ").slice(2).join(", ")}, changed.done
       from current left join changed on true`,
    ),
    touch: statement(
      "touch",
      `update ${session} set last_seen_at = greatest(last_seen_at, :lastSeenAt),
         expires_at = case when last_seen_at <= :lastSeenAt then :expiresAt else expires_at end,
         sweep_from = case when last_seen_at <= :lastSeenAt then ${sweepFrom(":expiresAt", "idle_seconds")} else sweep_from end
       where id = :id and version = :version and expires_at > :now`,
    ),
    remove: statement("remove", `delete from ${session} where id = :id and expires_at > :now`),
    removeVersion: statement("remove_version", `delete from ${session} where id = :id and version = :version and expires_at > :now`),
    // Rows that a request holds are left for the next batch, so that sweeping waits for nobody and nobody waits for it for long.
    sweep: statement(
      "sweep",
      `with doomed as materialized (
         select id from ${session} where sweep_from <= :now and expires_at <= :now order by sweep_from limit :limit for update skip locked)
       delete from ${session} as s using doomed where s.id = doomed.id`,
    ),
    listByOwner: statement("list_by_owner", `select ${COLUMNS} from ${session} where owner = :owner and expires_at > :now order by last_seen_at desc`),
    removeByOwner: statement("remove_by_owner", `delete from ${session} where owner = :owner and id <> :exceptId`),
    scan: statement("scan", `select ${COLUMNS} from ${session} where id > :after and expires_at > :now order by id limit :limit`),
    readSetting: statement("read_setting", `select value from ${setting} where name = :name`),
    takeLease: statement(
      "take_lease",
      `insert into ${setting} as s (name, value) values (:name, :value)
       on conflict (name) do update set value = excluded.value where s.value <= :until or substr(s.value, 18) = :holder`,
    ),
    writeSettingOnce: statement("write_setting", `insert into ${setting} (name, value) values (:name, :value) on conflict (name) do nothing`),
  };
}

/** Any number that nothing else in the database is likely to use; it keeps two migrations from running at once. */
const MIGRATION_LOCK = 1_668_247_156;

function postgresMigrations({ plain, session, setting, index }: TableNames): Migration[] {
  const lock = `select pg_advisory_xact_lock(${MIGRATION_LOCK})`;
  const reach = (version: number): string =>
    `insert into ${setting} as s (name, value) values ('${versionSetting(plain)}', '${version}')
     on conflict (name) do update set value = excluded.value where s.value::int < ${version}`;
  return [
    {
      version: 1,
      description: `make the table ${plain}, with an index for sweeping`,
      statements: [
        lock,
        `create table if not exists ${setting} (name text collate "C" not null primary key, value text not null)`,
        `create table if not exists ${session} (
           id text collate "C" not null primary key,
           data text not null,
           version text collate "C" not null,
           owner text collate "C",
           created_at bigint not null,
           last_seen_at bigint not null,
           expires_at bigint not null,
           idle_seconds bigint,
           ends_at bigint,
           persistent boolean not null,
           sweep_from bigint not null
         )`,
        `create index if not exists ${index("sweep_from")} on ${session} (sweep_from)`,
        reach(1),
      ],
    },
    {
      version: 2,
      description: `add an index on owner to ${plain}`,
      statements: [lock, `create index if not exists ${index("owner")} on ${session} (owner) where owner is not null`, reach(2)],
    },
  ];
}

const SQLSTATE = /^[0-9A-Z]{5}$/;
/** Serialization failure, deadlock, lock not available: the statement was undone. */
const BUSY = new Set(["40001", "40P01", "55P03"]);
/** Undefined table, schema or column. */
const MISSING = new Set(["42P01", "3F000", "42703"]);
/** The connection was refused, or there are too many of them, or the server is starting. */
const REFUSED = new Set(["08001", "08004", "53300", "57P03"]);
/** What postgres.js says before it has sent anything. */
const NEVER_SENT = new Set(["CONNECTION_ENDED", "CONNECT_TIMEOUT"]);

/**
 * Decides by SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html): an error that the server answered with undid the
 * statement, except where the connection or the server itself went away.
 */
export function classifyPostgresError(error: unknown): SqlFault {
  const { code, syscall } = (error ?? {}) as { code?: unknown; syscall?: unknown };
  if (typeof code !== "string") return "unknown";
  if (BUSY.has(code)) return "retry";
  if (MISSING.has(code)) return "missing table";
  if (REFUSED.has(code) || NEVER_SENT.has(code) || syscall === "connect" || syscall === "getaddrinfo") return "not-sent";
  const endedTheConnection = code.startsWith("08") || code.startsWith("57P") || code.startsWith("XX");
  return SQLSTATE.test(code) && !endedTheConnection ? "not-sent" : "unknown";
}
