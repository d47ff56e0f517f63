import { systemClock, type Clock } from "../clock.ts";
import { ConfigurationError } from "../errors.ts";
import type { Closable, Migratable } from "../store/capabilities.ts";
import type { Epochs } from "../store/epochs.ts";
import type { LoginAttempts } from "../store/login-attempts.ts";
import type { Account, NewUser, User, Users } from "../store/users.ts";
import type { SqlRow } from "../stores/sql/statement.ts";
import { checkTimeLimit } from "../stores/sql/time-limit-option.ts";
import { chooseEngine, type UsersDatabase } from "./sql/choose-engine.ts";
import { SqlAttempts } from "./sql/sql-attempts.ts";
import { SqlEpochs } from "./sql/sql-epochs.ts";
import { SqlRunner } from "./sql/sql-runner.ts";
import { readSqlTime } from "./sql/sql-time.ts";

export type { UsersDatabase } from "./sql/choose-engine.ts";

export interface SqlUsersOptions {
  /** Use prepared statements with PostgreSQL and MySQL. Default: true. */
  readonly prepare?: boolean;
  /** How long one call to a server may take before it fails, in milliseconds. Default: 5000. SQLite needs no limit. */
  readonly commandTimeoutMs?: number;
  /** Where the time of joining comes from. Default: the machine's clock. */
  readonly clock?: Clock;
}

/** What `sqlUsers()` returns. */
export interface SqlUsers extends Required<Users>, Migratable, Closable {
  /** Gives a user one permission (`books.change_book`), which is made when there is none of that name. @throws ConfigurationError for a name without a dot */
  grantPermission(id: string, permission: string): Promise<void>;
  /** Takes back what was granted to the user alone; what a group gives stays. */
  withdrawPermission(id: string, permission: string): Promise<void>;
}

/**
 * Users in Django's own tables: `auth_user`, with groups and permissions, so that a Django application beside this one sees the same
 * people. Makes the tables that are missing (SQLite: at the first use; elsewhere by `await users.migrate()` or `npx coatcheck migrate`), and its own
 * `coatcheck_user_epoch` and `coatcheck_login_attempt` beside them.
 *
 * @param database a path or an open database of SQLite, a pool or client of `pg`, the `sql` of postgres.js, or a pool of mysql2
 * @throws ConfigurationError for something that is none of them
 * @example
 * const cloakroom = createCoatcheck({ auth: { users: sqlUsers("coatcheck.db") } });
 */
export function sqlUsers(database: UsersDatabase, options: SqlUsersOptions = {}): SqlUsers {
  const { dialect, driver, isEmbedded } = chooseEngine(database, options.prepare ?? true);
  const commandTimeoutMs = checkTimeLimit("sqlUsers.commandTimeoutMs", options.commandTimeoutMs ?? 5000);
  const runner = new SqlRunner({ dialect, driver, clock: options.clock ?? systemClock, migratesItself: isEmbedded, ...(isEmbedded ? {} : { commandTimeoutMs }) });
  return new InSql(runner);
}

/** Ids of these tables are whole numbers; anything else is nobody's, and the engine is not asked. */
const ID = /^(?:0|[1-9]\d{0,14})$/;
const LONGEST_NAME = 150;

class InSql implements SqlUsers {
  readonly epochs: Epochs;
  readonly attempts: LoginAttempts;
  readonly #runner: SqlRunner;

  constructor(runner: SqlRunner) {
    this.#runner = runner;
    this.epochs = new SqlEpochs(runner);
    this.attempts = new SqlAttempts(runner);
  }

  async findById(id: string): Promise<Account | null> {
    if (!ID.test(id)) return null;
    const account = accountOf(await this.#runner.one("find a user", this.#runner.dialect.statements.findById, { id }));
    return account?.user.id === id ? account : null;
  }

  /** Exactly this name, also where the engine would take another case or accent for the same. */
  async findByUsername(username: string): Promise<Account | null> {
    if (username === "" || [...username].length > LONGEST_NAME || username.includes("\u0000")) return null;
    const account = accountOf(await this.#runner.one("find a user", this.#runner.dialect.statements.findByUsername, { username }));
    return account?.user.username === username ? account : null;
  }

  async create(user: NewUser): Promise<User | null> {
    const { statements, writeTime } = this.#runner.dialect;
    const { username, passwordHash, email } = user;
    const parameters = { username, passwordHash, email, isActive: Number(user.isActive), isStaff: Number(user.isStaff), isSuperuser: Number(user.isSuperuser), joinedAt: writeTime(this.#runner.clock.now()) };
    if ((await this.#runner.change("create a user", statements.create, parameters)) === 0) return null;
    return (await this.findByUsername(username))?.user ?? null;
  }

  async setPasswordHash(id: string, passwordHash: string, replaces: string): Promise<boolean> {
    return ID.test(id) && (await this.#runner.change("change a password", this.#runner.dialect.statements.setPasswordHash, { id, passwordHash, replaces })) > 0;
  }

  async recordLogin(id: string, at: number): Promise<void> {
    if (!ID.test(id)) return;
    const { statements, writeTime } = this.#runner.dialect;
    await this.#runner.change("record a login", statements.recordLogin, { id, at: writeTime(at) });
  }

  async setActive(id: string, isActive: boolean): Promise<boolean> {
    if ((await this.findById(id)) === null) return false;
    await this.#runner.change("switch a user on or off", this.#runner.dialect.statements.setActive, { id, isActive: Number(isActive) });
    return true;
  }

  async permissionsOf(user: User): Promise<ReadonlySet<string>> {
    if (!ID.test(user.id)) return new Set();
    const rows = await this.#runner.all("read a user's permissions", this.#runner.dialect.statements.permissionsOf, { id: user.id });
    return new Set(rows.map((row) => String(row[0])));
  }

  async grantPermission(id: string, permission: string): Promise<void> {
    const { app, codename } = splitPermission(permission);
    if (!ID.test(id)) return;
    const { addContentType, addPermission, grant } = this.#runner.dialect.statements;
    // Django names permissions after what is done and to what: change_book.
    const model = codename.slice(codename.indexOf("_") + 1);
    await this.#runner.change("add a content type", addContentType, { app, model });
    await this.#runner.change("add a permission", addPermission, { app, model, codename, label: `Can ${codename.replaceAll("_", " ")}` });
    await this.#runner.change("grant a permission", grant, { id, app, codename });
  }

  async withdrawPermission(id: string, permission: string): Promise<void> {
    const { app, codename } = splitPermission(permission);
    if (ID.test(id)) await this.#runner.change("withdraw a permission", this.#runner.dialect.statements.withdraw, { id, app, codename });
  }

  pendingMigrations(): Promise<string[]> {
    return this.#runner.pendingMigrations();
  }

  migrate(): Promise<string[]> {
    return this.#runner.migrate();
  }

  close(): Promise<void> {
    return this.#runner.close();
  }
}

/** The columns, in the order of the statements. */
function accountOf(row: SqlRow | undefined): Account | null {
  if (row === undefined) return null;
  const [id, username, email, isActive, isStaff, isSuperuser, lastLogin, passwordHash, epoch] = row;
  const user: User = {
    id: String(id),
    username: String(username),
    email: String(email),
    isActive: isTrue(isActive),
    isStaff: isTrue(isStaff),
    isSuperuser: isTrue(isSuperuser),
    lastLoginAt: readSqlTime(lastLogin),
  };
  return { user, passwordHash: String(passwordHash), epoch: Number(epoch) };
}

/** Engines without booleans keep 1 and 0. */
const isTrue = (value: unknown): boolean => value === true || Number(value) === 1;

function splitPermission(permission: string): { app: string; codename: string } {
  const match = /^([A-Za-z_]\w{0,99})\.(\w{1,100})$/.exec(permission);
  if (match === null) throw new ConfigurationError("permission", `${JSON.stringify(permission)} is not a permission: write the application, a dot and the codename, as in "books.change_book".`);
  return { app: match[1] as string, codename: match[2] as string };
}
