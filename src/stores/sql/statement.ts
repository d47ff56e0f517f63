/** What a column or a parameter can hold. */
export type SqlValue = string | number | null;

/** Parameters by name. */
export type SqlParameters = Readonly<Record<string, SqlValue>>;

/** A row: its columns in the order of the statement. Lists are read a third faster than objects with names. */
export type SqlRow = readonly unknown[];

/** A statement in the spelling of one engine, made once. */
export interface SqlStatement {
  /** Unique within a store; prepared statements go by it. */
  readonly name: string;
  readonly text: string;
  /** The parameters' names in the order of their placeholders. */
  readonly order: readonly string[];
}

/** How an engine spells parameters: `$1`, `?1` (both may repeat one) or `?` (one each). */
export type PlaceholderStyle = "$1" | "?1" | "?";

/** Turns `:name` placeholders into those of an engine. A double colon, which is a cast, is left alone. */
export function compileStatement(name: string, text: string, style: PlaceholderStyle): SqlStatement {
  const order: string[] = [];
  const compiled = text.replaceAll(/(?<!:):([a-z]\w*)/gi, (_placeholder, parameter: string) => {
    let position = style === "?" ? -1 : order.indexOf(parameter);
    if (position === -1) position = order.push(parameter) - 1;
    return style === "?" ? "?" : `${style[0]}${position + 1}`;
  });
  return { name, text: compiled.replaceAll(/\s+/g, " ").trim(), order };
}

/** The values in the order in which the statement wants them. */
export function orderValues(statement: SqlStatement, parameters: SqlParameters): SqlValue[] {
  const { order } = statement;
  const values = new Array<SqlValue>(order.length);
  for (let index = 0; index < order.length; index++) values[index] = parameters[order[index] as string] as SqlValue;
  return values;
}
