/** One step towards the newest tables. Its statements may be run again without harm. */
export interface Migration {
  /** 1, 2, 3: the version of the tables after this step. */
  readonly version: number;
  /** What it does, a sentence without the full stop. */
  readonly description: string;
  readonly statements: readonly string[];
}

/** Under which setting a table's version is kept. */
export const versionSetting = (table: string): string => `schema ${table}`;

/** The steps that a table of that version still needs. A newer version than any known needs none. */
export function pendingSteps(migrations: readonly Migration[], version: number): Migration[] {
  return migrations.filter((one) => one.version > version);
}
