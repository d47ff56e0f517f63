import type { Slice } from "../harness/rounds.ts";
import type { RowName } from "../rows.ts";

/** One request, as plain data. */
export interface Ask {
  readonly path: string;
  readonly cookie: string;
}

/** One response, as plain data. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly setCookies: readonly string[];
}

/** The way into an application: three frameworks, one shape. */
export interface Door {
  /** Sends one request and reads the whole answer. For seeding and proving, not for timing. */
  send(ask: Ask): Promise<Answer>;
  /** Makes the request objects now; `run` sends them, so many at a time. */
  prepare(asks: readonly Ask[], inFlight: number): Slice;
}

/** Counts the handlers' looks at a session, and refuses a wrong value: what is timed is known to have been done. */
export class Probe {
  #seen = 0;

  /** The handler read `value`; `right` says whether it is the one that was expected. */
  saw(right: boolean): void {
    if (!right) throw new Error("A handler read a wrong value.");
    this.#seen++;
  }

  /** How many looks since the last call. */
  take(): number {
    const seen = this.#seen;
    this.#seen = 0;
    return seen;
  }
}

export interface Contender {
  readonly name: string;
  /** The contender without a session layer that is subtracted; undefined for such a one itself. */
  readonly baseline: string | undefined;
  /** Rows that it cannot run, with the reason. */
  readonly cannot: ReadonlyMap<RowName, string>;
  /** `stored`: the server keeps the session. `carried`: the cookie does. `none`: there is no session. */
  readonly keeps: "stored" | "carried" | "none";
  readonly door: Door;
  readonly probe: Probe;
}
