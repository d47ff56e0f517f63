import type { Clock } from "../../clock.ts";

/** Whether a call may go to the store: as usual, as the one that tries whether it is back, or not at all. */
export type Admission = "closed" | "probe" | "refused";

export interface CircuitOptions {
  /** So many failures with no success in between open the circuit. */
  readonly failuresToOpen: number;
  /** So long nothing is tried once it is open, in milliseconds. */
  readonly retryAfterMs: number;
  readonly clock: Clock;
  readonly onChange: (isOpen: boolean) => void;
}

/** Where failures and successes alternate, a row of failures has to be at most so many times as long. */
const MOST_PATIENCE = 10;

/** What each success takes back of that. */
const EASE = 0.05;

/**
 * Counts failures, and once there were enough of them in a row keeps calls away from what fails. When the pause is over one call is let
 * through; it closes the circuit, or begins another pause. No timer: the pause ends when somebody asks.
 *
 * Behind one name there may be several servers, one of which is down: then some calls fail and others do not, and sooner or later
 * enough failures come in a row by chance. So each row that a success has ended makes the circuit more patient by its own length, and a
 * long time of successes makes it less so.
 */
export class Circuit {
  readonly #options: CircuitOptions;
  #failures = 0;
  #patience: number;
  #openedAt: number | null = null;
  #isProbing = false;

  constructor(options: CircuitOptions) {
    this.#options = options;
    this.#patience = options.failuresToOpen;
  }

  get isOpen(): boolean {
    return this.#openedAt !== null;
  }

  admit(): Admission {
    if (this.#openedAt === null) return "closed";
    if (this.#isProbing) return "refused";
    const { clock, retryAfterMs } = this.#options;
    const since = clock.now() - this.#openedAt;
    // A clock that was set back must not keep it open for longer.
    if (since >= 0 && since < retryAfterMs) return "refused";
    this.#isProbing = true;
    return "probe";
  }

  /** Something answered, whatever it said. */
  succeed(): void {
    const { failuresToOpen, onChange } = this.#options;
    const failures = this.#failures;
    this.#failures = 0;
    if (this.#openedAt === null) {
      if (failures > 0) this.#patience = Math.min(this.#patience + failures, failuresToOpen * MOST_PATIENCE);
      else if (this.#patience > failuresToOpen) this.#patience = Math.max(this.#patience - EASE, failuresToOpen);
      return;
    }
    this.#isProbing = false;
    this.#openedAt = null;
    onChange(false);
  }

  /** @param admission what `admit` said of the call: stragglers of a circuit that has opened meanwhile do not lengthen the pause */
  fail(admission: Admission): void {
    const { clock, onChange } = this.#options;
    this.#failures++;
    if (this.#openedAt !== null) {
      if (admission !== "probe") return;
      this.#isProbing = false;
      this.#openedAt = clock.now();
      // A probe whose circuit a straggler has closed meanwhile is a call like any other.
    } else if (this.#failures >= this.#patience) {
      this.#openedAt = clock.now();
      onChange(true);
    }
  }

  /** The call ended without telling anything about the store: its caller gave up. */
  abandon(admission: Admission): void {
    if (admission === "probe") this.#isProbing = false;
  }
}
