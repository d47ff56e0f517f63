import type { CoatErrorCode } from "../errors.ts";

/** How a command ends. `docs/cli.md` lists them. */
export const EXIT = {
  ok: 0,
  /** Something was found, is pending, or did not work. */
  failed: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** The store does not answer. */
  unreachable: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A command that cannot go on. The message is one sentence that names the cure. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CommandFailure";
    this.exitCode = exitCode;
  }
}

/** The command line is wrong. */
export function usageFailure(message: string): CommandFailure {
  return new CommandFailure(EXIT.usage, message);
}

/** An error as one sentence. */
export interface ToldError {
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly message: string;
}

const USAGE_CODES: readonly string[] = ["COAT_CONFIGURATION", "COAT_SECRET_MISSING", "COAT_INVALID_DURATION"] satisfies CoatErrorCode[];
/** Codes of operating systems, drivers and engines: constants of their programs. Messages are not repeated, since a driver's may hold values. */
const PLAIN_CODE = /^[A-Za-z0-9_]{1,60}$/;

/** What is told about an error. The application's copy of Coatcheck may be another one, so codes decide and not classes. */
export function tellError(error: unknown): ToldError {
  if (error instanceof CommandFailure) return { exitCode: error.exitCode, code: error.exitCode === EXIT.usage ? "USAGE" : "FAILED", message: error.message };
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code !== "string" || typeof message !== "string" || !code.startsWith("COAT_")) {
    const name = error instanceof Error ? error.name : "Something";
    const detail = typeof code === "string" && PLAIN_CODE.test(code) ? ` (${code})` : "";
    return { exitCode: EXIT.failed, code: "UNEXPECTED", message: `${name}${detail} was thrown; --verbose shows where.` };
  }
  if (code === "COAT_STORE_UNAVAILABLE") return { exitCode: EXIT.unreachable, code, message: message + tellCause(error) };
  return { exitCode: USAGE_CODES.includes(code) ? EXIT.usage : EXIT.failed, code, message };
}

/** The innermost code, which says why: ECONNREFUSED, 28P01, ER_ACCESS_DENIED_ERROR. */
function tellCause(error: unknown): string {
  let found = "";
  let cause: unknown = error;
  for (let depth = 0; depth < 8 && typeof cause === "object" && cause !== null; depth++) {
    const { code, cause: next, errors } = cause as { code?: unknown; cause?: unknown; errors?: readonly unknown[] };
    if (typeof code === "string" && !code.startsWith("COAT_") && PLAIN_CODE.test(code)) found = code;
    cause = next ?? errors?.[0];
  }
  return found === "" ? "" : ` The reason: ${found}.`;
}
