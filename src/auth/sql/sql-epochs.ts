import type { Epochs } from "../../store/epochs.ts";
import type { SqlRunner } from "./sql-runner.ts";

/** The table `coatcheck_user_epoch`. */
export class SqlEpochs implements Epochs {
  readonly #runner: SqlRunner;

  constructor(runner: SqlRunner) {
    this.#runner = runner;
  }

  async read(userId: string): Promise<number> {
    const row = await this.#runner.one("read a user's epoch", this.#runner.dialect.statements.readEpoch, { userId });
    return Number(row?.[0] ?? 0);
  }

  async raise(userId: string): Promise<number> {
    const { raiseEpoch, readEpoch } = this.#runner.dialect.statements;
    return Number((await this.#runner.count("raise a user's epoch", raiseEpoch, readEpoch, { userId }))[0]);
  }
}
