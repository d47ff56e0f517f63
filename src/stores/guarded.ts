import { systemClock, type Clock } from "../clock.ts";
import { CoatError, ConfigurationError, StoreUnavailable } from "../errors.ts";
import { handOn, isByOwner } from "../store/capabilities.ts";
import type { DeleteOutcome, SessionRecord, SessionStore, StoreCallOptions, StoreCapabilities, UpdateOutcome } from "../store/store.ts";
import { Circuit } from "./guarded/circuit.ts";
import { isSharded, type Sharded } from "./guarded/sharded.ts";
import { Deadlines } from "./deadlines.ts";
import { LONGEST_TIMER_MS } from "./time-limit.ts";

/** What may fail by itself: a full or read-only engine still reads, and often still deletes. */
export type StorePart = "reads" | "writes" | "deletes";

/** What an event about a circuit says. */
export interface CircuitChange {
  readonly store: string;
  readonly part: StorePart;
  /** Which server, where the store is on several and knows. */
  readonly server?: string;
}

type Circuits = Readonly<Record<StorePart, Circuit>>;

export interface GuardOptions {
  /** How long a call may take, in milliseconds. Stores with limits of their own keep them. Default: 5000. */
  readonly timeoutMs?: number;
  /**
   * So many failures in a row, with no success in between, and calls fail at once instead of trying. Where failures and successes
   * alternate, it takes up to ten times as many. Default: 5.
   */
  readonly failuresToOpen?: number;
  /** After so long one call tries again, in milliseconds. Default: 1000. */
  readonly retryAfterMs?: number;
  /** Where the time is read for the pause. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Hears when calls begin to fail at once (`store.opened`), and when the store is back (`store.closed`). */
  readonly report?: (event: "store.opened" | "store.closed", change: CircuitChange) => void;
}

/**
 * Puts time limits and a circuit breaker in front of a store that talks to a network. While the store is down, calls fail at once with a
 * `StoreUnavailable` whose outcome is `not-sent`, instead of piling up; it recovers by itself. Reads, writes and deletes are watched
 * apart, and so are the servers of a store that is on several and says which (`redisStore` on a Cluster, `memcachedStore` with several addresses, any
 * store with a method `serverOf(id)`). `createCoatcheck` does this for every store whose `capabilities.shared` is `"network"`; sweeping, walking and migrating pass
 * through unlimited.
 *
 * @param store any session store; one that is guarded already is returned as it is
 * @throws ConfigurationError for limits that are none
 * @example
 * const store = guardStore(redisStore(client), { timeoutMs: 500, failuresToOpen: 3 });
 * const cloakroom = createCoatcheck({ store });
 */
export function guardStore<Store extends SessionStore>(store: Store, options: GuardOptions = {}): Store {
  return store instanceof GuardedStore ? store : (new GuardedStore(store, options) as SessionStore as Store);
}

/** Methods that are handed on as they are. */
const PASSED_THROUGH = ["sweep", "scan", "migrate", "pendingMigrations", "close", "tryLease"] as const;

class GuardedStore implements SessionStore {
  readonly name: string;
  readonly capabilities: StoreCapabilities;
  readonly #inner: SessionStore;
  /** Null for a store that gives up by itself no later. */
  readonly #deadlines: Deadlines | null;
  /** For calls that are not on one known server. */
  readonly #circuits: Circuits;
  /** Null for a store that is on one server, or does not know. */
  readonly #sharded: Sharded | null;
  readonly #byServer = new Map<string, Circuits>();
  readonly #makeCircuits: (server: string | undefined) => Circuits;
  readonly #timeoutMs: number;
  readonly #retryAfterMs: number;

  constructor(inner: SessionStore, options: GuardOptions) {
    const { failuresToOpen = 5, retryAfterMs = 1000, timeoutMs = 5000, clock = systemClock, report } = options;
    checkWhole("timeoutMs", timeoutMs);
    checkWhole("failuresToOpen", failuresToOpen);
    checkWhole("retryAfterMs", retryAfterMs);
    this.name = inner.name;
    this.capabilities = inner.capabilities;
    this.#inner = inner;
    this.#timeoutMs = timeoutMs;
    this.#retryAfterMs = retryAfterMs;
    this.#deadlines = inner.ownTimeLimitMs !== undefined && inner.ownTimeLimitMs <= timeoutMs ? null : new Deadlines(timeoutMs);
    this.#makeCircuits = (server) => {
      const watch = (part: StorePart): Circuit => {
        const change: CircuitChange = { store: inner.name, part, ...(server === undefined ? {} : { server }) };
        return new Circuit({ failuresToOpen, retryAfterMs, clock, onChange: (isOpen) => report?.(isOpen ? "store.opened" : "store.closed", change) });
      };
      return { reads: watch("reads"), writes: watch("writes"), deletes: watch("deletes") };
    };
    this.#circuits = this.#makeCircuits(undefined);
    this.#sharded = isSharded(inner) ? inner : null;
    this.#offerCapabilities();
  }

  read(id: string, options?: StoreCallOptions): Promise<SessionRecord | null> {
    return this.#guard(this.#circuitsOf(id).reads, "read a session", options, () => this.#inner.read(id, options));
  }

  create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean> {
    return this.#guard(this.#circuitsOf(record.id).writes, "create a session", options, () => this.#inner.create(record, options));
  }

  update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
    return this.#guard(this.#circuitsOf(record.id).writes, "update a session", options, () => this.#inner.update(record, expectedVersion, options));
  }

  touch(id: string, version: string, lastSeenAt: number, expiresAt: number, options?: StoreCallOptions): Promise<boolean> {
    return this.#guard(this.#circuitsOf(id).writes, "renew a session", options, () => this.#inner.touch(id, version, lastSeenAt, expiresAt, options));
  }

  delete(id: string, expectedVersion?: string, options?: StoreCallOptions): Promise<DeleteOutcome> {
    return this.#guard(this.#circuitsOf(id).deletes, "delete a session", options, () => this.#inner.delete(id, expectedVersion, options));
  }

  #circuitsOf(id: string): Circuits {
    const server = this.#sharded?.serverOf(id);
    if (server === undefined) return this.#circuits;
    let circuits = this.#byServer.get(server);
    if (circuits === undefined) this.#byServer.set(server, (circuits = this.#makeCircuits(server)));
    return circuits;
  }

  #guard<T>(circuit: Circuit, operation: string, options: StoreCallOptions | undefined, call: () => Promise<T>): Promise<T> {
    const admission = circuit.admit();
    if (admission === "refused") return Promise.reject(this.#refusal(operation));
    let work: Promise<T>;
    try {
      work = call();
    } catch (error) {
      work = Promise.reject(error as Error);
    }
    const limited = this.#deadlines === null ? work : this.#deadlines.limit(work, () => this.#tooLate(operation));
    return limited.then(
      (value) => {
        circuit.succeed();
        return value;
      },
      (error: unknown) => {
        if (options?.signal?.aborted === true && error === options.signal.reason) circuit.abandon(admission);
        else if (isFailure(error)) circuit.fail(admission);
        else circuit.succeed();
        throw error;
      },
    );
  }

  /** What the store underneath can do, this one can as well: capabilities are found by their methods. */
  #offerCapabilities(): void {
    const inner = this.#inner;
    const methods = handOn(inner, PASSED_THROUGH);
    if (isByOwner(inner)) {
      methods["listByOwner"] = (owner: string, options?: StoreCallOptions) => this.#guard(this.#circuits.reads, "list a user's sessions", options, () => inner.listByOwner(owner, options));
      methods["deleteByOwner"] = (owner: string, options?: StoreCallOptions) => this.#guard(this.#circuits.deletes, "delete a user's sessions", options, () => inner.deleteByOwner(owner, options));
    }
    Object.assign(this, methods);
  }

  #refusal(operation: string): StoreUnavailable {
    const cause = new Error(`The ${this.name} store failed several times in a row. Until it answers again, one call in ${this.#retryAfterMs} ms is sent to it.`);
    return new StoreUnavailable(operation, "not-sent", { cause, retryAfterMs: this.#retryAfterMs });
  }

  #tooLate(operation: string): StoreUnavailable {
    return new StoreUnavailable(operation, "unknown", { cause: new Error(`The ${this.name} store did not answer within ${this.#timeoutMs} ms.`) });
  }
}

/** A table that is missing or a value that cannot be stored is said by a store that answers. */
function isFailure(error: unknown): boolean {
  return error instanceof StoreUnavailable || !(error instanceof CoatError);
}

function checkWhole(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1 || value > LONGEST_TIMER_MS) {
    throw new ConfigurationError(`guardStore.${name}`, `must be a whole number from 1 to ${LONGEST_TIMER_MS}, not ${String(value)}`);
  }
}
