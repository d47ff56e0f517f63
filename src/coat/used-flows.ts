import type { SessionManager } from "../manager/session-manager.ts";

/** So many are remembered. Whoever takes more than that while one of them lives pushes out the oldest. */
const MOST_MARKS = 100_000;
/** What is left when they became too many: some room, so that they are not gone through for each. */
const KEPT_MARKS = 90_000;
const FEW_MARKS = 1000;

/**
 * Which flow cookies this process has taken, each until it would be too old anyway. A browser is told to drop the cookie, but a copy of
 * it, or a request that was on its way already, is stopped here.
 */
export class UsedFlows {
  readonly #ends = new Map<string, number>();
  #tidiesAt = FEW_MARKS;

  /**
   * @param mark what no two cookies have in common
   * @param endsAt when the cookie becomes too old, milliseconds since 1970
   * @returns false when it was taken before
   */
  take(mark: string, endsAt: number, now: number): boolean {
    if (this.#ends.has(mark)) return false;
    this.#ends.set(mark, endsAt);
    if (this.#ends.size >= this.#tidiesAt) this.#tidy(now);
    return true;
  }

  get size(): number {
    return this.#ends.size;
  }

  /** Each time twice as many as were left may come: a mark is looked at a few times in its life, however many there are. */
  #tidy(now: number): void {
    for (const [mark, endsAt] of this.#ends) if (endsAt <= now) this.#ends.delete(mark);
    if (this.#ends.size > KEPT_MARKS) {
      for (const mark of this.#ends.keys()) {
        this.#ends.delete(mark);
        if (this.#ends.size <= KEPT_MARKS) break;
      }
    }
    this.#tidiesAt = Math.min(MOST_MARKS, Math.max(FEW_MARKS, this.#ends.size * 2));
  }
}

const usedFlows = new WeakMap<SessionManager, UsedFlows>();

/** Those of a cloakroom. */
export function usedFlowsOf(manager: SessionManager): UsedFlows {
  let used = usedFlows.get(manager);
  if (used === undefined) usedFlows.set(manager, (used = new UsedFlows()));
  return used;
}
