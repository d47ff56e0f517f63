import { versionSetting, type Migration } from "../../stores/sql/migrations.ts";
import { classifySqliteError } from "../../stores/sql/sqlite.ts";
import { compileStatement, type SqlStatement } from "../../stores/sql/statement.ts";
import { sharedTexts, USERS_SCHEMA, type UsersDialect, type UserStatements } from "./users-dialect.ts";
import { writeSqlTime } from "./sql-time.ts";

/** Users in SQLite, in the tables that Django makes there. */
export const sqliteUsers: () => UsersDialect = () => ({
  name: "sqlite",
  statements: makeStatements(),
  migrations: MIGRATIONS,
  writeTime: writeSqlTime,
  classify: classifySqliteError,
});

function makeStatements(): UserStatements {
  const statement = (name: string, text: string): SqlStatement => compileStatement(name, text, "?1");
  const found = `select u.id, u.username, u.email, u.is_active, u.is_staff, u.is_superuser, u.last_login, u.password, coalesce(e.epoch, 0)
    from auth_user u left join coatcheck_user_epoch e on e.user_id = cast(u.id as text)`;
  const numbered = (text: string): string => text.replaceAll(":id", "cast(:id as integer)");
  const shared = sharedTexts((left, right) => `${left} || '.' || ${right}`);
  return {
    findById: statement("find_by_id", numbered(`${found} where u.id = :id`)),
    findByUsername: statement("find_by_username", `${found} where u.username = :username`),
    create: statement(
      "create",
      `insert into auth_user (password, last_login, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
       select :passwordHash, null, :isSuperuser, :username, '', '', :email, :isStaff, :isActive, :joinedAt
       where not exists (select 1 from auth_user where lower(username) = lower(:username)) on conflict (username) do nothing`,
    ),
    setPasswordHash: statement("set_password", numbered("update auth_user set password = :passwordHash where id = :id and password = :replaces")),
    recordLogin: statement("record_login", numbered("update auth_user set last_login = :at where id = :id")),
    setActive: statement("set_active", numbered("update auth_user set is_active = :isActive where id = :id")),
    permissionsOf: statement("permissions", numbered(shared.permissionsOf)),
    addContentType: statement("add_content_type", shared.addContentType),
    addPermission: statement("add_permission", shared.addPermission),
    grant: statement("grant", numbered(shared.grant)),
    withdraw: statement("withdraw", numbered(shared.withdraw)),
    readEpoch: statement("read_epoch", "select epoch from coatcheck_user_epoch where user_id = :userId"),
    raiseEpoch: statement("raise_epoch", "insert into coatcheck_user_epoch (user_id, epoch) values (:userId, 1) on conflict (user_id) do update set epoch = epoch + 1 returning epoch"),
    takeAttempt: statement(
      "take_attempt",
      `insert into coatcheck_login_attempt (key, attempts, resets_at) values (:key, 1, :resetsAt)
       on conflict (key) do update set attempts = case when resets_at <= :now then 1 else attempts + 1 end, resets_at = case when resets_at <= :now then :resetsAt else resets_at end
       returning attempts, resets_at`,
    ),
    readAttempts: statement("read_attempts", "select attempts, resets_at from coatcheck_login_attempt where key = :key"),
    giveAttemptBack: statement("give_attempt_back", "update coatcheck_login_attempt set attempts = attempts - 1 where key = :key and attempts > 0"),
    clearAttempts: statement("clear_attempts", "delete from coatcheck_login_attempt where key = :key"),
    sweepAttempts: statement("sweep_attempts", "delete from coatcheck_login_attempt where key in (select key from coatcheck_login_attempt where resets_at <= :now limit :limit)"),
    readSetting: statement("read_setting", "select value from coatcheck_setting where name = :name"),
    returnsRows: true,
  };
}

const ID = "id integer not null primary key autoincrement";
const references = (column: string, table: string): string => `${column} integer not null references ${table} (id) deferrable initially deferred`;

const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    description: "make Django's tables of users, groups and permissions where they are missing, and coatcheck_user_epoch and coatcheck_login_attempt",
    statements: [
      "create table if not exists coatcheck_setting (name text not null primary key, value text not null) strict, without rowid",
      `create table if not exists auth_user (${ID}, password varchar(128) not null, last_login datetime null, is_superuser bool not null,
         username varchar(150) not null unique, last_name varchar(150) not null, email varchar(254) not null, is_staff bool not null, is_active bool not null,
         date_joined datetime not null, first_name varchar(150) not null)`,
      `create table if not exists django_content_type (${ID}, app_label varchar(100) not null, model varchar(100) not null, unique (app_label, model))`,
      `create table if not exists auth_permission (${ID}, ${references("content_type_id", "django_content_type")}, codename varchar(100) not null,
         name varchar(255) not null, unique (content_type_id, codename))`,
      `create table if not exists auth_group (${ID}, name varchar(150) not null unique)`,
      `create table if not exists auth_group_permissions (${ID}, ${references("group_id", "auth_group")}, ${references("permission_id", "auth_permission")}, unique (group_id, permission_id))`,
      `create table if not exists auth_user_groups (${ID}, ${references("user_id", "auth_user")}, ${references("group_id", "auth_group")}, unique (user_id, group_id))`,
      `create table if not exists auth_user_user_permissions (${ID}, ${references("user_id", "auth_user")}, ${references("permission_id", "auth_permission")}, unique (user_id, permission_id))`,
      "create table if not exists coatcheck_user_epoch (user_id text not null primary key, epoch integer not null) strict, without rowid",
      "create table if not exists coatcheck_login_attempt (key text not null primary key, attempts integer not null, resets_at integer not null) strict, without rowid",
      "create index if not exists coatcheck_login_attempt_resets_at on coatcheck_login_attempt (resets_at)",
      `insert into coatcheck_setting (name, value) values ('${versionSetting(USERS_SCHEMA)}', '1')
       on conflict (name) do update set value = excluded.value where cast(value as integer) < 1`,
    ],
  },
];
