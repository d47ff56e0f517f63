/** The numbers that are wanted, and whether they were reached. */

import type { Comparison } from "./compare.ts";
import { OURS, THEIRS } from "./crypto-names.ts";
import type { OperationTime } from "./operations.ts";
import type { RowName } from "./rows.ts";

export interface Verdict {
  /** What is judged, for instance `fetch, read, as a ratio to the floor`. */
  readonly what: string;
  readonly wanted: string;
  readonly measured: string;
  readonly ok: boolean;
}

export const OURS_FETCH = "coatcheck/fetch";
export const OURS_FETCH_SEALED = "coatcheck/fetch, sealed-cookie";
export const OURS_SEALED = "coatcheck/node, sealed-cookie";
export const OURS_SEALED_UNSEEN = "coatcheck/node, sealed-cookie, each unseen";
export const OURS_EXPRESS = "coatcheck/express";
export const FLOOR = "floor";
export const EXPRESS_SESSION = "express-session 1.19";
const SECURE_SESSION = "@fastify/secure-session 8";
export const FASTIFY_PEERS: readonly string[] = ["@fastify/session 11", SECURE_SESSION];

/** Microseconds. */
export const FETCH_ANONYMOUS_AT_MOST = 0.5;
export const FETCH_TO_FLOOR: ReadonlyMap<RowName, number> = new Map([
  ["read", 3],
  ["write", 3],
  ["4 KiB", 1.5],
  ["100 KiB", 1.2],
]);
/** One over this. */
export const EXPRESS_TO_PEER: ReadonlyMap<RowName, number> = new Map([
  ["anonymous", 5],
  ["read", 5],
  ["write", 4],
  ["4 KiB", 7],
  ["100 KiB", 8],
]);
/** Two numbers this close count as level, microseconds. */
export const LEVEL = 0.2;

function addedBy(comparison: Comparison, contender: string, row: RowName): number | undefined {
  return comparison.added.find((one) => one.contender === contender && one.row === row)?.microseconds;
}

/** Judges the fetch adapter: against the floor, and against each peer of its section. */
export function judgeFetch(comparison: Comparison, rows: readonly RowName[]): Verdict[] {
  const verdicts: Verdict[] = [];
  for (const row of rows) {
    const ours = addedBy(comparison, OURS_FETCH, row);
    if (ours === undefined) continue;
    if (row === "anonymous") {
      verdicts.push({ what: "fetch, anonymous", wanted: `at most ${FETCH_ANONYMOUS_AT_MOST} µs`, measured: `${ours.toFixed(2)} µs`, ok: ours <= FETCH_ANONYMOUS_AT_MOST });
    }
    const atMost = FETCH_TO_FLOOR.get(row);
    const floor = addedBy(comparison, FLOOR, row);
    if (atMost !== undefined && floor !== undefined) verdicts.push(judgeRatio(`fetch, ${row}, to the floor`, ours, floor, atMost));
    for (const peer of FASTIFY_PEERS) verdicts.push(...judgeAhead(comparison, "fetch", OURS_FETCH, peer, row));
    verdicts.push(...judgeAhead(comparison, "sealed cookie", OURS_SEALED, SECURE_SESSION, row));
  }
  return verdicts;
}

/** Judges the Express adapter against express-session. */
export function judgeExpress(comparison: Comparison, rows: readonly RowName[]): Verdict[] {
  const verdicts: Verdict[] = [];
  for (const row of rows) {
    const ours = addedBy(comparison, OURS_EXPRESS, row);
    const theirs = addedBy(comparison, EXPRESS_SESSION, row);
    const part = EXPRESS_TO_PEER.get(row);
    if (ours === undefined || theirs === undefined || part === undefined) continue;
    verdicts.push({
      what: `Express, ${row}, to express-session`,
      wanted: `at most 1/${part}`,
      measured: ours <= 0 ? "below the noise" : `1/${(theirs / ours).toFixed(1)}`,
      ok: theirs > 0 && ours * part <= theirs,
    });
  }
  return verdicts;
}

function judgeAhead(comparison: Comparison, adapter: string, oursName: string, peer: string, row: RowName): Verdict[] {
  const ours = addedBy(comparison, oursName, row);
  const theirs = addedBy(comparison, peer, row);
  if (ours === undefined || theirs === undefined) return [];
  const measured = `${ours.toFixed(2)} µs beside ${theirs.toFixed(2)} µs`;
  return [{ what: `${adapter}, ${row}, to ${peer}`, wanted: "ahead or level", measured, ok: ours <= theirs + LEVEL }];
}

/** `ours` may be at most `atMost` times `reference`. A reference that drowned in the noise judges nothing: missed. */
export function judgeRatio(what: string, ours: number, reference: number, atMost: number): Verdict {
  const measured = reference > 0 ? (Math.max(0, ours) / reference).toFixed(2) : "no reference above the noise";
  return { what, wanted: `at most ${atMost}`, measured, ok: reference > 0 && ours <= atMost * reference };
}

/** Bytes a session takes, ours beside a peer's. */
export function judgeMemory(ours: number, theirs: number, peer: string): Verdict {
  return { what: "memory of a small session", wanted: `at most ${peer}'s`, measured: `${ours.toFixed(0)} beside ${theirs.toFixed(0)} bytes`, ok: ours <= theirs };
}

/** How many times as fast as iron-session a seal has to be. */
export const FASTER_THAN_IRON = 20;

/** Judges the single operations: CSRF faster than csrf-csrf, seals much faster than iron-session's. */
export function judgeCrypto(times: readonly OperationTime[]): Verdict[] {
  const compareTwo = (ours: string, theirs: string, factor: number): Verdict[] => {
    const mine = times.find((time) => time.operation === ours)?.microseconds;
    const other = times.find((time) => time.operation === theirs)?.microseconds;
    if (mine === undefined || other === undefined) return [];
    const wanted = factor === 1 ? `faster than ${theirs}` : `${factor} times as fast as ${theirs}`;
    return [{ what: ours, wanted, measured: `${(other / mine).toFixed(1)} times`, ok: other > mine * factor }];
  };
  return [
    ...compareTwo(OURS.csrfMake, THEIRS.csrfMake, 1),
    ...compareTwo(OURS.csrfCheck, THEIRS.csrfCheck, 1),
    ...compareTwo(OURS.seal, THEIRS.ironSeal, FASTER_THAN_IRON),
    ...compareTwo(OURS.unseal, THEIRS.ironUnseal, FASTER_THAN_IRON),
  ];
}
