import type { SqlFault } from "../../stores/sql/dialect.ts";
import type { Migration } from "../../stores/sql/migrations.ts";
import type { SqlStatement, SqlValue } from "../../stores/sql/statement.ts";

/** What one engine says differently about users. Everything else is in `SqlUsers` and its companions. */
export interface UsersDialect {
  readonly name: string;
  readonly statements: UserStatements;
  /** The steps that make the tables, oldest first. Tables that Django has made already are left as they are. */
  readonly migrations: readonly Migration[];
  /** An instant as a parameter of a column that holds one. */
  writeTime(at: number): SqlValue;
  classify(error: unknown): SqlFault;
}

/** Parameters bear the names that are handed over. Ids of users are bound as texts of digits. */
export interface UserStatements {
  /** `:id`: id, username, email, is_active, is_staff, is_superuser, last_login, password, epoch. */
  readonly findById: SqlStatement;
  /** `:username`: the same columns. */
  readonly findByUsername: SqlStatement;
  /** Every field of a new user and `:joinedAt`; changes no row, or fails as `duplicate`, when the name is taken. */
  readonly create: SqlStatement;
  /** `:id :passwordHash :replaces` */
  readonly setPasswordHash: SqlStatement;
  /** `:id :at` */
  readonly recordLogin: SqlStatement;
  /** `:id :isActive` */
  readonly setActive: SqlStatement;
  /** `:id`: one column, `app.codename`. */
  readonly permissionsOf: SqlStatement;
  /** `:app :model`: adds the content type unless there is one. */
  readonly addContentType: SqlStatement;
  /** `:app :model :codename :label`: adds the permission unless its application has one of that codename. */
  readonly addPermission: SqlStatement;
  /** `:id :app :codename` */
  readonly grant: SqlStatement;
  /** `:id :app :codename` */
  readonly withdraw: SqlStatement;
  /** `:userId` */
  readonly readEpoch: SqlStatement;
  /** `:userId`: adds one. Returns the row where the engine can; else `readEpoch` follows. */
  readonly raiseEpoch: SqlStatement;
  /** `:key :resetsAt :now`: counts, and returns attempts and resets_at where the engine can; else `readAttempts` follows. */
  readonly takeAttempt: SqlStatement;
  /** `:key`: attempts, resets_at. */
  readonly readAttempts: SqlStatement;
  /** `:key` */
  readonly giveAttemptBack: SqlStatement;
  /** `:key` */
  readonly clearAttempts: SqlStatement;
  /** `:now :limit`: removes windows that have ended. */
  readonly sweepAttempts: SqlStatement;
  /** `:name` */
  readonly readSetting: SqlStatement;
  /** Whether the two writing statements above return their row. */
  readonly returnsRows: boolean;
}

/** Under which name the version of these tables is kept in `coatcheck_setting`. */
export const USERS_SCHEMA = "auth_user";

/** The statements that every engine says in the same words, but for how it joins texts. */
export function sharedTexts(join: (left: string, right: string) => string): Readonly<Record<"permissionsOf" | "addContentType" | "addPermission" | "grant" | "withdraw", string>> {
  const name = join("ct.app_label", "p.codename");
  const chosen = "from auth_permission p join django_content_type ct on ct.id = p.content_type_id where ct.app_label = :app and p.codename = :codename";
  return {
    permissionsOf: `select ${name} from auth_permission p join django_content_type ct on ct.id = p.content_type_id
      join auth_user_user_permissions up on up.permission_id = p.id where up.user_id = :id
      union select ${name} from auth_permission p join django_content_type ct on ct.id = p.content_type_id
      join auth_group_permissions gp on gp.permission_id = p.id join auth_user_groups ug on ug.group_id = gp.group_id where ug.user_id = :id`,
    addContentType: `insert into django_content_type (app_label, model) select t.app, t.model from (select :app as app, :model as model) t
      where not exists (select 1 from django_content_type c where c.app_label = :app and c.model = :model)`,
    addPermission: `insert into auth_permission (name, content_type_id, codename) select :label, ct.id, :codename from django_content_type ct
      where ct.app_label = :app and ct.model = :model
      and not exists (select 1 from (select p.id ${chosen}) known)`,
    grant: `insert into auth_user_user_permissions (user_id, permission_id) select u.id, chosen.id from auth_user u join (select min(p.id) as id ${chosen}) chosen
      on chosen.id is not null where u.id = :id and not exists (select 1 from (select user_id, permission_id from auth_user_user_permissions) known where known.user_id = u.id and known.permission_id = chosen.id)`,
    withdraw: `delete from auth_user_user_permissions where user_id = :id and permission_id in (select p.id ${chosen})`,
  };
}
