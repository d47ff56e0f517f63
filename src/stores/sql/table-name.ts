import { ConfigurationError } from "../../errors.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,39}$/;

/** Names of tables and indexes, quoted for one engine. */
export interface TableNames {
  /** As the user gave it. */
  readonly plain: string;
  readonly session: string;
  readonly setting: string;
  /** An index of the session table; engines put it beside its table. */
  index(column: string): string;
}

/**
 * Checks a table's name, since names cannot be bound as parameters.
 *
 * @param setting the option as the user wrote it, for the message.
 * @param schemas whether `schema.table` is allowed.
 * @throws ConfigurationError
 */
export function nameTables(setting: string, table: string, quote: '"' | "`", schemas: boolean): TableNames {
  const parts = typeof table === "string" ? table.split(".") : [];
  const name = parts.at(-1);
  if (name === undefined || parts.length > (schemas ? 2 : 1) || !parts.every((part) => NAME.test(part))) {
    throw new ConfigurationError(
      setting,
      `must be a name of at most 40 letters, digits and underscores${schemas ? ", with a schema and a dot before it if you like" : ""}, not ${JSON.stringify(table)}`,
    );
  }
  const quoted = (text: string): string => `${quote}${text}${quote}`;
  const prefix = parts.length === 2 ? `${quoted(parts[0] as string)}.` : "";
  return {
    plain: table,
    session: prefix + quoted(name),
    setting: `${prefix}${quoted("coatcheck_setting")}`,
    index: (column) => quoted(`${name}_${column}`),
  };
}
