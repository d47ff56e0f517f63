import { LONGEST_MAX_AGE_SECONDS } from "../cookie/attributes.ts";
import { InvalidDuration } from "../errors.ts";
import { parseDuration, type Duration } from "./duration.ts";

/** How long sessions live, as the application configured it. */
export interface ExpiryPolicy {
  readonly idleSeconds: number;
  /** Null: no absolute limit. */
  readonly absoluteSeconds: number | null;
  /** False: the cookie lives until the browser closes. */
  readonly persistent: boolean;
  /** The part of the idle time that must have passed before activity is written down; null: activity never counts. */
  readonly renewFraction: number | null;
}

/** The fields of a record that say when it ends. */
export interface SessionTimes {
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  readonly idleSeconds: number | null;
  readonly endsAt: number | null;
  readonly persistent: boolean;
}

/** What `setExpiry` accepts: seconds or a duration without activity, an instant, 0 (until the browser closes), null (the policy again). */
export type ExpiryChoice = Duration | Date | null;

/** The limit that will end a session first. */
export type EndReason = "idle" | "absolute" | "date";

/** The earlier of the two limits. At least one of them is always set. */
export function earlierLimit(lastSeenAt: number, idleSeconds: number | null, endsAt: number | null): number {
  const idleEnd = idleSeconds === null ? Number.POSITIVE_INFINITY : lastSeenAt + idleSeconds * 1000;
  return endsAt !== null && endsAt < idleEnd ? endsAt : idleEnd;
}

/** The times of a session that begins now. */
export function beginTimes(policy: ExpiryPolicy, now: number): SessionTimes {
  const endsAt = policy.absoluteSeconds === null ? null : now + policy.absoluteSeconds * 1000;
  return {
    createdAt: now,
    lastSeenAt: now,
    expiresAt: earlierLimit(now, policy.idleSeconds, endsAt),
    idleSeconds: policy.idleSeconds,
    endsAt,
    persistent: policy.persistent,
  };
}

/** Whether enough idle time has passed for this activity to be written down. A clock that went backwards is never enough. */
export function isRenewalDue(times: SessionTimes, fraction: number, now: number): boolean {
  return times.idleSeconds !== null && now - times.lastSeenAt >= times.idleSeconds * 1000 * fraction && now > times.lastSeenAt;
}

/** The same session, seen now. Never later than the absolute limit, never earlier than it was seen before. */
export function renewTimes(times: SessionTimes, now: number): SessionTimes {
  const lastSeenAt = Math.max(times.lastSeenAt, now);
  return { ...times, lastSeenAt, expiresAt: earlierLimit(lastSeenAt, times.idleSeconds, times.endsAt) };
}

/**
 * The same session with an expiry of its own. The policy's absolute limit, counted from the beginning of the session, holds
 * in every case.
 *
 * @throws InvalidDuration for a negative or fractional number, an unknown unit, or a date that is none
 */
export function chooseExpiry(times: SessionTimes, choice: ExpiryChoice, policy: ExpiryPolicy, now: number): SessionTimes {
  const absoluteEnd = policy.absoluteSeconds === null ? null : times.createdAt + policy.absoluteSeconds * 1000;
  const lastSeenAt = Math.max(times.lastSeenAt, now);
  const settle = (idleSeconds: number | null, endsAt: number | null, persistent: boolean): SessionTimes => ({
    createdAt: times.createdAt,
    lastSeenAt,
    expiresAt: earlierLimit(lastSeenAt, idleSeconds, endsAt),
    idleSeconds,
    endsAt,
    persistent,
  });
  if (choice === null) return settle(policy.idleSeconds, absoluteEnd, policy.persistent);
  if (choice instanceof Date) {
    const at = choice.getTime();
    if (!Number.isFinite(at)) throw new InvalidDuration("setExpiry", "the date is invalid");
    return settle(null, absoluteEnd === null ? at : Math.min(at, absoluteEnd), true);
  }
  const seconds = parseDuration("setExpiry", choice);
  return seconds === 0 ? settle(policy.idleSeconds, absoluteEnd, false) : settle(seconds, absoluteEnd, true);
}

/** Which limit comes first. */
export function endReason(times: SessionTimes): EndReason {
  if (times.idleSeconds === null) return "date";
  return times.endsAt !== null && times.endsAt <= times.lastSeenAt + times.idleSeconds * 1000 ? "absolute" : "idle";
}

/** Whole seconds left, rounded down, never negative: what `expiryAge` tells. */
export function secondsLeft(times: SessionTimes, now: number): number {
  return Math.max(0, Math.floor((times.expiresAt - now) / 1000));
}

/**
 * A cookie's Max-Age: whole seconds left, rounded up, never negative, and never more than the 400 days that browsers keep a cookie
 * (RFC 6265bis section 5.5). The clock has moved a little since the record was made, and rounding down would make every cookie a
 * second shorter than its session.
 */
export function cookieSecondsLeft(times: SessionTimes, now: number): number {
  return Math.min(LONGEST_MAX_AGE_SECONDS, Math.max(0, Math.ceil((times.expiresAt - now) / 1000)));
}
