import type { RotationReason } from "../session/state.ts";

/**
 * What has to happen at the end of a request.
 * - `nothing`: no store call, no cookie.
 * - `create`: a first record, a new token.
 * - `update`: the record changes.
 * - `renew`: nothing changed, but the end moves, and a persistent cookie moves with it.
 * - `rotate`: the record moves to a new token.
 * - `delete`: the record goes, and the cookie.
 * - `replace`: the record goes, and what was set after `flush` begins a new one.
 */
export type Plan = "nothing" | "create" | "update" | "renew" | "rotate" | "delete" | "replace";

/** What the decision depends on, and nothing else. */
export interface PlanFacts {
  /** A live record was found for this request. */
  readonly hasRecord: boolean;
  /** The handler threw or answered 5xx, and its route does not keep changes. */
  readonly dropsChanges: boolean;
  readonly flushed: boolean;
  /** At least one key differs. */
  readonly edited: boolean;
  /** No key is left once the edits are applied. */
  readonly empty: boolean;
  /** `session.modified = true`, an expiry of its own, or another owner. */
  readonly forced: boolean;
  readonly rotation: RotationReason | null;
  /** The request was activity, and the session's end is due to move. */
  readonly renews: boolean;
}

/** The decision table, read from the top: the first line that fits holds. */
export function decidePlan(facts: PlanFacts): Plan {
  const { hasRecord, dropsChanges, flushed, edited, empty, forced, rotation, renews } = facts;
  if (dropsChanges) return flushed ? "delete" : "nothing";
  if (flushed) return edited && !empty ? "replace" : "delete";
  if (!hasRecord) return edited && !empty ? "create" : "nothing";
  if (edited && empty) return "delete";
  if (rotation !== null) return "rotate";
  if (edited || forced) return "update";
  return renews ? "renew" : "nothing";
}
