import type { Clock } from "../../clock.ts";
import type { SqlDriver } from "../../stores/sql/dialect.ts";
import { pendingSteps, versionSetting, type Migration } from "../../stores/sql/migrations.ts";
import { Once } from "../../stores/sql/once.ts";
import type { SqlCall } from "../../stores/sql/sql-call.ts";
import { SqlCalls } from "../../stores/sql/sql-calls.ts";
import type { SqlParameters, SqlRow, SqlStatement } from "../../stores/sql/statement.ts";
import { USERS_SCHEMA, type UsersDialect } from "./users-dialect.ts";

/** What the tables of users run on. */
export interface SqlRunnerParts {
  readonly dialect: UsersDialect;
  readonly driver: SqlDriver;
  readonly clock: Clock;
  /** Bring the tables up to date before the first statement. */
  readonly migratesItself: boolean;
  /** How long a call may take, for engines that may not answer. */
  readonly commandTimeoutMs?: number;
}

/** Runs the statements of users, epochs and attempts: opened once, busy engines asked again, every failure in the words of the store contract. */
export class SqlRunner {
  readonly dialect: UsersDialect;
  readonly clock: Clock;
  readonly #driver: SqlDriver;
  readonly #calls: SqlCalls;
  readonly #opened: Once;
  readonly #ready: Once;

  constructor(parts: SqlRunnerParts) {
    this.dialect = parts.dialect;
    this.clock = parts.clock;
    this.#driver = parts.driver;
    const table = `${USERS_SCHEMA} (or one beside it: \`await users.migrate()\` makes them)`;
    this.#calls = new SqlCalls({ dialect: parts.dialect, table, clock: parts.clock, limitMs: parts.commandTimeoutMs });
    this.#opened = new Once(() => this.#calls.runUnlimited("open the users' database", () => this.#driver.open?.()));
    this.#ready = new Once(async () => {
      await this.#opened.do();
      if (parts.migratesItself) await this.#migrate();
    });
  }

  one(operation: string, statement: SqlStatement, parameters: SqlParameters): Promise<SqlRow | undefined> {
    return this.#run(operation, (call) => this.#driver.one(statement, parameters, call));
  }

  all(operation: string, statement: SqlStatement, parameters: SqlParameters): Promise<readonly SqlRow[]> {
    return this.#run(operation, (call) => this.#driver.all(statement, parameters, call));
  }

  /** @returns how many rows changed; 0 when the engine refused a key that is taken */
  change(operation: string, statement: SqlStatement, parameters: SqlParameters): Promise<number> {
    return this.#run(operation, async (call) => {
      try {
        return await this.#driver.change(statement, parameters, call);
      } catch (error) {
        if (this.dialect.classify(error) === "duplicate") return 0;
        throw error;
      }
    });
  }

  /** A counter: one statement where the engine returns what it wrote, else a second one reads it. */
  async count(operation: string, write: SqlStatement, read: SqlStatement, parameters: SqlParameters): Promise<SqlRow> {
    if (this.dialect.statements.returnsRows) return (await this.one(operation, write, parameters)) ?? [];
    await this.change(operation, write, parameters);
    return (await this.one(operation, read, parameters)) ?? [];
  }

  async pendingMigrations(): Promise<string[]> {
    await this.#opened.do();
    return (await this.#pending()).map((step) => step.description);
  }

  async migrate(): Promise<string[]> {
    await this.#opened.do();
    return this.#migrate();
  }

  async close(): Promise<void> {
    await this.#driver.close();
  }

  async #run<T>(operation: string, task: (call: SqlCall | undefined) => T | Promise<T>): Promise<T> {
    if (!this.#ready.isDone) await this.#ready.do();
    return this.#calls.run(operation, undefined, task);
  }

  async #pending(): Promise<Migration[]> {
    const version = await this.#calls.runUnlimited("read the version of the users' tables", async () => {
      try {
        return Number((await this.#driver.one(this.dialect.statements.readSetting, { name: versionSetting(USERS_SCHEMA) }))?.[0] ?? 0);
      } catch (error) {
        if (this.dialect.classify(error) === "missing table") return 0;
        throw error;
      }
    });
    return pendingSteps(this.dialect.migrations, version);
  }

  async #migrate(): Promise<string[]> {
    const steps = await this.#pending();
    if (steps.length > 0) await this.#calls.runUnlimited("make the users' tables", () => this.#driver.script(steps.flatMap((step) => step.statements)));
    return steps.map((step) => step.description);
  }
}
