import { StoreUnavailable, type WriteOutcome } from "../../errors.ts";
import { NeverReady } from "./readiness.ts";

/** A reply of the server begins with a code in capitals (`OOM`, `READONLY`, `LOADING`, `ERR`); nothing that a driver says does. */
const SERVER_REPLY = /^-?[A-Z][A-Z0-9]{2,} /;

/** Errors of node-redis, by class, which come before a byte was written. */
const UNSENT_CLASSES: ReadonlySet<string> = new Set(["AbortError", "ClientClosedError", "ClientOfflineError", "RootNodesUnavailableError", "ConnectionTimeoutError"]);

/** The same of ioredis, which has texts only. An unknown text counts as `unknown`, which is the safe side. */
const UNSENT_TEXT = /enableOfflineQueue options is false|Failed to refresh slots cache|None of startup nodes is available|The queue is full/;

/** Errors of the operating system that can only come while a connection is being made. */
const UNSENT_CODES: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/**
 * Whether the write may have happened. A server that answered with an error wrote nothing: the first write of each script is
 * the one that can be refused (full memory, a replica), and what follows it cannot fail.
 */
export function outcomeOf(error: unknown): WriteOutcome {
  if (error instanceof NeverReady) return "not-sent";
  if (!(error instanceof Error)) return "unknown";
  const { code } = error as { code?: unknown };
  const isUnsent =
    SERVER_REPLY.test(error.message) ||
    UNSENT_CLASSES.has(error.constructor.name) ||
    UNSENT_TEXT.test(error.message) ||
    (typeof code === "string" && UNSENT_CODES.has(code));
  return isUnsent ? "not-sent" : "unknown";
}

/** True when the server does not know the script (any more): after a restart, a failover, SCRIPT FLUSH. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT");
}

/** True when the server will not run that command, for this user or at all. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && /^(NOPERM|ERR) /.test(error.message);
}

/** True when something else than a session is stored under the key. */
export function isWrongType(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("WRONGTYPE");
}

/** The error that callers of the store see. */
export function unavailable(operation: string, error: unknown): StoreUnavailable {
  return error instanceof StoreUnavailable ? error : new StoreUnavailable(operation, outcomeOf(error), { cause: error });
}
