/** The rows of the tables, and what the sessions in them hold. */

export type RowName = "anonymous" | "read" | "write" | "4 KiB" | "100 KiB";

export interface Row {
  readonly name: RowName;
  /** Where the request goes. */
  readonly path: "/anonymous" | "/read" | "/write";
  /** Where a session for this row is made; undefined: the request carries no session cookie. */
  readonly seedPath: SeedPath | undefined;
  /** Different sessions that the requests go through in turn; more than are ever in flight. */
  readonly sessions: number;
  /**
   * Requests in flight at once, which are also a lap. A loaded server has several, and a layer that waits a turn of the event
   * loop shares it; but a lap has to be so short that other programs hardly ever interrupt it.
   */
  readonly inFlight: number;
  /** Timed requests in one slice. */
  readonly operations: number;
  /** Requests right before them. */
  readonly leadIn: number;
}

export type SeedPath = "/seed/small" | "/seed/4k" | "/seed/100k";

export const ROWS: readonly Row[] = [
  { name: "anonymous", path: "/anonymous", seedPath: undefined, sessions: 0, inFlight: 16, operations: 128, leadIn: 32 },
  { name: "read", path: "/read", seedPath: "/seed/small", sessions: 64, inFlight: 16, operations: 128, leadIn: 32 },
  { name: "write", path: "/write", seedPath: "/seed/small", sessions: 64, inFlight: 16, operations: 128, leadIn: 32 },
  { name: "4 KiB", path: "/read", seedPath: "/seed/4k", sessions: 32, inFlight: 8, operations: 64, leadIn: 32 },
  { name: "100 KiB", path: "/read", seedPath: "/seed/100k", sessions: 32, inFlight: 2, operations: 16, leadIn: 16 },
];

export function rowOf(name: RowName): Row {
  const row = ROWS.find((candidate) => candidate.name === name);
  if (row === undefined) throw new Error(`There is no row ${name}.`);
  return row;
}

/** What every session holds. */
export interface BenchData {
  user: string;
  visits: number;
  theme: string;
  cart: string[];
  notes?: string[];
}

export const USER = "ada";
export const STRANGER = "stranger";
/** How `visits` begins. */
export const FIRST_VISITS = 1;

/** A hundred characters. */
const NOTE = "A reader asked for the second volume, paid in coins, and left the shop with a parcel under one arm. ";

/** A session of about `bytes` of JSON text: the small one, and as many notes of a hundred characters as it takes. */
export function sessionOf(bytes: number): BenchData {
  const small: BenchData = { user: USER, visits: FIRST_VISITS, theme: "dark", cart: ["book-17", "book-204"] };
  if (bytes === 0) return small;
  const data = { ...small, notes: [] as string[] };
  for (let room = bytes - JSON.stringify(data).length - 2; room > 0; room -= NOTE.length + 3) data.notes.push(NOTE.slice(0, room));
  return data;
}

/** The session that a seed path makes. */
export function seedData(path: SeedPath): BenchData {
  return sessionOf(path === "/seed/small" ? 0 : path === "/seed/4k" ? 4096 : 102_400);
}

/** Cookies that other parts of a site set. They stand around the session's own in every request. */
export const OTHER_COOKIES: readonly string[] = ["_ga=GA1.2.1418300027.1731000000", "consent=all", "lang=en-GB"];

/** The Cookie header of a request: the session's pair, if any, among those of others. */
export function cookieHeader(sessionPair: string | undefined): string {
  const [first, ...others] = OTHER_COOKIES;
  return [first, ...(sessionPair === undefined ? [] : [sessionPair]), ...others].join("; ");
}
