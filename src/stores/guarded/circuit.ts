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

/**
 * Counts failures, and once there were enough of them keeps calls away from what fails. When the pause is over one call is let
 * through; it closes the circuit, or begins another pause. No timer: the pause ends when somebody asks.
 */
export class Circuit {
  readonly #options: CircuitOptions;
  #failures = 0;
  #openedAt: number | null = null;
  #isProbing = false;

  constructor(options: CircuitOptions) {
    this.#options = options;
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
    this.#failures = 0;
    this.#isProbing = false;
    if (this.#openedAt === null) return;
    this.#openedAt = null;
    this.#options.onChange(false);
  }

  /** @param admission what `admit` said of the call: stragglers of a circuit that has opened meanwhile do not lengthen the pause */
  fail(admission: Admission): void {
    const { failuresToOpen, clock, onChange } = this.#options;
    this.#failures++;
    if (admission === "probe") {
      this.#isProbing = false;
      this.#openedAt = clock.now();
    } else if (this.#openedAt === null && this.#failures >= failuresToOpen) {
      this.#openedAt = clock.now();
      onChange(true);
    }
  }

  /** The call ended without telling anything about the store: its caller gave up. */
  abandon(admission: Admission): void {
    if (admission === "probe") this.#isProbing = false;
  }
}
