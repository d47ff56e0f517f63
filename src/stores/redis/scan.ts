import { isRefusal } from "./failures.ts";
import { textOf } from "./layout.ts";
import type { RedisPrimary } from "./connection.ts";

/** A page that finds nothing (other keys fill the database) stops after so many SCANs, and the next page goes on. */
const MOST_SCANS_PER_PAGE = 64;

/** Small counts make a walk over a large database endless. */
const LEAST_COUNT = 10;

/** What stands for the life of a server that does not tell. */
const UNTOLD = "-";

/**
 * Collects keys for one page. Servers come one after the other, in the order of their names. A cursor means something to the process that
 * gave it and to no other, so where the server was started again meanwhile, or another one has taken over, its part of the walk begins
 * again; when it is not there any more, the whole walk does. Records may be seen twice, never missed.
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
  const place = readCursor(cursor);
  let server = Math.max(0, primaries.findIndex((one) => one.name === place?.name));
  let [position, life]: [string, string | null] = primaries[server]?.name === place?.name && place !== null ? [place.position, place.life] : ["0", null];
  const keys = new Set<string>();
  for (let scans = 0; scans < MOST_SCANS_PER_PAGE && keys.size < limit; scans++) {
    const primary = primaries[server];
    if (primary === undefined) break;
    life ??= await lifeOf(primary, send);
    const reply = await send(primary, ["SCAN", position, "MATCH", pattern, "COUNT", String(Math.max(LEAST_COUNT, limit))]);
    const [next, found] = Array.isArray(reply) ? (reply as [unknown, unknown]) : ["0", []];
    for (const key of Array.isArray(found) ? found : []) keys.add(textOf(key) ?? "");
    position = textOf(next) ?? "0";
    if (position !== "0" && keys.size < limit && scans < MOST_SCANS_PER_PAGE - 1) continue;
    // Asked after the last SCAN: whatever came before it came from the life that the walk began in.
    const now = await lifeOf(primary, send);
    if (now !== life) [position, life] = ["0", now];
    else if (position === "0") [server, life] = [server + 1, null];
  }
  const current = primaries[server];
  return { keys: [...keys], next: current === undefined ? null : writeCursor({ position, life, name: current.name }) };
}

/** The name that a server gives itself at each start. One that does not say (INFO is forbidden to the user) is taken to be the same always. */
async function lifeOf(primary: RedisPrimary, send: (primary: RedisPrimary, args: string[]) => Promise<unknown>): Promise<string> {
  try {
    return /^run_id:(\w+)/m.exec(textOf(await send(primary, ["INFO", "server"])) ?? "")?.[1] ?? UNTOLD;
  } catch (error) {
    if (isRefusal((error as Error).cause)) return UNTOLD;
    throw error;
  }
}

/** Where a walk stands: a server's own cursor, which life of that server it belongs to (null: none was asked for yet), and the server's name. */
interface Place {
  readonly position: string;
  readonly life: string | null;
  readonly name: string;
}

const writeCursor = ({ position, life, name }: Place): string => `${position}@${life ?? ""}@${name}`;

function readCursor(cursor: string | null): Place | null {
  const [, position, life, name] = /^(\d+)@(\w*|-)@([^]*)$/.exec(cursor ?? "") ?? [];
  return position === undefined || name === undefined ? null : { position, life: life || null, name };
}
