import { randomFillSync } from "../../crypto/platform.ts";
import type { Clock } from "../../clock.ts";
import { CoatError, StoreNotMigrated, StoreUnavailable } from "../../errors.ts";
import type { SqlDialect } from "./dialect.ts";
import type { SqlCall } from "./sql-call.ts";

/** For how long a busy engine is asked again. */
const DEADLINE_MS = 2000;
const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 100;

/** What is needed to decide about a failure, and to tell of it. */
export interface RetryContext {
  readonly dialect: Pick<SqlDialect, "classify">;
  /** What is missing when nobody has migrated, for the message. */
  readonly table: string;
  readonly clock: Clock;
  readonly operation: string;
  readonly signal: AbortSignal | undefined;
  /** Undefined for what has no time limit. */
  readonly call?: SqlCall | undefined;
}

/**
 * Goes on after a task has failed: while the engine says that it is busy the task is run again, after a random wait.
 * Anything else that the driver throws becomes an error of the store contract.
 *
 * @throws StoreUnavailable, StoreNotMigrated, or the signal's reason when it is aborted while waiting.
 */
export async function retry<T>(firstError: unknown, context: RetryContext, task: () => T | Promise<T>): Promise<T> {
  const { clock, call } = context;
  const deadlineAt = clock.now() + DEADLINE_MS;
  let error = firstError;
  for (let tries = 0; ; tries++) {
    throwUnlessBusy(error, context);
    // The engine did nothing, so until the next attempt leaves, nothing of this call has happened.
    if (call !== undefined) call.wasSent = false;
    if (clock.now() >= deadlineAt) throw new StoreUnavailable(context.operation, "not-sent", { cause: error });
    // Random waits up to a growing bound spread writers that would otherwise collide in step.
    await clock.wait(Math.ceil(randomPart() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries)), context.signal);
    if (call?.isOver) throw new StoreUnavailable(context.operation, "not-sent", { cause: error });
    try {
      return await task();
    } catch (again) {
      error = again;
    }
  }
}

function throwUnlessBusy(error: unknown, { dialect, table, operation }: RetryContext): void {
  if (error instanceof CoatError) throw error;
  const fault = dialect.classify(error);
  if (fault === "missing table") throw new StoreNotMigrated(`table ${table}`, { cause: error });
  if (fault !== "retry") throw new StoreUnavailable(operation, fault === "unknown" ? "unknown" : "not-sent", { cause: error });
}

/** At least 0, less than 1. */
function randomPart(): number {
  const [high = 0, low = 0] = randomFillSync(new Uint8Array(2));
  return (high * 256 + low) / 65_536;
}
