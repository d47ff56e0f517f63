import type { Attempt, LoginAttempts } from "../../store/login-attempts.ts";
import type { SqlRunner } from "./sql-runner.ts";

/** After so many new windows, those that have ended are removed. */
const SWEEP_EVERY = 100;
const SWEEP_MOST = 500;

/** The table `coatcheck_login_attempt`. */
export class SqlAttempts implements LoginAttempts {
  readonly #runner: SqlRunner;
  #opened = 0;

  constructor(runner: SqlRunner) {
    this.#runner = runner;
  }

  async take(key: string, windowSeconds: number, now: number): Promise<Attempt> {
    const { takeAttempt, readAttempts, sweepAttempts } = this.#runner.dialect.statements;
    const resetsAt = now + windowSeconds * 1000;
    const row = await this.#runner.count("count a login attempt", takeAttempt, readAttempts, { key, resetsAt, now });
    // Where counting and reading are two statements, a right password may have cleared the row in between: then this is the first.
    const attempt = { count: Number(row[0] ?? 1), resetsAt: Number(row[1] ?? resetsAt) };
    if (attempt.count === 1 && ++this.#opened % SWEEP_EVERY === 0) await this.#runner.change("remove old login attempts", sweepAttempts, { now, limit: SWEEP_MOST });
    return attempt;
  }

  async giveBack(key: string): Promise<void> {
    await this.#runner.change("give a login attempt back", this.#runner.dialect.statements.giveAttemptBack, { key });
  }

  async clear(key: string): Promise<void> {
    await this.#runner.change("forget login attempts", this.#runner.dialect.statements.clearAttempts, { key });
  }
}
