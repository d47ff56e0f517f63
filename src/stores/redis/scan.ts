import { textOf } from "./layout.ts";
import type { RedisPrimary } from "./connection.ts";

/** A page that finds nothing (other keys fill the database) stops after so many SCANs, and the next page goes on. */
const MOST_SCANS_PER_PAGE = 64;

/** Small counts make a walk over a large database endless. */
const LEAST_COUNT = 10;

/** Where a walk stands: a server's name and that server's own cursor. */
export function writeCursor(name: string, cursor: string): string {
  return `${cursor}@${name}`;
}

/**
 * Collects keys for one page. Servers come one after the other, in the order of their names. When the server of the
 * cursor is not there any more (a failover), the walk begins again: records may be seen twice, never missed.
 *
 * @param send runs a command on one server
 */
export async function scanKeys(
  primaries: readonly RedisPrimary[],
  cursor: string | null,
  limit: number,
  pattern: string,
  send: (primary: RedisPrimary, args: string[]) => Promise<unknown>,
): Promise<{ keys: string[]; next: string | null }> {
  const [at, name] = splitCursor(cursor);
  let server = Math.max(0, primaries.findIndex((one) => one.name === name));
  let position = primaries[server]?.name === name ? at : "0";
  const keys = new Set<string>();
  for (let scans = 0; scans < MOST_SCANS_PER_PAGE && keys.size < limit; scans++) {
    const primary = primaries[server];
    if (primary === undefined) break;
    const reply = await send(primary, ["SCAN", position, "MATCH", pattern, "COUNT", String(Math.max(LEAST_COUNT, limit))]);
    const [next, found] = Array.isArray(reply) ? (reply as [unknown, unknown]) : ["0", []];
    for (const key of Array.isArray(found) ? found : []) keys.add(textOf(key) ?? "");
    position = textOf(next) ?? "0";
    if (position === "0") server += 1;
  }
  const current = primaries[server];
  return { keys: [...keys], next: current === undefined ? null : writeCursor(current.name, position) };
}

function splitCursor(cursor: string | null): [string, string | null] {
  if (cursor === null) return ["0", null];
  const at = cursor.indexOf("@");
  return [cursor.slice(0, at), cursor.slice(at + 1)];
}
