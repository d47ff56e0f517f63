/**
 * An instant as Django writes it into SQLite and MySQL: UTC, microseconds only when there are any.
 *
 * @param at milliseconds since 1970
 */
export function writeSqlTime(at: number): string {
  const [date = "", rest = ""] = new Date(at).toISOString().split("T");
  const [seconds = "", fraction = "000Z"] = rest.split(".");
  const milliseconds = fraction.slice(0, 3);
  return milliseconds === "000" ? `${date} ${seconds}` : `${date} ${seconds}.${milliseconds}000`;
}

const TEXT = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:Z|\+00(?::?00)?)?$/;

/** An instant out of a column: a text in UTC, or milliseconds. Null for none, and for what cannot be read. */
export function readSqlTime(value: unknown): number | null {
  if (typeof value === "number") return Math.round(value);
  if (typeof value !== "string") return null;
  const match = TEXT.exec(value);
  if (match === null) {
    const milliseconds = Number(value);
    return value.trim() === "" || !Number.isFinite(milliseconds) ? null : Math.round(milliseconds);
  }
  return Date.parse(`${match[1]}T${match[2]}.${(match[3] ?? "").padEnd(3, "0").slice(0, 3)}Z`);
}
