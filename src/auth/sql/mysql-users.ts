import { versionSetting, type Migration } from "../../stores/sql/migrations.ts";
import { classifyMysqlError } from "../../stores/sql/mysql.ts";
import { compileStatement, type SqlStatement } from "../../stores/sql/statement.ts";
import { sharedTexts, USERS_SCHEMA, type UsersDialect, type UserStatements } from "./users-dialect.ts";
import { writeSqlTime } from "./sql-time.ts";

/** Users in MySQL or MariaDB, in the tables that Django makes there. */
export const mysqlUsers: () => UsersDialect = () => ({
  name: "mysql",
  statements: makeStatements(),
  migrations: MIGRATIONS,
  writeTime: writeSqlTime,
  classify: classifyMysqlError,
});

function makeStatements(): UserStatements {
  const statement = (name: string, text: string): SqlStatement => compileStatement(name, text.replaceAll(":id", "cast(:id as unsigned)"), "?");
  // The session's time zone must not shift what was written as UTC, so instants travel as texts.
  const found = `select u.id, u.username, u.email, u.is_active, u.is_staff, u.is_superuser, date_format(u.last_login, '%Y-%m-%d %H:%i:%s.%f'), u.password,
    coalesce((select e.epoch from coatcheck_user_epoch e where e.user_id = convert(cast(u.id as char) using utf8mb4) collate utf8mb4_bin), 0) from auth_user u`;
  const shared = sharedTexts((left, right) => `concat(${left}, '.', ${right})`);
  return {
    findById: statement("find_by_id", `${found} where u.id = :id`),
    findByUsername: statement("find_by_username", `${found} where u.username = :username`),
    create: statement(
      "create",
      `insert into auth_user (password, last_login, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
       values (:passwordHash, null, :isSuperuser, :username, '', '', :email, :isStaff, :isActive, :joinedAt)`,
    ),
    setPasswordHash: statement("set_password", "update auth_user set password = :passwordHash where id = :id and password = binary :replaces"),
    recordLogin: statement("record_login", "update auth_user set last_login = :at where id = :id"),
    setActive: statement("set_active", "update auth_user set is_active = :isActive where id = :id"),
    permissionsOf: statement("permissions", shared.permissionsOf),
    addContentType: statement("add_content_type", shared.addContentType),
    addPermission: statement("add_permission", shared.addPermission),
    grant: statement("grant", shared.grant),
    withdraw: statement("withdraw", shared.withdraw),
    readEpoch: statement("read_epoch", "select epoch from coatcheck_user_epoch where user_id = :userId"),
    raiseEpoch: statement("raise_epoch", "insert into coatcheck_user_epoch (user_id, epoch) values (:userId, 1) on duplicate key update epoch = epoch + 1"),
    takeAttempt: statement(
      "take_attempt",
      "insert into coatcheck_login_attempt (`key`, attempts, resets_at) values (:key, 1, :resetsAt) on duplicate key update attempts = if(resets_at <= :now, 1, attempts + 1), resets_at = if(resets_at <= :now, values(resets_at), resets_at)",
    ),
    readAttempts: statement("read_attempts", "select attempts, resets_at from coatcheck_login_attempt where `key` = :key"),
    giveAttemptBack: statement("give_attempt_back", "update coatcheck_login_attempt set attempts = attempts - 1 where `key` = :key and attempts > 0"),
    clearAttempts: statement("clear_attempts", "delete from coatcheck_login_attempt where `key` = :key"),
    sweepAttempts: statement("sweep_attempts", "delete from coatcheck_login_attempt where resets_at <= :now limit :limit"),
    readSetting: statement("read_setting", "select value from coatcheck_setting where name = :name"),
    returnsRows: false,
  };
}

const ID = "id int not null auto_increment primary key";
const EXACT = "character set ascii collate ascii_bin";
const references = (column: string, table: string): string => `${column} int not null, foreign key (${column}) references ${table} (id)`;

const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    description: "make Django's tables of users, groups and permissions where they are missing, and coatcheck_user_epoch and coatcheck_login_attempt",
    statements: [
      `create table if not exists coatcheck_setting (name varchar(100) ${EXACT} not null primary key, value varchar(1000) ${EXACT} not null) engine = innodb`,
      `create table if not exists auth_user (${ID}, password varchar(128) not null, last_login datetime(6) null, is_superuser tinyint(1) not null,
         username varchar(150) not null unique, first_name varchar(150) not null, last_name varchar(150) not null, email varchar(254) not null,
         is_staff tinyint(1) not null, is_active tinyint(1) not null, date_joined datetime(6) not null) engine = innodb default character set utf8mb4`,
      `create table if not exists django_content_type (${ID}, app_label varchar(100) not null, model varchar(100) not null, unique (app_label, model)) engine = innodb default character set utf8mb4`,
      `create table if not exists auth_permission (${ID}, name varchar(255) not null, ${references("content_type_id", "django_content_type")}, codename varchar(100) not null,
         unique (content_type_id, codename)) engine = innodb default character set utf8mb4`,
      `create table if not exists auth_group (${ID}, name varchar(150) not null unique) engine = innodb default character set utf8mb4`,
      `create table if not exists auth_group_permissions (${ID}, ${references("group_id", "auth_group")}, ${references("permission_id", "auth_permission")}, unique (group_id, permission_id)) engine = innodb`,
      `create table if not exists auth_user_groups (${ID}, ${references("user_id", "auth_user")}, ${references("group_id", "auth_group")}, unique (user_id, group_id)) engine = innodb`,
      `create table if not exists auth_user_user_permissions (${ID}, ${references("user_id", "auth_user")}, ${references("permission_id", "auth_permission")}, unique (user_id, permission_id)) engine = innodb`,
      `create table if not exists coatcheck_user_epoch (user_id varchar(255) character set utf8mb4 collate utf8mb4_bin not null primary key, epoch bigint not null) engine = innodb`,
      `create table if not exists coatcheck_login_attempt (\`key\` varchar(64) ${EXACT} not null primary key, attempts bigint not null, resets_at bigint not null, index (resets_at)) engine = innodb`,
      `insert into coatcheck_setting (name, value) values ('${versionSetting(USERS_SCHEMA)}', '1')
       on duplicate key update value = if(cast(value as unsigned) < 1, values(value), value)`,
    ],
  },
];
